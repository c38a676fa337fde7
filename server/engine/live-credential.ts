import { type RawBuilder, sql } from 'kysely';
import type { ReadTx } from '../store/transactions.ts';

/** The credential that the migration's temporary password opens with now, as a scalar sub-query; null where there is none, or it has expired. */
export function liveCredentialOf(migrationId: string): RawBuilder<string | null> {
  return sql`(select id from temp_credentials
    where migration_id = ${migrationId} and revoked_at is null and suspended_at is null and (expires_at is null or expires_at > now()))`;
}

/** The same, asked for by itself. */
export async function liveCredential(tx: ReadTx, migrationId: string): Promise<string | null> {
  const { rows } = await sql<{ id: string | null }>`select ${liveCredentialOf(migrationId)} as id`.execute(tx);
  return rows[0]?.id ?? null;
}
