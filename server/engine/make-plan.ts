import { sql } from 'kysely';
import type { Decision } from '../../shared/core/decisions.ts';
import { planHeaderLine } from '../../shared/core/plan-hash.ts';
import { summarizeKinds } from '../../shared/core/plan-summary.ts';
import { accountPrep } from '../../shared/playbooks/account-prep/playbook.ts';
import { gatherFormFor } from '../playbooks/account-prep/facts-in-sql.ts';
import { filePlannedRows } from '../playbooks/account-prep/plan-in-sql.ts';
import type { PlannerTx, ReadTx } from '../store/transactions.ts';
import { filePlanKinds, hashOfFiledRows, openPlan, sealPlan, type NewPlan } from './plan-store.ts';

export type PlanOrder = {
  readonly environmentId: string;
  readonly migration: { readonly id: string; readonly cohortTag: string };
  readonly cohort: string;
  /** How many records the cohort has: it decides how they are looked for. */
  readonly recordCount: number;
  readonly sourceFile: string;
  readonly sourceSha256: string;
  readonly only: ReadonlySet<string> | undefined;
  readonly decisions: ReadonlyMap<string, Decision['as']>;
};

/** The credential that the migration's temporary password opens with now; null where there is none, or it has expired. */
export async function liveCredential(tx: ReadTx, migrationId: string): Promise<string | null> {
  const { rows } = await sql<{ id: string }>`select id from temp_credentials
    where migration_id = ${migrationId} and revoked_at is null and suspended_at is null and (expires_at is null or expires_at > now())`.execute(tx);
  return rows[0]?.id ?? null;
}

/** Plans a cohort in the database and files the plan under its hash (A5, N1). Reads customers, writes none. */
export async function makePlan(tx: PlannerTx, order: PlanOrder): Promise<NewPlan> {
  const settings = { migration: order.migration.id, cohortTag: order.migration.cohortTag, sourceFile: order.sourceFile };
  const publicSettings = { cohort_tag: order.migration.cohortTag };
  const decisions = [...order.decisions].map(([email, as]) => ({ email, as }));
  const credentialId = await liveCredential(tx, order.migration.id);
  const form = await gatherFormFor(tx, order.recordCount);

  await sql`savepoint plan_in_making`.execute(tx);
  const planNo = await openPlan(tx);
  const kinds = await filePlannedRows(tx, planNo, { settings, cohort: order.cohort, decisions: order.decisions, only: order.only }, form);
  await filePlanKinds(tx, planNo, kinds);
  const headerLine = planHeaderLine({
    environmentId: order.environmentId,
    migration: order.migration.id,
    playbook: accountPrep.id,
    playbookVersion: accountPrep.version,
    cohort: order.cohort,
    sourceFile: order.sourceFile,
    sourceSha256: order.sourceSha256,
    settings: publicSettings,
    credentialId,
    only: order.only === undefined ? null : [...order.only],
    decisions,
  });
  const summary = summarizeKinds(kinds);
  const plan: NewPlan = {
    planHash: await hashOfFiledRows(tx, planNo, headerLine),
    migrationId: order.migration.id,
    cohort: order.cohort,
    sourceFile: order.sourceFile,
    credentialId,
    decisions,
    isPartial: order.only !== undefined,
    rowCount: summary.rows,
    summary,
    playbookVersion: accountPrep.version,
    sourceSha256: order.sourceSha256,
    settings: publicSettings,
  };
  // The same plan made twice is one plan: what was filed again is let go.
  if (!(await sealPlan(tx, planNo, plan))) await sql`rollback to savepoint plan_in_making`.execute(tx);
  await sql`release savepoint plan_in_making`.execute(tx);
  return plan;
}
