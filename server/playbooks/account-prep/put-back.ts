import { sql } from 'kysely';
import type { CustomerState } from '../../../shared/playbooks/account-prep/customer-state.ts';
import { endRestrictedSessions } from '../../auth/sessions.ts';
import { directory } from '../../directory/directory.ts';
import { jsonText } from '../../store/json-text.ts';
import type { RunnerTx } from '../../store/transactions.ts';

/** A customer who is put back now: judged under lock, and still as it was previewed. */
export type PersonToPutBack = {
  readonly cohort: string;
  readonly key: string;
  readonly userId: string;
  readonly runIds: readonly string[];
  /** Null: the profile that the run made goes. */
  readonly to: CustomerState | null;
};

/**
 * Puts these customers back (A20), each whole, in a fixed number of statements: sessions held at the reset, Stripe
 * links, added addresses, fields, arming, profiles, and the marks that it was done. Links are all taken away before
 * any is restored, so that two customers can have exchanged one. Throws what the database throws.
 */
export async function putBack(tx: RunnerTx, by: { readonly runId: string; readonly migrationId: string }, people: readonly PersonToPutBack[]): Promise<void> {
  if (people.length === 0) return;
  const batch = jsonText(
    people.map(({ cohort, key, userId, runIds, to }) => ({
      cohort,
      key,
      user_id: userId,
      run_ids: runIds,
      goes: to === null,
      must_reset: to?.must_reset_password ?? false,
      cohort_tag: to?.migration_cohort ?? null,
      source_file: to?.migration_source_file ?? null,
      stripe: to?.stripe_customer_id ?? null,
      emails: to?.emails ?? [],
    })),
  );
  const rows = sql`jsonb_to_recordset(${batch}::text::jsonb) as b
    (cohort text, key text, user_id uuid, run_ids jsonb, goes boolean, must_reset boolean, cohort_tag text, source_file text, stripe text, emails jsonb)`;
  await endRestrictedSessions(tx, people.map(({ userId }) => userId), 'rolled back');
  for (const statement of directory.putBack(rows)) await statement.execute(tx);
  await sql`update members m set state = 'rolled_back', rolled_back_at = clock_timestamp()
    from ${rows} where m.user_id = b.user_id and m.migration_id = ${by.migrationId} and not b.goes`.execute(tx);
  await sql`delete from members m using ${rows} where m.user_id = b.user_id and m.migration_id = ${by.migrationId} and b.goes`.execute(tx);
  await directory.removeProfiles(rows).execute(tx);
  await sql`insert into removed_profiles (migration_id, key, cohort, removed_by)
    select ${by.migrationId}, b.key, b.cohort, ${by.runId}::uuid from ${rows} where b.goes on conflict do nothing`.execute(tx);
  await sql`insert into reverted_snapshots (run_id, user_id, reverted_by)
    select r::uuid, b.user_id, ${by.runId}::uuid from ${rows}, jsonb_array_elements_text(b.run_ids) as r`.execute(tx);
}
