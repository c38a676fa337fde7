import type { Approval } from '../../shared/contract/admin/approvals.ts';
import type { Run } from '../../shared/contract/admin/runs.ts';
import type { AdminSession } from '../../shared/contract/admin/session.ts';
import type { TestRunStatus } from '../../shared/contract/admin/test-run.ts';
import type { Plan } from '../../shared/contract/operator/plans.ts';
import { type GateName, gatesOf, type RunGate, runGateSchema, type WayFacts } from '../../shared/core/gates.ts';
import type { KeptCheck } from '../runs/journal-records.ts';
import type { RollbackStory } from './run-story.ts';
import { counted, grouped } from './report-text.ts';

/** The gates of the way, and a rollback's own: its preview and the approval of that. */
export const reportGateSchema = runGateSchema;
export type ReportGate = RunGate;

interface GateFacts {
  readonly policy: AdminSession['policy'];
  readonly run: Run;
  readonly approvals: readonly Approval[];
  readonly testRun: TestRunStatus | undefined;
  readonly plan: Plan | undefined;
  readonly check: KeptCheck | undefined;
  readonly rollback: RollbackStory | undefined;
}

/** The gates that a run of this kind has to pass, as they stood for it. A verification has none. */
export function reportGates(facts: GateFacts): readonly ReportGate[] {
  switch (facts.run.kind) {
    case 'dry_run':
      return ownGates(facts, ['load', 'check', 'dry_run']);
    case 'test_run':
      return ownGates(facts, ['load', 'check', 'dry_run', ...(facts.policy.approve_before_test_run ? (['approval'] as const) : []), 'test_run']);
    case 'execution':
      return gatesOf(wayFacts(facts)).map((gate) => (gate.name === 'execution' && gate.state !== 'passed' ? { ...gate, detail: executionDetail(facts.run) ?? gate.detail } : gate));
    case 'rollback':
      return rollbackGates(facts);
    case 'verification':
      return [];
  }
}

/** In the order in which they open one another. What lies behind the run is no matter of its report. */
function ownGates(facts: GateFacts, names: readonly GateName[]): readonly ReportGate[] {
  const all = gatesOf(wayFacts(facts));
  return names.flatMap((name) => all.filter((gate) => gate.name === name));
}

function wayFacts({ policy, run, approvals, testRun, plan, check }: GateFacts): WayFacts {
  const given = new Set(approvals.filter((approval) => approval.decision === 'approve').map((approval) => approval.sub)).size;
  const byAction = plan?.summary.by_action;
  const written = byAction === undefined ? run.rows_total : byAction.UPDATE_EXISTING + byAction.CREATE_NEW;
  return {
    ...(run.source_file === null ? {} : { file: run.source_file }),
    // Where the check was made elsewhere: the server took the cohort's rows, so they had passed it.
    check: { accepted: check?.summary.accepted ?? plan?.summary.rows ?? run.rows_total, refused: false },
    ...(run.plan_hash === null ? {} : { plan: { rows: plan?.summary.rows ?? run.rows_total, written, isPartial: plan !== undefined && plan.only !== null } }),
    test: testRun === undefined ? 'not_begun' : testRun.passed ? (testRun.restored ? 'passed' : 'passed_not_restored') : 'running',
    approvals: { given, required: policy.approvals_required, rejected: approvals.some((approval) => approval.decision === 'reject') },
    approveBeforeTestRun: policy.approve_before_test_run,
    execution: executionOf(run),
  };
}

function executionOf(run: Run): WayFacts['execution'] {
  if (run.kind !== 'execution') return 'not_begun';
  if (run.state === 'completed' || run.state === 'completed_with_failures') return run.rows_done >= run.rows_total && (run.stage_percent === null || run.stage_percent === 100) ? 'done' : 'ended_early';
  return run.state === 'stopped' || run.state === 'failed' ? 'ended_early' : 'active';
}

/** What the stepper of a window says of an execution is about what to do next; a report says how it stood. */
function executionDetail({ state, stage_percent: percent }: Run): string | undefined {
  switch (state) {
    case 'completed':
    case 'completed_with_failures':
      return percent === null ? undefined : `The stage of ${percent} % is done. The rest of the plan waits for a later one.`;
    case 'stopped':
      return 'It was stopped. What is left can be executed.';
    case 'halted':
      return 'It was halted by its failure limit, and can be resumed or stopped.';
    case 'paused':
      return 'It is paused, and can be resumed or stopped.';
    case 'failed':
      return 'It failed. What is left can be executed.';
    default:
      return undefined;
  }
}

/** The server begins no rollback before its gates are passed: a run that is there has passed them. */
function rollbackGates({ policy, run, approvals, rollback }: GateFacts): readonly ReportGate[] {
  const previewed = rollback?.previewed;
  const approvers = [...new Set(approvals.filter((approval) => approval.decision === 'approve').map((approval) => approval.sub))];
  const limit = policy.rollback_approval_above;
  return [
    {
      name: 'preview',
      title: 'Preview',
      state: 'passed',
      detail: previewed === undefined || previewed === null ? `${counted(run.rows_total, 'row')} previewed.` : `${counted(previewed.reverted, 'row')} would be put back, ${previewed.kept_changed_since} kept, ${previewed.nothing_to_revert} had nothing to put back.`,
    },
    {
      name: 'approval',
      title: 'Approve',
      ...(approvers.length > 0
        ? { state: 'passed', detail: `The rollback was approved by ${approvers.join(', ')}.` }
        : { state: 'not_needed', detail: limit === null ? 'This environment asks for no approval of a rollback.' : `This environment asks for one above ${grouped(limit)} people only.` }),
    },
  ];
}
