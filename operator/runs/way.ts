import { type Approval, listApprovals } from '../../shared/contract/admin/approvals.ts';
import { type Run, getRun, listRuns } from '../../shared/contract/admin/runs.ts';
import type { ApprovalPolicy } from '../../shared/contract/admin/session.ts';
import type { Plan } from '../../shared/contract/operator/plans.ts';
import type { CheckSummary } from '../../shared/contract/operator/sources.ts';
import type { ValidationStatus } from '../../shared/contract/operator/test-runs.ts';
import type { Way } from '../../shared/contract/operator/way.ts';
import { type WayFacts, gatesOf } from '../../shared/core/gates.ts';
import { assertNever } from '../../shared/core/assert-never.ts';
import type { ConnectedEnvironment } from '../environments/environments.ts';
import type { OperatorParts } from '../parts.ts';
import { problemOf } from '../problems.ts';
import { lastCheck } from './journal-records.ts';
import type { PlanBook } from './plan-book.ts';
import type { RunMirror } from './run-mirror.ts';
import type { Validation } from './validation.ts';

const PAGE = '1000';

/**
 * Where the operator stands in one migration, put together anew each time from the journal and what the server says:
 * a restart, a crash or another machine changes nothing about it.
 */
export async function wayOf(parts: OperatorParts, plans: PlanBook, validation: Validation, mirror: RunMirror, migration: string): Promise<Way> {
  const environment = await parts.environments.connect();
  const { source, plan } = await sourceAndPlan(parts, plans, environment, migration);
  const runs = plan === null ? [] : (await environment.read(listRuns, { params: {}, query: { migration, limit: PAGE } })).items;
  const testRun = runs.find((run) => run.kind === 'test_run' && plan !== null && run.cohort === plan.cohort);
  const execution = runs.find((run) => run.kind === 'execution' && run.plan_hash === plan?.plan_hash);
  const status = testRun === undefined ? null : await validation.status(environment, migration, testRun.run_id);
  const approvals = plan === null ? [] : (await environment.read(listApprovals, { params: { id: migration }, query: { plan_hash: plan.plan_hash, limit: PAGE } })).items;
  const { policy } = environment.session;

  return {
    environment: environment.name,
    migration,
    gates: [...gatesOf(factsOf(source, plan, status, approvals, policy, execution, parts.clock()))],
    source,
    plan,
    test_run: status,
    test_run_id: testRun?.run_id ?? null,
    approvals,
    approvals_required: policy.approvals_required,
    execution: execution === undefined ? null : await mirror.follow(environment, execution.run_id),
  };
}

/** The newest file, and the newest plan of it. A file loaded after the plan begins a new way unless it is the same cohort. */
async function sourceAndPlan({ journal }: OperatorParts, plans: PlanBook, environment: ConnectedEnvironment, migration: string): Promise<{ readonly source: CheckSummary | null; readonly plan: Plan | null }> {
  const newest = lastCheck(journal);
  const made = plans.newest(environment, migration);
  if (made === undefined || !(await isThere(environment, made.plan.run_id))) return { source: newest?.check.summary ?? null, plan: null };
  const begunAnew = newest !== undefined && newest.seq > made.seq && newest.check.summary.cohort !== made.plan.cohort;
  if (begunAnew) return { source: newest.check.summary, plan: null };
  return { source: lastCheck(journal, { cohort: made.plan.cohort })?.check.summary ?? null, plan: made.plan };
}

/** An environment that was set up afresh does not know the plans of before. */
async function isThere(environment: ConnectedEnvironment, runId: string): Promise<boolean> {
  try {
    await environment.read(getRun, { params: { run_id: runId }, query: {} });
    return true;
  } catch (thrown) {
    if (problemOf(thrown)?.code === 'unknown_run') return false;
    throw thrown;
  }
}

function factsOf(source: CheckSummary | null, plan: Plan | null, status: ValidationStatus | null, approvals: readonly Approval[], policy: ApprovalPolicy, execution: Run | undefined, now: Date): WayFacts {
  const consents = approvals.filter(({ decision, state }) => decision === 'approve' && (state === 'valid' || state === 'spent'));
  return {
    ...(source === null ? (plan === null ? {} : { file: plan.source_file, check: { accepted: plan.summary.rows, refused: false } }) : { file: source.file, check: { accepted: source.accepted, refused: source.file_error !== null } }),
    ...(plan === null ? {} : { plan: { rows: plan.summary.rows, written: plan.summary.by_action.CREATE_NEW + plan.summary.by_action.UPDATE_EXISTING, isPartial: plan.only !== null } }),
    test: testState(status, now),
    approvals: { given: new Set(consents.map(({ sub }) => sub)).size, required: policy.approvals_required, rejected: approvals.some(({ decision }) => decision === 'reject') },
    approveBeforeTestRun: policy.approve_before_test_run,
    execution: executionState(execution),
  };
}

function testState(status: ValidationStatus | null, now: Date): WayFacts['test'] {
  if (status === null) return 'not_begun';
  const { observed, running, steps } = status;
  if (running) return 'running';
  if (observed.passed) {
    if (!observed.restored) return 'passed_not_restored';
    return observed.valid_until !== null && Date.parse(observed.valid_until) <= now.getTime() ? 'lapsed' : 'passed';
  }
  const hasBegun = observed.members.some((member) => member.signed_in || member.restored) || steps.some(({ step }) => step === 'failed');
  return hasBegun ? 'failed' : 'running';
}

/** How far an execution has come, as its gate sees it. */
export function executionState(run: Run | undefined): WayFacts['execution'] {
  if (run === undefined) return 'not_begun';
  switch (run.state) {
    case 'queued':
    case 'running':
    case 'pausing':
    case 'paused':
    case 'stopping':
      return 'active';
    case 'halted':
    case 'stopped':
    case 'failed':
      return 'ended_early';
    case 'completed':
    case 'completed_with_failures':
      return run.stage_percent === null || run.stage_percent >= 100 ? 'done' : 'ended_early';
    default:
      return assertNever(run.state);
  }
}
