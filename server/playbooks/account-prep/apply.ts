import { sql } from 'kysely';
import { nameKey } from '../../../shared/core/person-name.ts';
import type { CohortRecord } from '../../../shared/core/cohort.ts';
import type { PlanSettings } from '../../../shared/playbooks/account-prep/settings.ts';
import { jsonText } from '../../store/json-text.ts';
import type { RunnerTx } from '../../store/transactions.ts';

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

  // One statement, so that the rows are read once. What refers to the profiles is checked at its end, when they are there. `offset 0`
  // keeps each question a look-up by index: before statistics know a table, it would be read from end to end for each batch.
  await sql`with batch as materialized (select b.* from ${cohortRows(batch, to)}),
    profiles as (
      insert into users (id, full_name, name_key, must_reset_password, migration_cohort, migration_source_file, created_by_run, created_for)
      select b.user_id, b.full_name, b.name_key, true, ${to.settings.cohortTag}, ${to.settings.sourceFile}, ${to.runId}::uuid, b.key
      from batch b where b.is_new order by b.user_id),
    addresses as (
      insert into user_emails (email, user_id, kind, added_by_run)
      select b.key, b.user_id, case when b.is_new then 'primary' else 'added' end, case when b.is_new then null else ${to.runId}::uuid end
      from batch b where not exists (select from user_emails e where e.email = b.key and e.user_id = b.user_id offset 0) order by b.key),
    fields as (
      update users u set must_reset_password = true, migration_cohort = ${to.settings.cohortTag}, migration_source_file = ${to.settings.sourceFile}
      from batch b where u.id = b.user_id and not b.is_new),
    links as (
      insert into stripe_links (stripe_customer_id, user_id)
      select b.stripe, b.user_id
      from batch b where not exists (select from stripe_links s where s.stripe_customer_id = b.stripe and s.user_id = b.user_id offset 0) order by b.stripe
      on conflict (user_id) do update set stripe_customer_id = excluded.stripe_customer_id)
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

/** What a run can change of the customer `b.user_id`, and the times beside it (A20), as JSON. No credential is among it. */
function factsOfUser(to: ApplyTo) {
  return sql`(
    select jsonb_build_object(
      'must_reset_password', f.must_reset_password,
      'migration_cohort', f.migration_cohort,
      'migration_source_file', f.migration_source_file,
      'password_last_set_at', f.password_last_set_at,
      'password_set_method', f.password_set_method,
      'stripe_customer_id', (select s.stripe_customer_id from stripe_links s where s.user_id = f.id),
      'emails', (select coalesce(jsonb_agg(e.email order by e.email), '[]'::jsonb) from user_emails e where e.user_id = f.id),
      'arming', (
        select jsonb_build_object('state', m.state, 'armed_by_run', m.armed_by_run, 'prepared_at', m.prepared_at)
        from members m where m.user_id = f.id and m.migration_id = ${to.settings.migration}
      )
    )
    from users f where f.id = b.user_id
  )`;
}
