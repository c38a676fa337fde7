import { sql } from 'kysely';
import { addOutcomes, noCounts, type RunCounts } from '../../shared/core/run-counts.ts';
import { gatherFormFor } from '../playbooks/account-prep/facts-in-sql.ts';
import { onReplannedRows } from '../playbooks/account-prep/plan-in-sql.ts';
import type { PlannerTx } from '../store/transactions.ts';
import { planRowOf, planSettingsOf, type StoredPlan } from './plan-store.ts';
import { insertItems } from './run-items.ts';
import { appliedBefore, judge } from './settle.ts';
import type { Settled } from './settled.ts';

/** Rows that are judged, and their items filed, at a time. */
const CHECK_ROWS = 2000;

/** What a plan came to when it was planned again. `fileItems` files what became of the rows that are not to be written. */
export type PlanCheck = { readonly toWrite: number; readonly counts: RunCounts; readonly fileItems: (runId: string) => Promise<void> };

type CheckedRow = { readonly row_no: number; readonly planned: string; readonly now: string | null };

/**
 * Plans the whole cohort again and compares each row with the plan (N1). The database compares: a row that comes out in the
 * very same text has not changed and is to be written. What is left is judged here by the pure `judge`, some rows at a
 * time, so that no plan is too large for this process; it is counted first and filed only when `fileItems` is called.
 */
export async function checkPlan(tx: PlannerTx, plan: StoredPlan): Promise<PlanCheck> {
  const listed = await listRowsToJudge(tx, plan);
  let counts = noCounts;
  let toWrite = plan.rowCount - listed;
  for await (const { settled, unchanged } of judgedPages(tx, plan)) {
    counts = addOutcomes(counts, settled.map(({ outcome }) => outcome));
    toWrite += unchanged;
  }
  return {
    toWrite,
    counts,
    async fileItems(runId) {
      let nextSeq = 1;
      for await (const { settled } of judgedPages(tx, plan)) {
        await insertItems(tx, { id: runId, cohort: plan.cohort, nextSeq }, settled);
        nextSeq += settled.length;
      }
      await sql`drop table rows_to_judge`.execute(tx);
    },
  };
}

async function* judgedPages(tx: PlannerTx, plan: StoredPlan): AsyncGenerator<{ readonly settled: readonly Settled[]; readonly unchanged: number }> {
  let afterRow = 0;
  for (;;) {
    const { rows } = await sql<CheckedRow>`
      select row_no, planned, now from rows_to_judge where row_no > ${afterRow} order by row_no limit ${CHECK_ROWS}`.execute(tx);
    const last = rows.at(-1);
    if (last === undefined) return;
    afterRow = Number(last.row_no);
    const pairs = rows.map(({ planned, now }) => ({ planned: planRowOf({ row: planned }), now: now === null ? undefined : planRowOf({ row: now }) }));
    const applied = await appliedBefore(tx, plan.planHash, pairs.map(({ planned }) => planned.email));
    const verdicts = pairs.map(({ planned, now }) => judge(planned, now, applied.has(planned.email)));
    const settled = verdicts.filter((verdict) => verdict !== 'write');
    yield { settled, unchanged: verdicts.length - settled.length };
  }
}

/** Lists every row but those that are to be written and came out the same again. Resolves to how many they are. */
async function listRowsToJudge(tx: PlannerTx, plan: StoredPlan): Promise<number> {
  const order = {
    settings: planSettingsOf(plan),
    cohort: plan.cohort,
    decisions: new Map(plan.decisions.map(({ email, as }) => [email, as])),
    only: undefined,
  };
  await onReplannedRows(tx, order, await gatherFormFor(tx, plan.rowCount), async (replanned) =>
    sql`create temporary table rows_to_judge on commit drop as
      with ${replanned}
      select p.row_no, p.row as planned, n.row as now
      from plan_rows p
      join plan_kinds k on k.plan_no = p.plan_no and k.kind_no = p.kind_no
      left join replanned n on n.row_no = p.row_no
      where p.plan_no = ${plan.planNo} and (k.action not in ('UPDATE_EXISTING', 'CREATE_NEW') or n.row is distinct from p.row)`.execute(tx));
  await sql`create unique index on rows_to_judge (row_no)`.execute(tx);
  const { rows } = await sql<{ count: number }>`select count(*)::int as count from rows_to_judge`.execute(tx);
  return Number(rows[0]?.count ?? 0);
}
