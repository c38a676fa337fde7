import { sql } from 'kysely';
import type { PlanRow } from '../../shared/core/plan-row.ts';
import { driftOf, isStillApplied } from '../../shared/playbooks/account-prep/drift.ts';
import { valuesAfter, valuesBefore } from '../../shared/playbooks/account-prep/fields.ts';
import { customers } from '../directory/customer-relations.ts';
import { applyRows, type RowToApply } from '../playbooks/account-prep/apply.ts';
import { planAgain, type CohortRow } from '../playbooks/account-prep/plan-batch.ts';
import { jsonText } from '../store/json-text.ts';
import type { ReadTx, RunnerTx } from '../store/transactions.ts';
import { readCohortRows } from './cohort-store.ts';
import { failureOf, type RowFailure } from './row-failure.ts';
import { planSettingsOf, type StoredPlan } from './plan-store.ts';
import type { StoredRun } from './run-store.ts';
import type { Settled } from './settled.ts';

/** A row of a plan with what became of it. */
export type SettledRow = Settled & { readonly row: PlanRow };

type Order = { readonly run: StoredRun; readonly plan: StoredPlan; readonly rows: readonly PlanRow[]; readonly newId: () => string };

/**
 * Settles planned rows, in the order of the plan: locks the customers that they mean in id order, gathers the facts
 * again, writes what is still as planned and reports the rest (N1). A row that the database refuses fails alone.
 */
export async function settleRows(tx: RunnerTx, { run, plan, rows, newId }: Order): Promise<readonly SettledRow[]> {
  const settings = planSettingsOf(plan);
  await lockUsers(tx, rows.flatMap((row) => (row.user_id === null ? [] : [row.user_id])));
  const judged = rows.filter((row) => row.action !== 'SKIP' && row.action !== 'BLOCKED');
  const cohortRows = await readCohortRows(tx, plan.cohort, judged.map(({ row }) => row));
  const decisions = new Map(plan.decisions.map(({ email, as }) => [email, as]));
  const now = await planAgain(tx, cohortRows, { settings, decisions });
  const before = await appliedBefore(tx, plan.planHash, judged.map((row) => row.email));
  const records = new Map(cohortRows.map((row) => [row.row, row]));

  const verdicts = new Map<number, SettledRow>();
  const writes: { row: PlanRow; apply: RowToApply }[] = [];
  for (const row of rows) {
    const verdict = judge(row, now.get(row.row), before.has(row.email));
    if (verdict !== 'write') verdicts.set(row.row, verdict);
    else writes.push({ row, apply: rowToApply(row, records, newId) });
  }
  const failures = await applyOrBisect(tx, { runId: run.id, cohort: plan.cohort, settings }, writes.map(({ apply }) => apply));
  for (const { row, apply } of writes) verdicts.set(row.row, written(row, apply, failures.get(row.row)));
  return rows.flatMap((row) => verdicts.get(row.row) ?? []);
}

/** Whether the row is to be written, or what has become of it. `wasApplied`: an earlier run of this plan wrote it. */
export function judge(row: PlanRow, now: PlanRow | undefined, wasApplied: boolean): SettledRow | 'write' {
  if (row.action === 'SKIP' || row.action === 'BLOCKED') return { row, userId: row.user_id, outcome: 'skipped', reason: row.reason };
  if (now === undefined) throw new Error(`Row ${row.row} was not planned again.`);
  const isSettled = isStillApplied(now);
  if (row.action === 'NO_CHANGE' || row.action === 'COMPLETE') {
    if (isSettled && now.user_id === row.user_id) return { row, userId: row.user_id, outcome: 'no_change', reason: row.reason };
  } else {
    if (wasApplied && isSettled) return { row, userId: now.user_id, outcome: 'no_change', reason: 'An earlier run of this plan wrote it, and it is still so.' };
    if (driftOf(row, now) === null) return 'write';
  }
  const drift = driftOf(row, now) ?? { planned: { action: row.action }, now: { action: now.action } };
  return { row, userId: row.user_id, outcome: 'drifted', ...drift };
}

function written(row: PlanRow, apply: RowToApply, failure: RowFailure | undefined): SettledRow {
  if (failure !== undefined) return { row, userId: row.user_id, outcome: 'failed', ...failure };
  return { row, userId: apply.userId, outcome: 'applied', before: valuesBefore(row), after: valuesAfter(row) };
}

function rowToApply(row: PlanRow, records: ReadonlyMap<number, CohortRow>, newId: () => string): RowToApply {
  const cohortRow = records.get(row.row);
  if (cohortRow === undefined || cohortRow.record.email !== row.email) throw new Error(`Row ${row.row} of the plan is not in its cohort.`);
  return { row: row.row, record: cohortRow.record, userId: row.user_id ?? newId(), isNew: row.action === 'CREATE_NEW' };
}

/** Keys among these that an earlier run of the plan has written. */
export async function appliedBefore(tx: ReadTx, planHash: string, keys: readonly string[]): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ key: string }>`
    select distinct i.key from jsonb_array_elements_text(${jsonText(keys)}::text::jsonb) as w (key)
    join run_items i on i.key = w.key and i.outcome = 'applied'
    join runs r on r.id = i.run_id and r.plan_hash = ${planHash}`.execute(tx);
  return new Set(rows.map((row) => row.key));
}

/** Always in the same order, so that two transactions never wait for each other in a circle. */
async function lockUsers(tx: RunnerTx, userIds: readonly string[]): Promise<void> {
  if (userIds.length === 0) return;
  await sql`select id from ${customers} where id in (select w::uuid from jsonb_array_elements_text(${jsonText(userIds)}::text::jsonb) as w)
    order by id for update`.execute(tx);
}

/**
 * Writes rows inside a savepoint. Where the database refuses them, halves are tried until the refused rows stand
 * alone: one bad row costs a few more statements, and never the others.
 */
async function applyOrBisect(tx: RunnerTx, to: Parameters<typeof applyRows>[1], rows: readonly RowToApply[]): Promise<Map<number, RowFailure>> {
  if (rows.length === 0) return new Map();
  await sql`savepoint rows_to_apply`.execute(tx);
  try {
    await applyRows(tx, to, rows);
    await sql`release savepoint rows_to_apply`.execute(tx);
    return new Map();
  } catch (error) {
    const failure = failureOf(error);
    if (failure === undefined) throw error;
    await sql`rollback to savepoint rows_to_apply`.execute(tx);
    await sql`release savepoint rows_to_apply`.execute(tx);
    const [first] = rows;
    if (rows.length === 1 && first !== undefined) return new Map([[first.row, failure]]);
    const middle = Math.ceil(rows.length / 2);
    const left = await applyOrBisect(tx, to, rows.slice(0, middle));
    const right = await applyOrBisect(tx, to, rows.slice(middle));
    return new Map([...left, ...right]);
  }
}
