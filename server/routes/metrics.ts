import { getMetrics } from '../../shared/contract/admin/metrics.ts';
import type { Call } from '../guards/call.ts';
import { lookUp } from '../guards/lookup.ts';
import { Refusal } from '../guards/refusal.ts';
import type { Routes } from '../guards/registrar.ts';
import { requireScope } from '../guards/scope.ts';
import type { ReadToken } from '../guards/token.ts';
import type { Store } from '../store/store.ts';

type Deps = { readonly store: Store; readonly readToken: ReadToken; readonly text: () => Promise<string> };

/** `GET /metrics`: to a scraper on this machine as it is, to everybody else with an admin token of any scope. */
export function metricsRoutes({ store, readToken, text }: Deps): Routes {
  return (routes) => {
    routes.open(getMetrics, async (call) => {
      if (!isFromThisMachine(call)) {
        const caller = await readToken(call.headers.authorization);
        const { isRevoked } = await store.inReadTx(async (tx) => lookUp(tx, caller, undefined, undefined));
        if (isRevoked) throw new Refusal('unauthenticated', { because: 'This token has been revoked.' });
        requireScope(caller, 'any-scope');
      }
      return { body: await text() };
    });
  };
}

const LOOPBACK = /^(?:127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1|::ffff:127\.\d{1,3}\.\d{1,3}\.\d{1,3})$/;

/** A proxy on this machine speaks for somebody elsewhere, and says so in one of these headers. */
function isFromThisMachine({ address, headers }: Pick<Call<typeof getMetrics>, 'address' | 'headers'>): boolean {
  const isForwarded = headers['x-forwarded-for'] !== undefined || headers['x-real-ip'] !== undefined || headers.forwarded !== undefined || headers.via !== undefined;
  return LOOPBACK.test(address) && !isForwarded;
}
