import { type Adoption, getAdoption } from '../../shared/contract/admin/members.ts';
import { listApprovals, type Approval } from '../../shared/contract/admin/approvals.ts';
import { listMigrations, type Migration } from '../../shared/contract/admin/migrations.ts';
import { getReceipt, getRun, listRuns, receiptSchema, type Receipt, type Run } from '../../shared/contract/admin/runs.ts';
import { getTestRun, type TestRunStatus } from '../../shared/contract/admin/test-run.ts';
import type { Plan } from '../../shared/contract/operator/plans.ts';
import { type PlanSummary, summarizeKinds } from '../../shared/core/plan-summary.ts';
import type { PlanRow } from '../../shared/core/plan-row.ts';
import type { ConnectedEnvironment } from '../environments/environments.ts';
import type { JournalReader } from '../journal/journal.ts';
import { problemOf } from '../problems.ts';
import { journaledPlans, lastCheck, type KeptCheck } from '../runs/journal-records.ts';
import { type ReportGate, reportGates } from './report-gates.ts';
import { planRowsOfRun } from './report-rows.ts';
import { listRollbackItems } from '../../shared/contract/admin/rollback.ts';
import { type RollbackStory, rollbackStory, type VerificationStory, verificationStory } from './run-story.ts';
import { type UndoneRun, undoneRuns } from './undone-runs.ts';

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
  /** The plan in numbers, also where it was made elsewhere and a dry run is reported. */
  readonly summary: PlanSummary | undefined;
  readonly gates: readonly ReportGate[];
  /** What a rollback was asked for; undefined where it was asked for elsewhere, or this is none. */
  readonly rollback: RollbackStory | undefined;
  readonly undone: { readonly runs: readonly UndoneRun[]; readonly isWhole: boolean } | undefined;
  /** What a verification read back; undefined for every other kind. */
  readonly verified: { readonly run: Run | undefined; readonly story: VerificationStory | undefined } | undefined;
  /** How far the migration's people have come; null where the server could not say, undefined where that is no matter of this run. */
  readonly adoption: Adoption | null | undefined;
}

/** Asks the server and the journal for all of it. @throws OperatorError as the calls do */
export async function gatherReport(environment: ConnectedEnvironment, journal: JournalReader, runId: string): Promise<GatheredReport> {
  const run = await environment.read(getRun, { params: { run_id: runId }, query: {} });
  const issued = await environment.read(getReceipt, { params: { run_id: runId }, query: {} });
  const receipt = receiptSchema.parse(JSON.parse(issued.receipt));
  const migrations = await environment.read(listMigrations, { params: {}, query: {} });
  const others = await runsOf(environment, run.migration);
  const plan = planOf(journal, environment, run);
  const check = run.cohort === null ? undefined : lastCheck(journal, { cohort: run.cohort })?.check;
  const testRun = await testRunOf(environment, run, others);
  const rollback = run.kind === 'rollback' ? rollbackStory(journal, runId) : undefined;
  const approvals = await approvalsOfRun(environment, run, receipt, rollback);
  const verification = run.kind === 'execution' || run.kind === 'test_run' ? others.find((other) => other.kind === 'verification' && other.plan_hash !== null && other.plan_hash === run.plan_hash && other.created_at > run.created_at) : undefined;
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
    summary: plan?.summary ?? (run.kind === 'dry_run' ? await summaryOf(environment, run) : undefined),
    gates: reportGates({ policy: environment.session.policy, run, approvals, testRun, plan, check, rollback }),
    rollback,
    undone: run.kind === 'rollback' ? await undoneRuns(environment, run, others) : undefined,
    verified: run.kind === 'verification' ? verifiedBy(run, others, verificationStory(journal, runId)) : undefined,
    adoption: run.kind === 'execution' || run.kind === 'verification' ? await adoptionOf(environment, run.migration) : undefined,
  };
}

/** Consents to what this run did: to its plan, or to the preview of its rollback. */
async function approvalsOfRun(environment: ConnectedEnvironment, run: Run, receipt: Receipt, rollback: RollbackStory | undefined): Promise<Approval[]> {
  if (run.plan_hash !== null) return approvalsOf(environment, run.migration, run.plan_hash);
  if (run.kind !== 'rollback') return [];
  if (rollback !== undefined) return approvalsOf(environment, run.migration, rollback.rollbackHash);
  if (receipt.approved_by.length === 0) return [];
  // Begun elsewhere: the newest approved hash that names a rollback and has the receipt's approvers.
  const all = await approvalsOf(environment, run.migration, undefined);
  const before = all.filter((approval) => approval.decision === 'approve' && approval.decided_at <= run.created_at).toSorted((one, other) => (one.decided_at < other.decided_at ? 1 : -1));
  for (const hash of new Set(before.map((approval) => approval.plan_hash))) {
    const consents = all.filter((approval) => approval.plan_hash === hash);
    if (receipt.approved_by.every((sub) => consents.some((approval) => approval.sub === sub)) && (await isRollback(environment, run.migration, hash))) return consents;
  }
  return [];
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

/** A dry run that was made elsewhere, in numbers: its rows are read once for them. */
async function summaryOf(environment: ConnectedEnvironment, run: Run): Promise<PlanSummary | undefined> {
  const kinds = new Map<string, { readonly row: Pick<PlanRow, 'match' | 'action' | 'warnings'>; count: number }>();
  for await (const page of planRowsOfRun(environment, run)) {
    for (const { match, action, warnings } of page) {
      const name = `${match} ${action} ${warnings.join(' ')}`;
      const known = kinds.get(name);
      if (known === undefined) kinds.set(name, { row: { match, action, warnings }, count: 1 });
      else known.count += 1;
    }
  }
  return kinds.size === 0 ? undefined : summarizeKinds([...kinds.values()].map(({ row, count }) => ({ ...row, rowCount: count })));
}

/** Asked for where it was asked of this operator, else the newest run of the plan that wrote before it. */
function verifiedBy(run: Run, others: readonly Run[], story: VerificationStory | undefined): GatheredReport['verified'] {
  const named = others.find((other) => other.run_id === story?.verifiedRunId);
  const before = others.filter((other) => (other.kind === 'execution' || other.kind === 'test_run') && other.plan_hash === run.plan_hash && other.created_at <= run.created_at);
  return { run: named ?? (story === undefined ? before.toSorted((one, other) => (one.created_at < other.created_at ? 1 : -1))[0] : undefined), story };
}

/** Null where this server or its playbook has none: it is no reason for no report. */
async function adoptionOf(environment: ConnectedEnvironment, migration: string): Promise<Adoption | null> {
  try {
    return await environment.read(getAdoption, { params: { id: migration }, query: {} });
  } catch (thrown) {
    if (problemOf(thrown) === undefined) throw thrown;
    return null;
  }
}

function planOf(journal: JournalReader, environment: ConnectedEnvironment, run: Run): Plan | undefined {
  let newest: Plan | undefined;
  for (const found of journaledPlans(journal, environment.name)) {
    if (found.environmentId === environment.id && found.plan.plan_hash === run.plan_hash && found.plan.migration === run.migration) newest = found.plan;
  }
  return newest;
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
