import { randomUUID } from 'node:crypto';
import type { PlanRow } from '../../shared/core/plan-row.ts';
import { addOutcomes } from '../../shared/core/run-counts.ts';
import { isInStage, stageBucket } from '../../shared/core/stages.ts';
import type { RunnerTx } from '../store/transactions.ts';
import { findPlan, readPlanRows } from './plan-store.ts';
import { insertItems } from './run-items.ts';
import type { StoredRun } from './run-store.ts';
import type { BatchOutcome, RunWork } from './run-work.ts';
import { settleRows } from './settle.ts';
import { sha256 } from './sha256.ts';

/** An execution: the rows of its plan, or of its stage of the plan, in file order (A18, N1). */
export const executionWork: RunWork = { needsFlag: true, settleNext };

async function settleNext(tx: RunnerTx, run: StoredRun, limit: number): Promise<BatchOutcome> {
  const planHash = run.planHash ?? '';
  const plan = await findPlan(tx, run.migrationId, planHash);
  if (plan === undefined) throw new Error(`Run ${run.id} has no plan.`);
  const rows = await readPlanRows(tx, planHash, run.cursor, limit, run.onlyKeys ?? undefined);
  const settled = await settleRows(tx, { run, plan, rows: rows.filter((row) => isOfRun(run, row)), newId: randomUUID });
  const items = await insertItems(tx, run, settled);
  const cursor = rows.at(-1)?.row ?? run.cursor;
  const isMore = rows.length === limit && (await readPlanRows(tx, planHash, cursor, 1, run.onlyKeys ?? undefined)).length > 0;
  return { cursor, settled: items.length, counts: addOutcomes(run.counts, items.map((item) => item.outcome)), isLast: !isMore };
}

/** A stage takes a part of the cohort, the same part each time and a larger one around it (C8). */
function isOfRun(run: StoredRun, row: PlanRow): boolean {
  return run.stagePercent === null || isInStage(stageBucket(sha256, run.migrationId, row.email), run.stagePercent);
}
