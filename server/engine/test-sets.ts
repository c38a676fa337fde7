import { sql } from 'kysely';
import { z } from 'zod';
import type { TestRunStatus } from '../../shared/contract/admin/test-run.ts';
import { testRowKindSchema, type TestRowKind } from '../../shared/core/test-rows.ts';
import { jsonText } from '../store/json-text.ts';
import type { ReadTx, RunnerTx } from '../store/transactions.ts';
import type { StoredPlan } from './plan-store.ts';

/** How long a pass holds. */
const PASS_VALID_DAYS = 7;

export type NewTestMember = { readonly userId: string; readonly email: string; readonly kind: TestRowKind };

/** Opens the set of a test run's customers: from here on the server observes them. */
export async function openTestSet(
  tx: RunnerTx,
  set: { readonly runId: string; readonly migrationId: string; readonly cohort: string; readonly planHash: string; readonly credentialId: string },
  members: readonly NewTestMember[],
): Promise<void> {
  await sql`insert into test_sets (run_id, migration_id, cohort, plan_hash, credential_id)
    values (${set.runId}::uuid, ${set.migrationId}, ${set.cohort}, ${set.planHash}, ${set.credentialId}::uuid)`.execute(tx);
  for (const member of members) {
    await sql`insert into test_members (run_id, user_id, cohort, key, kind)
      values (${set.runId}::uuid, ${member.userId}::uuid, ${set.cohort}, ${member.email}, ${member.kind})`.execute(tx);
  }
}

/** The set of this cohort that is still open, if there is one: its customers are not put back. */
export async function findOpenTestSet(tx: ReadTx, migrationId: string, cohort: string): Promise<{ readonly runId: string; readonly hasPassed: boolean } | undefined> {
  const { rows } = await sql<{ run_id: string; has_passed: boolean }>`
    select run_id, passed_at is not null as has_passed from test_sets
    where migration_id = ${migrationId} and cohort = ${cohort} and state = 'open'`.execute(tx);
  const [row] = rows;
  return row === undefined ? undefined : { runId: row.run_id, hasPassed: row.has_passed };
}

/**
 * The open set of another cohort of the migration with a customer whom this plan writes, at `places` alone where they are
 * given: who is written while somebody tries them out is not as validation left them, and re-arm would keep them so (A14).
 * Begins from the few test customers, however large the plan is. No other migration can write them: they are armed by this one.
 */
export async function findOpenTestSetAmong(tx: ReadTx, plan: Pick<StoredPlan, 'planNo' | 'migrationId' | 'cohort'>, places?: readonly number[]): Promise<{ readonly runId: string } | undefined> {
  const among = places === undefined ? sql`true` : sql`p.row_no in (select w::bigint from jsonb_array_elements_text(${jsonText(places)}::text::jsonb) as w)`;
  const { rows } = await sql<{ run_id: string }>`
    select s.run_id from test_sets s
    join test_members m on m.run_id = s.run_id
    cross join lateral (
      select p.row_no, p.kind_no from plan_rows p where p.plan_no = ${plan.planNo} and p.user_id = m.user_id
      union all
      select p.row_no, p.kind_no from cohort_members c join plan_rows p on p.plan_no = ${plan.planNo} and p.row_no = c.row_no
      where c.cohort = ${plan.cohort} and c.key = m.key
    ) p
    join plan_kinds k on k.plan_no = ${plan.planNo} and k.kind_no = p.kind_no and k.action in ('UPDATE_EXISTING', 'CREATE_NEW')
    where s.migration_id = ${plan.migrationId} and s.cohort <> ${plan.cohort} and s.state = 'open' and ${among}
    order by s.created_at limit 1`.execute(tx);
  const [row] = rows;
  return row === undefined ? undefined : { runId: row.run_id };
}

/**
 * The kinds of rows for which this cohort has a pass that holds: not older than seven days, and made with the credential
 * that is live now. It survives re-arm (A14).
 */
export async function passedKinds(tx: ReadTx, migrationId: string, cohort: string): Promise<ReadonlySet<TestRowKind>> {
  const { rows } = await sql<{ kind: string }>`
    select distinct m.kind from test_sets s
    join test_members m on m.run_id = s.run_id
    join temp_credentials c on c.id = s.credential_id
    where s.migration_id = ${migrationId} and s.cohort = ${cohort}
      and s.passed_at > clock_timestamp() - make_interval(days => ${PASS_VALID_DAYS}::int)
      and c.revoked_at is null and (c.expires_at is null or c.expires_at > clock_timestamp())`.execute(tx);
  return new Set(z.array(testRowKindSchema).parse(rows.map((row) => row.kind)));
}

type MemberRow = {
  key: string;
  kind: string;
  prepared_at: Date;
  signed_in_at: Date | null;
  held_at_reset_at: Date | null;
  password_set_at: Date | null;
  event_recorded_at: Date | null;
  restored_at: Date | null;
  kept_changed_since: boolean;
};

/** What the server itself saw of the test customers of a run; undefined where it opened no set. */
export async function readTestRunStatus(tx: ReadTx, migrationId: string, runId: string): Promise<TestRunStatus | undefined> {
  const sets = await sql<{ plan_hash: string; state: string; passed_at: Date | null; valid_until: Date | null }>`
    select s.plan_hash, s.state, s.passed_at,
      least(s.passed_at + make_interval(days => ${PASS_VALID_DAYS}::int), c.revoked_at, c.expires_at) as valid_until
    from test_sets s join temp_credentials c on c.id = s.credential_id
    where s.run_id = ${runId}::uuid and s.migration_id = ${migrationId}`.execute(tx);
  const [set] = sets.rows;
  if (set === undefined) return undefined;
  const members = await sql<MemberRow>`
    select m.key, m.kind, m.prepared_at, m.signed_in_at, m.held_at_reset_at, m.password_set_at, m.event_recorded_at, m.restored_at, m.kept_changed_since
    from test_members m join cohort_members c on c.cohort = m.cohort and c.key = m.key
    where m.run_id = ${runId}::uuid order by c.row_no`.execute(tx);
  return {
    run_id: runId,
    plan_hash: set.plan_hash,
    members: members.rows.map(memberOf),
    passed: set.passed_at !== null,
    restored: set.state === 'closed',
    passed_at: set.passed_at?.toISOString() ?? null,
    valid_until: set.passed_at === null ? null : (set.valid_until?.toISOString() ?? null),
  };
}

function memberOf(row: MemberRow): TestRunStatus['members'][number] {
  return {
    email: row.key,
    kind: testRowKindSchema.parse(row.kind),
    prepared: true,
    signed_in: row.signed_in_at !== null,
    held_at_reset: row.held_at_reset_at !== null,
    password_set: row.password_set_at !== null,
    event_recorded: row.event_recorded_at !== null,
    restored: row.restored_at !== null,
    seen_at: {
      prepared: row.prepared_at.toISOString(),
      ...(row.signed_in_at === null ? {} : { signed_in: row.signed_in_at.toISOString() }),
      ...(row.held_at_reset_at === null ? {} : { held_at_reset: row.held_at_reset_at.toISOString() }),
      ...(row.password_set_at === null ? {} : { password_set: row.password_set_at.toISOString() }),
      ...(row.event_recorded_at === null ? {} : { event_recorded: row.event_recorded_at.toISOString() }),
      ...(row.restored_at === null ? {} : { restored: row.restored_at.toISOString() }),
    },
    kept_changed_since: row.kept_changed_since,
  };
}
