import { randomBytes, randomUUID } from 'node:crypto';
import type { ConfigFile } from '../../server/config/config-file.ts';
import { readServerConfig } from '../../server/config/server-config.ts';
import { readReceiptKey } from '../../server/receipts/receipt-key.ts';
import { startServer } from '../../server/start-server.ts';
import type { StoreLocation } from '../../server/store/open-store.ts';
import { signAdminToken } from '../../server/tokens/admin-token.ts';
import type { Scope } from '../../shared/contract/admin/endpoint.ts';
import type { ApprovalPolicy } from '../../shared/contract/admin/session.ts';
import { openTestStore, type TestStore } from './test-store.ts';

export const WHOLE_SERVER_PASSWORD = 'a word for the whole cohort 1!';

/** Everything that `drydock-server start` runs, in this process, on a database of its own. */
export interface WholeServer {
  readonly url: string;
  readonly test: TestStore;
  readonly token: (sub: string, scopes: readonly Scope[]) => Promise<string>;
  /** Failures that the server logged; empty in a good test. */
  readonly failures: readonly string[];
  readonly stop: () => Promise<void>;
}

export type WholeServerOptions = {
  /** Ids of migrations whose flag is on. */
  readonly migrations: readonly string[];
  /** Ids of migrations whose flag is off. */
  readonly switchedOff?: readonly string[];
  readonly location?: StoreLocation;
  readonly kind?: 'staging' | 'production';
  readonly policy?: Partial<ApprovalPolicy>;
};

/** Starts it from settings as they would be given, with a breaker that many sign-ins from one machine do not trip. */
export async function startWholeServer({ migrations, switchedOff = [], location, kind = 'staging', policy }: WholeServerOptions): Promise<WholeServer> {
  const declared = [...migrations, ...switchedOff].map((id) => ({ id, playbook: 'account-prep' as const, title: id, flag: flagOf(id), settings: { cohort_tag: `${id}-csv` } }));
  const file: ConfigFile = { environment: { id: 'whole-server', name: 'Whole server', kind }, migrations: declared, sign_in: { breaker_accounts_per_address: 10_000, attempts_per_address_a_minute: 100_000 }, ...(policy === undefined ? {} : { policy }) };
  const jwtSecret = randomBytes(32).toString('hex');
  const config = readServerConfig({
    env: { DRYDOCK_CONFIG: JSON.stringify(file), DRYDOCK_DATA: '/nowhere', DRYDOCK_JWT_SECRET: jwtSecret, DRYDOCK_SECRET_KEY: randomBytes(32).toString('hex'), DRYDOCK_TEMP_PASSWORD: WHOLE_SERVER_PASSWORD, DRYDOCK_PORT: '0' },
    readFile: (path) => {
      throw new Error(`No setting names ${path}.`);
    },
  });
  const failures: string[] = [];
  const test = await openTestStore(location);
  const server = await startServer(config, {
    store: test.store,
    receiptKey: readReceiptKey(randomBytes(32).toString('base64')),
    log: { info: () => undefined, error: (event, fields) => void failures.push(`${event} ${JSON.stringify(fields ?? {})}`) },
    now: () => new Date(),
    newId: randomUUID,
    randomBytes: (count) => randomBytes(count),
    prepare: async (tx) => {
      for (const id of migrations) await tx.updateTable('feature_flags').set({ enabled: true, changed_by: 'test' }).where('name', '=', flagOf(id)).execute();
    },
  });
  return {
    url: server.url,
    test,
    failures,
    token: async (sub, scopes) => signAdminToken(new TextEncoder().encode(jwtSecret), { environmentId: file.environment.id, sub, scopes, tokenId: randomUUID(), issuedAt: new Date(), ttlSeconds: 3600 }),
    async stop() {
      await server.stop();
      await test.store.close();
    },
  };
}

function flagOf(id: string): string {
  return `migration.${id.replaceAll('-', '_')}_enabled`;
}
