import type { Handlers, ProcedureInput } from '../../shared/contract/operator/dispatch.ts';
import type { ShownPlanRow } from '../../shared/contract/operator/plans.ts';
import type { ValidationStatus } from '../../shared/contract/operator/test-runs.ts';
import { gatesOf, type WayFacts } from '../../shared/core/gates.ts';
import { isEnded } from '../../shared/core/run-state.ts';
import { type Decision, plannedDecision } from '../../shared/core/decisions.ts';
import { isWritten } from '../../shared/core/plan-row.ts';
import { proposeTestRows } from '../../shared/core/test-rows.ts';
import { fakeExecution } from './fake-execution.ts';
import { approval, FAKE_NOW, fakeMembers, fakeSession, fakeSource, MIGRATION, planOfAnother, planWith, type FakeWorld } from './fake-world.ts';

type WayNames = Extract<keyof Handlers, `sources.${string}` | `plans.${string}` | `testRuns.${string}` | `approvals.${string}` | `way.${string}`>;

const VALIDATION_STEP_MS = 120;

/** Files, plans, test runs, approvals and the way itself of the made-up operator. */
export function fakeWayHandlers(world: FakeWorld): Pick<Handlers, WayNames> {
  const status = (): ValidationStatus => {
    const isPassed = world.testSteps >= 5;
    return {
      observed: { run_id: 'run_test', plan_hash: world.plan?.plan_hash ?? '', members: [...world.members], passed: isPassed, restored: world.testSteps >= 6, passed_at: isPassed ? FAKE_NOW : null, valid_until: isPassed ? '2026-11-27T10:02:11.000Z' : null },
      running: world.validating,
      steps: world.members.map((member) => ({ email: member.email, step: world.validating ? 'signing_in' : 'done', detail: null })),
    };
  };
  return {
    'sources.openSample': () => Promise.resolve({ handle: 'sample', file_name: fakeSource.file }),
    'sources.check': ({ mapping }) => {
      world.source = mapping === undefined ? fakeSource : { ...fakeSource, columns: mapping, source_id: 'src_2' };
      world.plan = null;
      return Promise.resolve(world.source);
    },
    'sources.getProgress': () => Promise.resolve({ bytes_read: 2000, bytes_total: 4312 }),
    'sources.listRejected': ({ code, field, descending }) => {
      const items = [
        { line: 31, row: 30, field: 'email', code: 'email_malformed', masked: 'n***' },
        { line: 47, row: 46, field: 'stripe_customer_id', code: 'stripe_id_number', masked: '1***' },
      ].filter((row) => (code === undefined || row.code === code) && (field === undefined || row.field === field));
      return Promise.resolve({ total: items.length, items: descending === true ? items.reverse() : items });
    },
    'sources.listDuplicates': () => Promise.resolve({ total: 1, items: [{ line: 52, row: 51, kept_line: 12, conflicting: false }] }),
    'sources.listWarnings': () => Promise.resolve({ total: 1, items: [{ line: 18, row: 17, field: 'full_name', code: 'name_bidi_control' }] }),
    'sources.countLeftOut': ({ list }) => Promise.resolve(list === 'rejected' ? { codes: [{ value: 'email_malformed', count: 1 }, { value: 'stripe_id_number', count: 1 }], fields: [{ value: 'email', count: 1 }, { value: 'stripe_customer_id', count: 1 }] } : { codes: [], fields: [] }),
    'sources.exportRejects': () => Promise.resolve({ download_id: 'dl_rejects' }),
    'plans.dryRun': ({ decisions, decisions_of: decisionsOf }) => Promise.resolve(planWith(world, decisions ?? (decisionsOf === undefined ? [] : decidedRows(world)), world.rows.length === 0 ? 57 : world.rows.length)),
    'plans.get': () => Promise.resolve(world.plan ?? planOfAnother(world)),
    'plans.getProgress': () => Promise.resolve(world.rowsProgress ?? { rows_here: world.rows.length, rows_total: world.rows.length, state: 'complete', problem: null }),
    'plans.listRows': ({ offset, limit, ...view }) => {
      const found = viewOf(world, view);
      return Promise.resolve({ items: found.slice(offset, offset + limit), total: found.length });
    },
    'plans.listRowNumbers': ({ offset, limit, ...view }) => Promise.resolve({ rows: viewOf(world, view).slice(offset, offset + limit).map(({ row }) => row) }),
    'plans.decide': ({ selection, as }) => {
      const chosen = 'rows' in selection ? world.rows.filter(({ row }) => selection.rows.includes(row)) : viewOf(world, selection.filter).filter(({ row }) => !selection.except.includes(row));
      const fitting = chosen.filter((row) => as === 'undecided' || as === 'as_planned' || row.action === 'SKIP' || (as === 'skip' ? isWritten(row) : row.match === 'MATCH_NAME_UNIQUE'));
      for (const row of fitting) {
        const planned = plannedDecision(row) ?? 'undecided';
        if (as === 'as_planned' || as === planned) world.pending.delete(row.row);
        else world.pending.set(row.row, as);
      }
      return Promise.resolve({ chosen: chosen.length, decided: fitting.length, pending: countsOf(world) });
    },
    'plans.countPending': () => Promise.resolve(countsOf(world)),
    'testRuns.propose': () => Promise.resolve({ items: [...proposeTestRows(world.rows)] }),
    'testRuns.start': ({ emails }) => {
      world.testSteps = 1;
      world.members = fakeMembers(world, 1).map((member, index) => ({ ...member, email: emails?.[index] ?? member.email }));
      return Promise.resolve({ run_id: 'run_test', emails: world.members.map((member) => member.email) });
    },
    'testRuns.getStatus': () => Promise.resolve(status()),
    'testRuns.validate': async () => {
      world.validating = true;
      const emails = world.members.map((member) => member.email);
      for (let steps = world.testSteps; steps <= 6; steps += 1) {
        world.testSteps = steps;
        world.members = fakeMembers(world, steps).map((member, index) => ({ ...member, email: emails[index] ?? member.email }));
        await new Promise((resolve) => setTimeout(resolve, VALIDATION_STEP_MS));
      }
      world.validating = false;
      return status();
    },
    'testRuns.rearm': () => {
      world.testSteps = 6;
      world.members = fakeMembers(world, 6);
      return Promise.resolve(status());
    },
    'approvals.decide': ({ decision, comment, plan_hash: planHash }) => {
      const given = { ...approval, plan_hash: planHash, decision, comment };
      world.approvals = [...world.approvals, given];
      return Promise.resolve(given);
    },
    'approvals.list': ({ plan_hash: planHash }) => Promise.resolve({ items: world.approvals.filter((given) => given.plan_hash === planHash) }),
    'way.get': () => Promise.resolve({
      environment: world.environment?.name ?? '',
      migration: MIGRATION,
      gates: [...gatesOf(factsOf(world))],
      source: world.source,
      plan: world.plan,
      test_run: world.members.length === 0 ? null : status(),
      test_run_id: world.members.length === 0 ? null : 'run_test',
      approvals: [...world.approvals],
      approvals_required: 1,
      execution: world.execution === null ? null : fakeExecution(world),
    }),
  };
}

function factsOf(world: FakeWorld): WayFacts {
  const { source, plan, execution, members } = world;
  return {
    ...(source === null ? {} : { file: source.file, check: { accepted: source.accepted, refused: source.file_error !== null } }),
    ...(plan === null ? {} : { plan: { rows: plan.summary.rows, written: plan.summary.by_action.UPDATE_EXISTING + plan.summary.by_action.CREATE_NEW, isPartial: false } }),
    test: members.length === 0 ? 'not_begun' : world.validating ? 'running' : world.testSteps >= 6 ? 'passed' : world.testSteps >= 5 ? 'passed_not_restored' : 'running',
    approvals: { given: world.approvals.filter((given) => given.decision === 'approve').length, required: 1, rejected: world.approvals.some((given) => given.decision === 'reject') },
    approveBeforeTestRun: fakeSession(world).policy.approve_before_test_run,
    execution: execution === null ? 'not_begun' : !isEnded(execution.state) ? 'active' : execution.state === 'completed' ? 'done' : 'ended_early',
  };
}

type PlanView = Omit<ProcedureInput<'plans.listRowNumbers'>, 'migration' | 'plan_hash' | 'offset' | 'limit'>;

function viewOf(world: FakeWorld, { match, action, warning, pending, q, sort = 'row', descending = false }: PlanView): readonly ShownPlanRow[] {
  const found = world.rows.filter(
    (row) =>
      (match === undefined || row.match === match) &&
      (action === undefined || row.action === action) &&
      (warning === undefined || row.warnings.includes(warning)) &&
      (pending !== true || world.pending.has(row.row)) &&
      (q === undefined || row.email.includes(q.toLowerCase()) || (row.full_name ?? '').toLowerCase().includes(q.toLowerCase())),
  );
  const key = (row: ShownPlanRow): string | number => (sort === 'name' ? (row.full_name ?? '') : sort === 'email' || sort === 'match' || sort === 'action' ? row[sort] : row.row);
  const ordered = [...found].sort((one, other) => (key(one) < key(other) ? -1 : key(one) > key(other) ? 1 : 0));
  if (descending) ordered.reverse();
  return ordered.map((row) => ({ ...row, ...(world.pending.has(row.row) ? { next: world.pending.get(row.row) } : {}) }));
}

function countsOf(world: FakeWorld): { skip: number; create: number; undecided: number } {
  const counts = { skip: 0, create: 0, undecided: 0 };
  for (const next of world.pending.values()) counts[next] += 1;
  return counts;
}

/** What the plan says, and what waits for the next one in its place. */
function decidedRows(world: FakeWorld): readonly Decision[] {
  return world.rows.flatMap((row) => {
    const as = world.pending.get(row.row) ?? plannedDecision(row) ?? 'undecided';
    return as === 'undecided' ? [] : [{ email: row.email, as }];
  });
}
