import type { ShownRun } from '../../shared/contract/operator/runs.ts';
import { noCounts } from '../../shared/core/run-counts.ts';
import type { RunItem } from '../../shared/core/run-item.ts';
import { isEnded } from '../../shared/core/run-state.ts';
import { FAKE_NOW, fakeSource, MIGRATION, type FakeWorld } from './fake-world.ts';

/** The execution as it stands. */
export function fakeExecution(world: FakeWorld): ShownRun {
  const execution = world.execution ?? { state: 'queued' as const, done: 0, total: 0, percent: null };
  const counts = { ...noCounts };
  for (const item of fakeItems(world)) counts[item.outcome] += 1;
  const ended = isEnded(execution.state);
  return {
    run: {
      run_id: 'run_exec',
      migration: MIGRATION,
      kind: 'execution',
      state: execution.state,
      plan_hash: world.plan?.plan_hash ?? null,
      cohort: world.plan?.cohort ?? null,
      source_file: fakeSource.file,
      requested_by: 'practice-operator',
      stage_percent: execution.percent,
      counts,
      rows_total: execution.total,
      rows_done: execution.done,
      rows_per_second: ended ? null : 18.4,
      seconds_left: ended ? null : Math.ceil((execution.total - execution.done) / 18),
      message: execution.state === 'paused' ? 'Paused by practice-operator.' : null,
      preceding_dry_run: 'run_dry_0',
      created_at: FAKE_NOW,
      started_at: FAKE_NOW,
      ended_at: ended ? '2026-11-20T10:02:15.000Z' : null,
    },
    mirrored_items: execution.done,
    from_mirror: false,
    environment: world.environment?.name ?? '',
  };
}

/** What became of the rows of the execution so far. */
export function fakeItems(world: FakeWorld): readonly RunItem[] {
  return world.rows.slice(0, world.execution?.done ?? 0).map((row, index): RunItem => {
    const common = { seq: index + 1, row: row.row, email: row.email, user_id: row.user_id, before: null, after: null, at: FAKE_NOW };
    if (row.action === 'NO_CHANGE') return { ...common, outcome: 'no_change' };
    if (row.action === 'BLOCKED' || row.action === 'COMPLETE' || row.action === 'SKIP') return { ...common, outcome: 'skipped', reason: 'Blocked in the plan.' };
    if (row.row === 12) return { ...common, outcome: 'drifted', reason: 'Changed since the plan was made.', planned: { stripe_customer_id: null, armed: false }, now: { stripe_customer_id: 'cus_NEW12', armed: false } };
    if (row.row === 19) return { ...common, outcome: 'failed', code: 'email_taken', message: 'Somebody else took this address meanwhile.', field: 'email' };
    return { ...common, outcome: 'applied', before: { 'auth.must_reset_password': false, stripe_customer_id: null }, after: { 'auth.must_reset_password': true, stripe_customer_id: 'cus_QX6NB1' } };
  });
}
