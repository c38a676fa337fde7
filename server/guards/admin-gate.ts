import type { FastifyRequest } from 'fastify';
import type { Endpoint } from '../../shared/contract/admin/endpoint.ts';
import type { Store } from '../store/store.ts';
import { lookUp, type GuardedMigration, type GuardedRun } from './lookup.ts';
import { Refusal } from './refusal.ts';
import { requireScope, type AdminAccess } from './scope.ts';
import type { Caller, ReadToken } from './token.ts';
import { needsFlag } from './flag.ts';
import { requireCleanTexts } from './validate.ts';

/** What the guards found out about a request before its body was read. */
export type Admitted = {
  readonly caller: Caller;
  readonly migration: GuardedMigration | undefined;
  readonly run: GuardedRun | undefined;
};

/** The guards of an admin call, in their order: token, scope, what the path names, flag. Throws a {@link Refusal}. */
export type AdminGate = (endpoint: Endpoint & { readonly access: AdminAccess }, request: FastifyRequest, onCaller: (caller: Caller) => void) => Promise<Admitted>;

/**
 * Makes the gate. It stands before the body is read, so nobody without a token can make the server parse one.
 * `onCaller` hears who it is as soon as the token is good, for the audit of a refusal.
 */
export function createAdminGate(store: Store, readToken: ReadToken): AdminGate {
  return async (endpoint, request, onCaller) => {
    const caller = await readToken(request.headers.authorization);
    onCaller(caller);
    requireCleanTexts(request.params, 'path');
    const { id, run_id: runId } = pathNames(request.params);
    const found = await store.inReadTx(async (tx) => lookUp(tx, caller, id, runId));
    if (found.isRevoked) throw new Refusal('unauthenticated', { because: 'This token has been revoked.' });
    requireScope(caller, endpoint.access);
    if (id !== undefined && found.migration === undefined) throw new Refusal('unknown_migration');
    if (runId !== undefined && (found.run === undefined || found.migration === undefined)) {
      throw new Refusal(endpoint.path.includes('/test-run/') ? 'unknown_test_run' : 'unknown_run');
    }
    if (endpoint.method !== 'GET' && found.migration?.isPurged === true) throw new Refusal('migration_purged');
    if (needsFlag(endpoint, found.run) && found.migration?.flagEnabled !== true) throw new Refusal('feature_disabled');
    return { caller, migration: found.migration, run: found.run };
  };
}

/** Own properties only; what else the path holds is the endpoint's. */
function pathNames(params: unknown): { readonly id: string | undefined; readonly run_id: string | undefined } {
  return { id: textOf(params, 'id'), run_id: textOf(params, 'run_id') };
}

function textOf(params: unknown, name: string): string | undefined {
  if (typeof params !== 'object' || params === null || !Object.hasOwn(params, name)) return undefined;
  const value: unknown = Reflect.get(params, name);
  return typeof value === 'string' ? value : undefined;
}
