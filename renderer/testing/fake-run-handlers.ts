import type { Handlers } from '../../shared/contract/operator/dispatch.ts';
import type { ShownRun } from '../../shared/contract/operator/runs.ts';
import { noCounts } from '../../shared/core/run-counts.ts';
import type { RunItem } from '../../shared/core/run-item.ts';
import { isEnded, type RunState } from '../../shared/core/run-state.ts';
import { fakeExecution, fakeItems } from './fake-execution.ts';
import { fakeRollback } from './fake-undo-handlers.ts';
import { FAKE_NOW, fakeSource, MIGRATION, type FakeWorld } from './fake-world.ts';

type RunNames = Exclude<Extract<keyof Handlers, `runs.${string}` | `members.${string}` | `adoption.${string}`>, 'runs.verify'>;

const TICK_MS = 150;
const ROWS_A_TICK = 9;

/** Runs, members and adoption of the made-up operator: an execution settles a few rows at each look. */
export function fakeRunHandlers(world: FakeWorld): Pick<Handlers, RunNames> {
  const move = (state: RunState): Promise<ShownRun> => {
    if (world.execution !== null) world.execution = { ...world.execution, state };
    return Promise.resolve(fakeExecution(world));
  };
  return {
    'runs.execute': ({ stage_percent: percent }) => {
      const rows = world.rows.length;
      world.execution = { state: 'running', done: 0, total: percent === undefined ? rows : Math.ceil((rows * percent) / 100), percent: percent ?? null };
      return Promise.resolve({ run_id: 'run_exec' });
    },
    'runs.list': ({ offset = 0, limit = 1000, kind, q }) => {
      const runs = fakeRuns(world).filter(({ run }) => (kind === undefined || run.kind === kind) && (q === undefined || run.run_id.includes(q) || run.message?.includes(q) === true));
      return Promise.resolve({
        items: runs.slice(offset, offset + limit),
        total: runs.length,
        choices: { kinds: runs.map(({ run }) => run.kind), states: ['completed'], migrations: [MIGRATION], people: ['practice-operator'] },
        offline: !world.reachable,
      });
    },
    'runs.getSurroundings': ({ run_id: runId }) =>
      Promise.resolve({
        gates: world.reachable || world.isMirrored ? [{ name: 'load', title: 'Load', state: 'passed', detail: fakeSource.file }, { name: 'execution', title: 'Execute', state: world.execution === null ? 'closed' : 'passed', detail: 'Every row is settled.' }] : null,
        approvals: world.reachable || world.isMirrored ? (world.isErased ? world.approvals.map((approval) => ({ ...approval, sub: '', comment: '' })) : [...world.approvals]) : null,
        approved_by: ['practice-approver'],
        related: fakeRuns(world).filter(({ run }) => run.run_id !== runId).map(({ run }) => ({ relation: run.kind === 'dry_run' ? 'planned_by' : 'execution', run })),
        calls: [{ seq: 31, title: 'execute', asked_at: FAKE_NOW, result: 'done', code: null, ended_at: FAKE_NOW }, { seq: 34, title: 'pause', asked_at: FAKE_NOW, result: 'refused', code: 'run_state_conflict', ended_at: FAKE_NOW }],
        snapshots: { count: fakeItems(world).filter(({ outcome }) => outcome === 'applied').length, complete: true },
        receipt_kept: true,
        erased: world.isErased,
        offline: !world.reachable,
      }),
    'runs.get': ({ run_id: runId }) => Promise.resolve(fakeRuns(world).find(({ run }) => run.run_id === runId) ?? fakeDryRun(world)),
    'runs.watch': async ({ run_id: runId }) => {
      await new Promise((resolve) => setTimeout(resolve, TICK_MS));
      if (runId === 'run_rollback') return fakeRollback(world, true);
      const { execution } = world;
      if (execution !== null && execution.state === 'running') {
        const done = Math.min(execution.total, execution.done + ROWS_A_TICK);
        world.execution = { ...execution, done, state: done === execution.total ? 'completed' : 'running' };
      }
      return fakeExecution(world);
    },
    'runs.listItems': ({ run_id: runId, offset, limit, outcome, q }) => {
      const items = itemsOf(world, runId).filter((item) => (outcome === undefined || item.outcome === outcome) && (q === undefined || (item.outcome === 'failed' ? item.message : (item.reason ?? '')).includes(q)));
      return Promise.resolve({ items: items.slice(offset, offset + limit), total: items.length });
    },
    'runs.listSnapshots': ({ offset, limit }) => {
      const items = fakeItems(world).filter(({ outcome }) => outcome === 'applied');
      return Promise.resolve({ total: items.length, complete: world.execution !== null && isEnded(world.execution.state), items: items.slice(offset, offset + limit).map((item) => ({ email: item.email, user_id: item.user_id ?? `user_${item.row}`, existed: item.user_id !== null, before: item.user_id === null ? null : { 'auth.must_reset_password': false, stripe_customer_id: null }, left_as: { 'auth.must_reset_password': true, stripe_customer_id: 'cus_QX6NB1' }, taken_at: FAKE_NOW, reverted_by: null })) });
    },
    'runs.failuresByReason': ({ run_id: runId }) => Promise.resolve({ items: runId === 'run_exec' && (world.execution?.done ?? 0) > 20 ? [{ outcome: 'drifted', code: 'changed_since_plan', message: 'Changed since the plan was made.', count: 1 }, { outcome: 'failed', code: 'email_taken', message: 'Somebody else took this address meanwhile.', count: 1 }] : [] }),
    'runs.pause': () => move('paused'),
    'runs.resume': () => move('running'),
    'runs.stop': () => move('stopped'),
    'members.list': ({ state, email }) =>
      Promise.resolve({
        next_cursor: null,
        items: state !== undefined && state !== 'prepared' ? [] : world.rows.slice(0, 12).filter((row) => email === undefined || row.email === email).map((row) => ({ email: row.email, user_id: row.user_id, state: 'prepared' as const, must_reset_password: true, prepared_at: FAKE_NOW, signed_in_at: null, completed_at: null, password_last_set_at: null, password_set_method: null, stripe_customer_id: 'cus_QX6NB1', migration: { cohort: '2025-08-09-csv', source_file: fakeSource.file } })),
      }),
    'adoption.get': () =>
      Promise.resolve({
        counts: { prepared: 54, signed_in: 31, completed: 22, delivered: 0 },
        series: [0, 1, 2, 3, 4, 5, 6].map((hour) => ({ at: new Date(Date.parse(FAKE_NOW) + hour * 3_600_000).toISOString(), prepared: 54, signed_in: hour * 5, completed: hour * 3, delivered: 0 })),
      }),
  };
}

function fakeRuns(world: FakeWorld): readonly ShownRun[] {
  const verifications = world.verifications.map(({ run, items }) => ({ run, mirrored_items: items.length, from_mirror: false, environment: world.environment?.name ?? '' }));
  return [...(world.rollback === null ? [] : [fakeRollback(world)]), ...verifications, ...(world.execution === null ? [] : [fakeExecution(world)]), ...(world.plan === null ? [] : [fakeDryRun(world)])];
}

function fakeDryRun(world: FakeWorld): ShownRun {
  const shown = fakeExecution(world);
  const rows = world.plan?.summary.rows ?? 0;
  return { ...shown, run: { ...shown.run, run_id: world.plan?.run_id ?? 'run_dry_0', kind: 'dry_run', state: 'completed', counts: noCounts, rows_total: rows, rows_done: rows, stage_percent: null, rows_per_second: null, seconds_left: null, message: null, preceding_dry_run: null, ended_at: FAKE_NOW } };
}

function itemsOf(world: FakeWorld, runId: string): readonly RunItem[] {
  if (runId === 'run_rollback') return world.rollback?.items.slice(0, world.rollback.done) ?? [];
  return world.verifications.find(({ run }) => run.run_id === runId)?.items ?? fakeItems(world);
}
