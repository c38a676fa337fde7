import { randomUUID } from 'node:crypto';
import { addOutcomes } from '../../shared/core/run-counts.ts';
import type { RunnerTx } from '../store/transactions.ts';
import { findPlan } from './plan-store.ts';
import { insertItems } from './run-items.ts';
import { nextRows } from './run-rows.ts';
import type { StoredRun } from './run-store.ts';
import type { BatchOutcome, RunWork } from './run-work.ts';
import { settleRows } from './settle.ts';

/** An execution: the rows of its plan, of a stage of it, or those that failed before, in file order (A18, N1). */
export const executionWork: RunWork = { needsFlag: true, settleNext };

async function settleNext(tx: RunnerTx, run: StoredRun, limit: number): Promise<BatchOutcome> {
  const plan = await findPlan(tx, run.migrationId, run.planHash ?? '');
  if (plan === undefined) throw new Error(`Run ${run.id} has no plan.`);
  const { rows, isLast } = await nextRows(tx, run, limit);
  const settled = await settleRows(tx, { run, plan, rows, newId: randomUUID });
  const items = await insertItems(tx, run, settled);
  return { cursor: rows.at(-1)?.row ?? run.cursor, settled: items.length, counts: addOutcomes(run.counts, items.map((item) => item.outcome)), isLast };
}
