import { sql } from 'kysely';
import type { ReadTx } from '../store/transactions.ts';

/** One admin call or refusal, for the audit log. No body, no header, no token is among it. */
export type AuditEntry = {
  readonly sub: string | undefined;
  readonly jti: string | undefined;
  readonly method: string;
  /** The route's path with its places, never the address that was asked for. */
  readonly route: string;
  readonly status: number;
  readonly code: string | undefined;
  readonly migrationId: string | undefined;
  readonly runId: string | undefined;
  readonly requestId: string;
  readonly address: string;
};

/** Writes an entry in this transaction (A17). Every role may add one and none may change one. */
export async function audit(tx: ReadTx, entry: AuditEntry): Promise<void> {
  await sql`insert into audit_log (sub, jti, method, route, status, code, migration_id, run_id, request_id, address)
    values (${entry.sub ?? null}, ${entry.jti ?? null}, ${entry.method}, ${entry.route}, ${entry.status}, ${entry.code ?? null},
      ${entry.migrationId ?? null}, ${entry.runId ?? null}, ${entry.requestId}, ${entry.address})`.execute(tx);
}
