import { sql } from 'kysely';
import type { Decision } from '../../shared/core/decisions.ts';
import { planHeaderLine } from '../../shared/core/plan-hash.ts';
import { summarizeKinds } from '../../shared/core/plan-summary.ts';
import { accountPrep } from '../../shared/playbooks/account-prep/playbook.ts';
import { hashedSettings } from '../../shared/playbooks/account-prep/settings.ts';
import { gatherFormFor } from '../playbooks/account-prep/facts-in-sql.ts';
import { filePlannedRows } from '../playbooks/account-prep/plan-in-sql.ts';
import type { PlannerTx } from '../store/transactions.ts';
import { fileKindsAndHash, openPlan, planSettingsOf, sealPlan, type NewPlan } from './plan-store.ts';

export type PlanOrder = {
  readonly environmentId: string;
  readonly migrationId: string;
  readonly cohort: string;
  /** How many records the cohort has: it decides how they are looked for. */
  readonly recordCount: number;
  readonly sourceFile: string;
  readonly sourceSha256: string;
  readonly only: ReadonlySet<string> | undefined;
  readonly decisions: ReadonlyMap<string, Decision['as']>;
};

/** Plans a cohort in the database and files the plan under its hash (A5, N1). Reads customers, writes none. */
export async function makePlan(tx: PlannerTx, order: PlanOrder): Promise<NewPlan> {
  const decisions = [...order.decisions].map(([email, as]) => ({ email, as }));
  const form = await gatherFormFor(tx, order.recordCount);

  await sql`savepoint plan_in_making`.execute(tx);
  const { planNo, credentialId, settings } = await openPlan(tx, order.migrationId);
  const madeFor = planSettingsOf({ ...order, settings });
  const kinds = await filePlannedRows(tx, planNo, { settings: madeFor, cohort: order.cohort, decisions: order.decisions, only: order.only }, form);
  const headerLine = planHeaderLine({
    environmentId: order.environmentId,
    migration: order.migrationId,
    playbook: accountPrep.id,
    playbookVersion: accountPrep.version,
    cohort: order.cohort,
    sourceFile: order.sourceFile,
    sourceSha256: order.sourceSha256,
    settings: hashedSettings(settings),
    credentialId,
    only: order.only === undefined ? null : [...order.only],
    decisions,
  });
  const summary = summarizeKinds(kinds);
  const plan: NewPlan = {
    planHash: await fileKindsAndHash(tx, planNo, headerLine, kinds, form === 'look_up_few' ? 'few' : 'many'),
    migrationId: order.migrationId,
    cohort: order.cohort,
    sourceFile: order.sourceFile,
    credentialId,
    settings,
    decisions,
    isPartial: order.only !== undefined,
    rowCount: summary.rows,
    summary,
    playbookVersion: accountPrep.version,
    sourceSha256: order.sourceSha256,
  };
  // The same plan made twice is one plan: what was filed again is let go. The savepoint goes with the transaction.
  if (!(await sealPlan(tx, planNo, plan))) await sql`rollback to savepoint plan_in_making`.execute(tx);
  return plan;
}
