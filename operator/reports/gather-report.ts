import type { z } from 'zod';
import { type Adoption, getAdoption } from '../../shared/contract/admin/members.ts';
import type { Approval } from '../../shared/contract/admin/approvals.ts';
import type { Migration } from '../../shared/contract/admin/migrations.ts';
import { getReceipt, getRun, receiptSchema, type Receipt, type Run } from '../../shared/contract/admin/runs.ts';
import type { TestRunStatus } from '../../shared/contract/admin/test-run.ts';
import type { Plan } from '../../shared/contract/operator/plans.ts';
import { type PlanSummary, summarizeKinds } from '../../shared/core/plan-summary.ts';
import type { PlanRow } from '../../shared/core/plan-row.ts';
import type { ConnectedEnvironment } from '../environments/environments.ts';
import type { Journal, JournalReader } from '../journal/journal.ts';
import { OperatorError } from '../../shared/contract/operator/reply.ts';
import { isEnded } from '../../shared/core/run-state.ts';
import { problemOf } from '../problems.ts';
import { type AroundRun, askAroundRun } from '../runs/around-run.ts';
import { type Decided, decidedAtServer } from '../runs/decided-at-server.ts';
import { lastCheck, newestPlan, type KeptCheck } from '../runs/journal-records.ts';
import { keepApprovals } from '../runs/kept-approvals.ts';
import { keepReceipt, type KeptReceipt } from '../runs/kept-receipt.ts';
import { runsAtServer } from '../runs/runs-at-server.ts';
import { type ReportGate, reportGates } from './report-gates.ts';
import { planRowsOfRun } from './report-rows.ts';
import { type RollbackStory, rollbackStory, type VerificationStory, verificationStory } from './run-story.ts';
import { type UndoneRun, undoneRuns } from './undone-runs.ts';

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
  /** Where the server could not be asked: when it last was. All of this is as of that moment. */
  readonly asOf: string | undefined;
}

/**
 * Asks the server and the journal for all of it. What the server alone says is kept, so that a later report can be made without it.
 * @throws OperatorError `receipt_not_ready` while the run goes on, or as the calls do
 */
export async function gatherReport(environment: ConnectedEnvironment, journal: Journal, runId: string, clock: () => Date): Promise<GatheredReport> {
  const run = await environment.read(getRun, { params: { run_id: runId }, query: {} });
  const issued = await receiptOf(environment, run);
  const receipt = receiptSchema.parse(JSON.parse(issued.receipt));
  const others = await runsAtServer(environment, run.migration, Infinity);
  const rollbackHash = run.kind === 'rollback' ? rollbackStory(journal, runId)?.rollbackHash : undefined;
  const decided = await decidedAtServer(environment, { run, approvedBy: receipt.approved_by, rollbackHash });
  const around = await askAroundRun(environment, run, others, clock);
  const kept = { receipt: issued.receipt, signature: issued.signature, redaction_key: issued.redaction_key, around };
  if (isEnded(run.state)) keepForLater(journal, environment.id, runId, kept, decided);
  const known = factsOf({ journal, environment, run, receipt, others, kept, around, approvals: decided?.approvals ?? [] });
  return {
    ...known,
    summary: known.summary ?? (run.kind === 'dry_run' ? await summaryOf(environment, run) : undefined),
    undone: run.kind === 'rollback' ? await undoneRuns(environment, run, others) : undefined,
    adoption: run.kind === 'execution' || run.kind === 'verification' ? await adoptionOf(environment, run.migration) : undefined,
  };
}

interface KnownOfRun {
  readonly journal: JournalReader;
  readonly environment: Pick<ConnectedEnvironment, 'id' | 'name'>;
  readonly run: Run;
  readonly receipt: Receipt;
  /** Runs of the same migration. */
  readonly others: readonly Run[];
  readonly kept: KeptReceipt;
  readonly around: AroundRun;
  readonly approvals: readonly Approval[];
}

/** What follows from what was said of the run, wherever it was said: by the server now, or when it last was asked. */
export function factsOf({ journal, environment, run, receipt, others, kept, around, approvals }: KnownOfRun): GatheredReport {
  const plan = newestPlan(journal, environment, (found) => found.plan.plan_hash === run.plan_hash && found.plan.migration === run.migration)?.plan;
  const check = run.cohort === null ? undefined : lastCheck(journal, { cohort: run.cohort })?.check;
  const rollback = run.kind === 'rollback' ? rollbackStory(journal, run.run_id) : undefined;
  const testRun = around.test_run ?? undefined;
  const verification = run.kind === 'execution' || run.kind === 'test_run' ? others.find((other) => other.kind === 'verification' && other.plan_hash !== null && other.plan_hash === run.plan_hash && other.created_at > run.created_at) : undefined;
  return {
    run,
    migration: around.migration ?? undefined,
    receiptText: kept.receipt,
    receiptSignature: kept.signature,
    receipt,
    redactionKey: Buffer.from(kept.redaction_key, 'base64'),
    approvals,
    testRun,
    verification,
    plan,
    check,
    summary: plan?.summary,
    gates: reportGates({ policy: around.policy, run, approvals, testRun, plan, check, rollback }),
    rollback,
    undone: undefined,
    verified: run.kind === 'verification' ? verifiedBy(run, others, verificationStory(journal, run.run_id)) : undefined,
    adoption: run.kind === 'execution' || run.kind === 'verification' ? null : undefined,
    asOf: undefined,
  };
}

/** Of a run that goes on there is none: counts and items would say different things. */
async function receiptOf(environment: ConnectedEnvironment, run: Run): Promise<z.infer<typeof getReceipt.reply>> {
  try {
    return await environment.read(getReceipt, { params: { run_id: run.run_id }, query: {} });
  } catch (thrown) {
    if (!(thrown instanceof OperatorError) || thrown.problem.code !== 'receipt_not_ready') throw thrown;
    const detail = `It is ${run.state}, with ${run.rows_done} of ${run.rows_total} rows done. No report was written. Export it once the run has ended; to report what is done so far, pause the run first.`;
    throw new OperatorError({ ...thrown.problem, title: 'The run goes on, so there is no report of it yet', detail });
  }
}

/** A journal that takes no more entries is no reason for no report. */
function keepForLater(journal: Journal, environmentId: string, runId: string, kept: KeptReceipt, decided: Decided | undefined): void {
  try {
    if (decided !== undefined) keepApprovals(journal, environmentId, runId, decided.hash, decided.approvals);
    keepReceipt(journal, environmentId, runId, kept);
  } catch (thrown) {
    if (problemOf(thrown)?.code.startsWith('journal_') !== true) throw thrown;
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
