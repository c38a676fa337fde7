import { type Approval, listApprovals } from '../../shared/contract/admin/approvals.ts';
import { type Run, receiptSchema } from '../../shared/contract/admin/runs.ts';
import { type TestRunStatus, getTestRun } from '../../shared/contract/admin/test-run.ts';
import type { Plan } from '../../shared/contract/operator/plans.ts';
import type { RunSurroundings } from '../../shared/contract/operator/runs.ts';
import { type Gate, type WayFacts, gatesOf } from '../../shared/core/gates.ts';
import type { ConnectedEnvironment } from '../environments/environments.ts';
import type { JournalReader } from '../journal/journal.ts';
import { keptReceipt } from './kept-receipt.ts';
import { callsOfRun } from './run-calls.ts';
import type { RunMirror } from './run-mirror.ts';
import { relatedRuns } from './run-selection.ts';
import { executionState } from './way.ts';

const PAGE = '1000';

/** What is known of a run without a server: its calls, the runs beside it, what is kept of it. */
export function keptSurroundings(journal: JournalReader, mirror: RunMirror, run: Run, others: readonly Run[]): RunSurroundings {
  const kept = keptReceipt(journal, run.run_id);
  const receipt = kept === undefined ? undefined : receiptSchema.safeParse(parsed(kept.receipt));
  return {
    gates: null,
    approvals: null,
    approved_by: receipt?.success === true ? receipt.data.approved_by : null,
    related: relatedRuns(run, others),
    calls: callsOfRun(journal, run.run_id),
    snapshots: { ...mirror.mirroredSnapshots(run.run_id) },
    receipt_kept: kept !== undefined,
    offline: true,
  };
}

/** The same with what only the server tells: decisions on its plan, and the gates that they and the test run passed. */
export async function liveSurroundings(environment: ConnectedEnvironment, kept: RunSurroundings, run: Run, plan: Plan | undefined): Promise<RunSurroundings> {
  const approvals = run.plan_hash === null ? [] : await approvalsOf(environment, run.migration, run.plan_hash);
  const testRun = run.kind === 'test_run' ? run : kept.related.findLast(({ relation }) => relation === 'test_run')?.run;
  const isOfWay = run.kind === 'dry_run' || run.kind === 'test_run' || run.kind === 'execution';
  const status = testRun === undefined || !isOfWay ? undefined : await environment.read(getTestRun, { params: { id: run.migration, run_id: testRun.run_id }, query: {} });
  const execution = run.kind === 'execution' ? run : kept.related.findLast(({ relation }) => relation === 'execution')?.run;
  return { ...kept, offline: false, approvals, gates: isOfWay ? gates(environment, { run, plan, approvals, status, execution }) : [] };
}

async function approvalsOf(environment: ConnectedEnvironment, migration: string, planHash: string): Promise<Approval[]> {
  return (await environment.read(listApprovals, { params: { id: migration }, query: { plan_hash: planHash, limit: PAGE } })).items;
}

type GateFacts = { readonly run: Run; readonly plan: Plan | undefined; readonly approvals: readonly Approval[]; readonly status: TestRunStatus | undefined; readonly execution: Run | undefined };

function gates({ session: { policy } }: ConnectedEnvironment, { run, plan, approvals, status, execution }: GateFacts): Gate[] {
  const summary = plan?.summary;
  const given = new Set(approvals.filter(({ decision }) => decision === 'approve').map(({ sub }) => sub)).size;
  return [
    ...gatesOf({
      ...(run.source_file === null ? {} : { file: run.source_file }),
      // The server took its rows, so they had passed the check, wherever that was.
      check: { accepted: summary?.rows ?? run.rows_total, refused: false },
      ...(run.plan_hash === null ? {} : { plan: { rows: summary?.rows ?? run.rows_total, written: summary === undefined ? run.rows_total : summary.by_action.CREATE_NEW + summary.by_action.UPDATE_EXISTING, isPartial: plan !== undefined && plan.only !== null } }),
      test: testState(status),
      approvals: { given, required: policy.approvals_required, rejected: approvals.some(({ decision }) => decision === 'reject') },
      approveBeforeTestRun: policy.approve_before_test_run,
      execution: executionState(execution),
    }),
  ];
}

function testState(status: TestRunStatus | undefined): WayFacts['test'] {
  if (status === undefined) return 'not_begun';
  if (!status.passed) return 'running';
  return status.restored ? 'passed' : 'passed_not_restored';
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
