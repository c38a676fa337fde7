import { z } from 'zod';
import { type Approval, approvalSchema, listApprovals } from '../../shared/contract/admin/approvals.ts';
import { listMigrations, migrationSchema } from '../../shared/contract/admin/migrations.ts';
import { listRollbackItems } from '../../shared/contract/admin/rollback.ts';
import { type Receipt, receiptSchema, type Run } from '../../shared/contract/admin/runs.ts';
import { approvalPolicySchema } from '../../shared/contract/admin/session.ts';
import { getTestRun, type TestRunStatus, testRunStatusSchema } from '../../shared/contract/admin/test-run.ts';
import type { ConnectedEnvironment } from '../environments/environments.ts';
import { problemOf } from '../problems.ts';

const PAGE = '1000';

/** What the server alone says beside a run and its receipt, and a report tells: who decided, what was tried, and by which rules. */
export const aroundRunSchema = z.strictObject({
  /** When the server said so, by this machine's clock. */
  seen_at: z.iso.datetime(),
  policy: approvalPolicySchema,
  migration: migrationSchema.nullable(),
  approvals: z.array(approvalSchema),
  test_run: testRunStatusSchema.nullable(),
});
export type AroundRun = z.infer<typeof aroundRunSchema>;

export interface AskedAround {
  readonly run: Run;
  /** Whom the receipt names; nobody where it cannot be read. */
  readonly approvedBy: readonly string[];
  /** Runs of the same migration, for the test run that this one stood on. */
  readonly others: readonly Run[];
  /** Of a rollback that was begun with this journal. */
  readonly rollbackHash: string | undefined;
  readonly clock: () => Date;
}

/** Asks the server for all of it. @throws OperatorError as the calls do */
export async function askAroundRun(environment: ConnectedEnvironment, asked: AskedAround): Promise<AroundRun> {
  const { run } = asked;
  const { items: migrations } = await environment.read(listMigrations, { params: {}, query: {} });
  const approvals = await approvalsOfRun(environment, asked);
  const testRun = await testRunOf(environment, asked);
  return { seen_at: asked.clock().toISOString(), policy: environment.session.policy, migration: migrations.find(({ id }) => id === run.migration) ?? null, approvals, test_run: testRun ?? null };
}

/** Whom a receipt names as approvers; nobody where it cannot be read. */
export function approversIn(receiptText: string): Receipt['approved_by'] {
  try {
    return receiptSchema.parse(JSON.parse(receiptText)).approved_by;
  } catch {
    return [];
  }
}

/** Consents to what this run did: to its plan, or to the preview of its rollback. */
async function approvalsOfRun(environment: ConnectedEnvironment, { run, approvedBy, rollbackHash }: AskedAround): Promise<Approval[]> {
  if (run.plan_hash !== null) return approvalsOf(environment, run.migration, run.plan_hash);
  if (run.kind !== 'rollback') return [];
  if (rollbackHash !== undefined) return approvalsOf(environment, run.migration, rollbackHash);
  if (approvedBy.length === 0) return [];
  // Begun elsewhere: the newest approved hash that names a rollback and has the receipt's approvers.
  const all = await approvalsOf(environment, run.migration, undefined);
  const before = all.filter((approval) => approval.decision === 'approve' && approval.decided_at <= run.created_at).toSorted((one, other) => (one.decided_at < other.decided_at ? 1 : -1));
  for (const hash of new Set(before.map((approval) => approval.plan_hash))) {
    const consents = all.filter((approval) => approval.plan_hash === hash);
    if (approvedBy.every((sub) => consents.some((approval) => approval.sub === sub)) && (await isRollback(environment, run.migration, hash))) return consents;
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

async function approvalsOf(environment: ConnectedEnvironment, migration: string, planHash: string | undefined): Promise<Approval[]> {
  const all: Approval[] = [];
  for (let after: string | undefined; ; ) {
    const page = await environment.read(listApprovals, { params: { id: migration }, query: { limit: PAGE, ...(planHash === undefined ? {} : { plan_hash: planHash }), ...(after === undefined ? {} : { after }) } });
    all.push(...page.items);
    if (page.next_cursor === null || page.items.length === 0) return all;
    after = page.next_cursor;
  }
}

/** The test run that this run stood on: itself, or the newest one of the cohort before it. */
async function testRunOf(environment: ConnectedEnvironment, { run, others }: AskedAround): Promise<TestRunStatus | undefined> {
  const before = others.filter((other) => other.kind === 'test_run' && other.cohort !== null && other.cohort === run.cohort && other.created_at <= run.created_at);
  const newest = before.toSorted((one, other) => (one.created_at < other.created_at ? 1 : -1))[0];
  const wanted = run.kind === 'test_run' ? run.run_id : run.kind === 'execution' ? newest?.run_id : undefined;
  return wanted === undefined ? undefined : environment.read(getTestRun, { params: { id: run.migration, run_id: wanted }, query: {} });
}
