import { type Approval, listApprovals } from '../../shared/contract/admin/approvals.ts';
import { listRollbackItems } from '../../shared/contract/admin/rollback.ts';
import type { Run } from '../../shared/contract/admin/runs.ts';
import { getTestRun, type TestRunStatus } from '../../shared/contract/admin/test-run.ts';
import type { ConnectedEnvironment } from '../environments/environments.ts';
import { problemOf } from '../problems.ts';
import { relatedRuns } from './run-selection.ts';

const PAGE = '1000';

/** What the decisions on a run are found by. */
export interface DecidedRun {
  readonly run: Run;
  /** Whom the receipt names as approvers; nobody while there is none. */
  readonly approvedBy: readonly string[];
  /** Of a rollback that was begun with this journal. */
  readonly rollbackHash: string | undefined;
}

/** What was decided on, and the decisions. */
export interface Decided {
  readonly hash: string;
  readonly approvals: readonly Approval[];
}

/**
 * The decisions on what a run did: on its plan, or on the preview of its rollback. Undefined where there is nothing that
 * could be decided on, or it cannot be told. @throws OperatorError as the calls do
 */
export async function decidedAtServer(environment: ConnectedEnvironment, { run, approvedBy, rollbackHash }: DecidedRun): Promise<Decided | undefined> {
  const hash = run.plan_hash ?? (run.kind === 'rollback' ? rollbackHash : undefined);
  if (hash !== undefined) return { hash, approvals: await approvalsOf(environment, run.migration, hash) };
  if (run.kind !== 'rollback' || approvedBy.length === 0) return undefined;
  // Begun elsewhere: the newest approved hash that names a rollback and has the receipt's approvers.
  const all = await approvalsOf(environment, run.migration, undefined);
  const before = all.filter((approval) => approval.decision === 'approve' && approval.decided_at <= run.created_at).toSorted((one, other) => (one.decided_at < other.decided_at ? 1 : -1));
  for (const wanted of new Set(before.map((approval) => approval.plan_hash))) {
    const approvals = all.filter((approval) => approval.plan_hash === wanted);
    if (approvedBy.every((sub) => approvals.some((approval) => approval.sub === sub)) && (await isRollback(environment, run.migration, wanted))) return { hash: wanted, approvals };
  }
  return undefined;
}

/** The test run that this run stood on: itself, or the newest one of the cohort before an execution. @throws OperatorError as the call does */
export async function testRunAtServer(environment: ConnectedEnvironment, run: Run, others: readonly Run[]): Promise<TestRunStatus | undefined> {
  const before = relatedRuns(run, others).filter(({ relation, run: other }) => relation === 'test_run' && other.created_at <= run.created_at);
  const wanted = run.kind === 'test_run' ? run : run.kind === 'execution' ? before.at(-1)?.run : undefined;
  return wanted === undefined ? undefined : environment.read(getTestRun, { params: { id: run.migration, run_id: wanted.run_id }, query: {} });
}

async function isRollback(environment: ConnectedEnvironment, migration: string, hash: string): Promise<boolean> {
  try {
    await environment.read(listRollbackItems, { params: { id: migration, rollback_hash: hash }, query: { limit: '1' } });
    return true;
  } catch (thrown) {
    if (problemOf(thrown)?.code === 'not_found') return false;
    throw thrown;
  }
}

async function approvalsOf(environment: ConnectedEnvironment, migration: string, planHash: string | undefined): Promise<Approval[]> {
  const all: Approval[] = [];
  for (let after: string | undefined; ; ) {
    const page = await environment.read(listApprovals, { params: { id: migration }, query: { limit: PAGE, ...(planHash === undefined ? {} : { plan_hash: planHash }), ...(after === undefined ? {} : { after }) } });
    all.push(...page.items);
    if (page.next_cursor === null || page.items.length === 0) return all;
    after = page.next_cursor;
  }
}
