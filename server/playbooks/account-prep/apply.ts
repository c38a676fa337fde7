import { sql } from 'kysely';
import { nameKey } from '../../../shared/core/person-name.ts';
import type { CohortRecord } from '../../../shared/core/cohort.ts';
import type { PlanSettings } from '../../../shared/playbooks/account-prep/settings.ts';
import { customers } from '../../directory/customer-relations.ts';
import { directory } from '../../directory/directory.ts';
import { jsonText } from '../../store/json-text.ts';
import type { RunnerTx } from '../../store/transactions.ts';
import { customerState } from './customer-state-sql.ts';

/** A row that is written now: judged under lock, and still as it was planned. */
export type RowToApply = {
  readonly row: number;
  readonly record: CohortRecord;
  /** The target; for a new profile the id that it gets. */
  readonly userId: string;
  readonly isNew: boolean;
};

export type ApplyTo = { readonly runId: string; readonly cohort: string; readonly settings: PlanSettings };

/**
 * Writes these rows to their customers (A8, A9) in a fixed number of statements, however many rows there are: what is so
 * now, profiles, addresses, fields, Stripe links, arming, and the snapshot of before and after (A20). Each statement takes its rows from the cohort itself
 * (A16): a key that is not in it changes nothing, and the count then fails the batch. Throws what the database throws.
 */
export async function applyRows(tx: RunnerTx, to: ApplyTo, rows: readonly RowToApply[]): Promise<void> {
  if (rows.length === 0) return;
  const batch = jsonText(
    rows.map(({ row, record, userId, isNew }) => ({
      row_no: row,
      key: record.email,
      user_id: userId,
      is_new: isNew,
      full_name: record.full_name,
      name_key: nameKey(record.full_name),
      stripe: record.stripe_customer_id,
    })),
  );
  const prior = await readPrior(tx, batch, to);
  if (prior.length !== rows.length) throw new Error('A row to be written is not in the cohort of its run.');

  // One statement, so that the rows are read once. What refers to the profiles is checked at its end, when they are there.
  const by = { runId: to.runId, cohortTag: to.settings.cohortTag, sourceFile: to.settings.sourceFile };
  const prepared = directory.prepare(by).map((statement, place) => sql`${sql.raw(`prepared_${String(place + 1)}`)} as (${statement})`);
  await sql`with batch as materialized (select b.* from ${cohortRows(batch, to)}),
    ${sql.join(prepared)}
    insert into members (migration_id, user_id, cohort, key, state, armed_by_run, prepared_at)
    select ${to.settings.migration}, b.user_id, ${to.cohort}, b.key, 'armed', ${to.runId}::uuid, clock_timestamp()
    from batch b order by b.user_id
    on conflict (migration_id, user_id) do update set state = 'armed', armed_by_run = excluded.armed_by_run, prepared_at = excluded.prepared_at,
      cohort = excluded.cohort, key = excluded.key, signed_in_at = null, rolled_back_at = null`.execute(tx);
  await fileSnapshots(tx, prior, to);
}

/** The rows of the batch as `b`, joined with the cohort: nothing outside it can come through (A16). */
function cohortRows(batch: string, to: ApplyTo) {
  return sql`(
    select x.* from jsonb_to_recordset(${batch}::text::jsonb)
      as x (row_no bigint, key text, user_id uuid, is_new boolean, full_name text, name_key text, stripe text)
    join cohort_members c on c.cohort = ${to.cohort} and c.key = x.key and c.row_no = x.row_no
  ) as b`;
}

type Prior = { readonly user_id: string; readonly key: string; readonly is_new: boolean; readonly prior: unknown };

async function readPrior(tx: RunnerTx, batch: string, to: ApplyTo): Promise<readonly Prior[]> {
  const { rows } = await sql<Prior>`
    select b.user_id, b.key, b.is_new, case when b.is_new then '{}'::jsonb else ${factsOfUser(to)} end as prior
    from ${cohortRows(batch, to)}`.execute(tx);
  return rows;
}

/** What was before stands beside each row already: joining two lists of unknown length would compare each with each. */
async function fileSnapshots(tx: RunnerTx, prior: readonly Prior[], to: ApplyTo): Promise<void> {
  await sql`insert into snapshots (run_id, user_id, migration_id, cohort, key, existed, prior, left_as)
    select ${to.runId}::uuid, b.user_id, ${to.settings.migration}, ${to.cohort}, b.key, not b.is_new, b.prior, ${factsOfUser(to)}
    from jsonb_to_recordset(${jsonText(prior)}::text::jsonb) as b (user_id uuid, key text, is_new boolean, prior jsonb)`.execute(tx);
}

/** The customer `b.user_id` as they are now. */
function factsOfUser(to: ApplyTo) {
  return sql`(select ${customerState(to.settings.migration)} from ${customers} f where f.id = b.user_id)`;
}
