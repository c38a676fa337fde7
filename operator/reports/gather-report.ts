import { listApprovals, type Approval } from '../../shared/contract/admin/approvals.ts';
import { listMigrations, type Migration } from '../../shared/contract/admin/migrations.ts';
import { getReceipt, getRun, listRuns, receiptSchema, type Receipt, type Run } from '../../shared/contract/admin/runs.ts';
import { getTestRun, type TestRunStatus } from '../../shared/contract/admin/test-run.ts';
import type { Plan } from '../../shared/contract/operator/plans.ts';
import { gatesOf, type Gate, type WayFacts } from '../../shared/core/gates.ts';
import type { ConnectedEnvironment } from '../environments/environments.ts';
import type { JournalReader } from '../journal/journal.ts';
import { journaledPlans, lastCheck, type KeptCheck } from '../runs/journal-records.ts';

const PAGE = '1000';

/** Everything around a run that its report tells, gathered before anything is written. */
export interface GatheredReport {
  readonly run: Run;
  readonly migration: Migration | undefined;
  readonly receiptText: string;
  readonly receiptSignature: string;
  readonly receipt: Receipt;
  readonly redactionKey: Uint8Array;
  readonly approvals: readonly Approval[];
  readonly testRun: TestRunStatus | undefined;
  readonly verification: Run | undefined;
  /** From the journal: what this operator planned and checked. Undefined where it was done elsewhere or was erased. */
  readonly plan: Plan | undefined;
  readonly check: KeptCheck | undefined;
  readonly gates: readonly Gate[];
}

/** Asks the server and the journal for all of it. @throws OperatorError as the calls do */
export async function gatherReport(environment: ConnectedEnvironment, journal: JournalReader, runId: string): Promise<GatheredReport> {
  const run = await environment.read(getRun, { params: { run_id: runId }, query: {} });
  const issued = await environment.read(getReceipt, { params: { run_id: runId }, query: {} });
  const receipt = receiptSchema.parse(JSON.parse(issued.receipt));
  const migrations = await environment.read(listMigrations, { params: {}, query: {} });
  const approvals = run.plan_hash === null ? [] : await approvalsOf(environment, run.migration, run.plan_hash);
  const others = await runsOf(environment, run.migration);
  const plan = planOf(journal, environment, run);
  const check = run.cohort === null ? undefined : lastCheck(journal, { cohort: run.cohort })?.check;
  const testRun = await testRunOf(environment, run, others);
  const verification = others.find((other) => other.kind === 'verification' && other.plan_hash !== null && other.plan_hash === run.plan_hash && other.created_at > run.created_at);
  return {
    run,
    migration: migrations.items.find((one) => one.id === run.migration),
    receiptText: issued.receipt,
    receiptSignature: issued.signature,
    receipt,
    redactionKey: Buffer.from(issued.redaction_key, 'base64'),
    approvals,
    testRun,
    verification,
    plan,
    check,
    gates: gatesOf(wayFacts({ environment, run, approvals, testRun, plan, check })),
  };
}

function wayFacts(facts: {
  readonly environment: ConnectedEnvironment;
  readonly run: Run;
  readonly approvals: readonly Approval[];
  readonly testRun: TestRunStatus | undefined;
  readonly plan: Plan | undefined;
  readonly check: KeptCheck | undefined;
}): WayFacts {
  const { environment, run, approvals, testRun, plan, check } = facts;
  const { policy } = environment.session;
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

function planOf(journal: JournalReader, environment: ConnectedEnvironment, run: Run): Plan | undefined {
  let newest: Plan | undefined;
  for (const found of journaledPlans(journal, environment.name)) {
    if (found.environmentId === environment.id && found.plan.plan_hash === run.plan_hash && found.plan.migration === run.migration) newest = found.plan;
  }
  return newest;
}

async function approvalsOf(environment: ConnectedEnvironment, migration: string, planHash: string): Promise<Approval[]> {
  const all: Approval[] = [];
  for (let after: string | undefined; ; ) {
    const page = await environment.read(listApprovals, { params: { id: migration }, query: { plan_hash: planHash, limit: PAGE, ...(after === undefined ? {} : { after }) } });
    all.push(...page.items);
    if (page.next_cursor === null || page.items.length === 0) return all;
    after = page.next_cursor;
  }
}

async function runsOf(environment: ConnectedEnvironment, migration: string): Promise<Run[]> {
  const all: Run[] = [];
  for (let after: string | undefined; ; ) {
    const page = await environment.read(listRuns, { params: {}, query: { migration, limit: PAGE, ...(after === undefined ? {} : { after }) } });
    all.push(...page.items);
    if (page.next_cursor === null || page.items.length === 0) return all;
    after = page.next_cursor;
  }
}

/** The test run that this run stood on: itself, or the newest one of the cohort before it. */
async function testRunOf(environment: ConnectedEnvironment, run: Run, others: readonly Run[]): Promise<TestRunStatus | undefined> {
  const before = others.filter((other) => other.kind === 'test_run' && other.cohort !== null && other.cohort === run.cohort && other.created_at <= run.created_at);
  const newest = before.toSorted((one, other) => (one.created_at < other.created_at ? 1 : -1))[0];
  const wanted = run.kind === 'test_run' ? run.run_id : run.kind === 'execution' ? newest?.run_id : undefined;
  return wanted === undefined ? undefined : environment.read(getTestRun, { params: { id: run.migration, run_id: wanted }, query: {} });
}
