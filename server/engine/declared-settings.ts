import { type RawBuilder, sql } from 'kysely';
import { accountPrepSettingsSchema, type AccountPrepSettings } from '../../shared/playbooks/account-prep/settings.ts';
import type { ReadTx } from '../store/transactions.ts';

/** What the configuration declares of a migration now, as a scalar sub-query for `accountPrepSettingsSchema`. */
export function declaredSettingsOf(migrationId: string): RawBuilder<unknown> {
  return sql`(select settings || jsonb_build_object('cohort_tag', cohort_tag) from migrations where id = ${migrationId})`;
}

/** The same, asked for by itself. Throws where there is no such migration. */
export async function declaredSettings(tx: ReadTx, migrationId: string): Promise<AccountPrepSettings> {
  const { rows } = await sql<{ settings: unknown }>`select ${declaredSettingsOf(migrationId)} as settings`.execute(tx);
  return accountPrepSettingsSchema.parse(rows[0]?.settings);
}
