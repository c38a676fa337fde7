import type { PlanRow } from '../../shared/core/plan-row.ts';
import { planAgain } from '../playbooks/account-prep/plan-batch.ts';
import type { ReadTx } from '../store/transactions.ts';
import { readCohortRows } from './cohort-store.ts';
import type { StoredPlan } from './plan-store.ts';
import { appliedBefore, judge, type SettledRow } from './settle.ts';

const CHECK_ROWS = 2000;

/** What a plan would come to now: the rows that would be written, and what has become of the others. */
export type PlanCheck = { readonly toWrite: number; readonly settled: readonly SettledRow[] };

/** Plans the whole cohort again, read-only, and compares each row with the plan (N1). */
export async function checkPlan(tx: ReadTx, plan: StoredPlan, cohortTag: string, rows: readonly PlanRow[]): Promise<PlanCheck> {
  const settings = { migration: plan.migrationId, cohortTag, sourceFile: plan.sourceFile };
  const decisions = new Map(plan.decisions.map(({ email, as }) => [email, as]));
  const settled: SettledRow[] = [];
  let toWrite = 0;
  for (let start = 0; start < rows.length; start += CHECK_ROWS) {
    const part = rows.slice(start, start + CHECK_ROWS);
    const judged = part.filter((row) => row.action !== 'SKIP' && row.action !== 'BLOCKED');
    const cohortRows = await readCohortRows(tx, plan.cohort, judged.map(({ row }) => row));
    const now = await planAgain(tx, cohortRows, { settings, decisions });
    const before = await appliedBefore(tx, plan.planHash, judged.map((row) => row.email));
    for (const row of part) {
      const verdict = judge(row, now.get(row.row), before.has(row.email));
      if (verdict === 'write') toWrite += 1;
      else settled.push(verdict);
    }
  }
  return { toWrite, settled };
}
