import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { addOutcomes, hasFailures, passesThreshold } from '../../shared/core/run-counts.ts';
import type { RunItem } from '../../shared/core/run-item.ts';
import { isEnded, takesBatches, type RunState } from '../../shared/core/run-state.ts';
import { isInStage, stageBucket } from '../../shared/core/stages.ts';
import type { PlanRow } from '../../shared/core/plan-row.ts';
import type { Store } from '../store/store.ts';
import type { RunnerTx } from '../store/transactions.ts';
import { readFlagUnderLock } from '../guards/flag.ts';
import { sha256 } from './sha256.ts';
import { advanceRun, moveRun } from './move-run.ts';
import { findPlan, readPlanRows } from './plan-store.ts';
import { insertItems } from './run-items.ts';
import { findRun, lockRun, type StoredRun } from './run-store.ts';
import { settleRows } from './settle.ts';

/** Rows a batch takes at most. A batch is one transaction, so this is also what a pause waits for. */
export const BATCH_ROWS = 500;
/** What goes wrong in a run without anybody having said how much may. */
const FAILURE_THRESHOLD = 0.05;

export type BatchEnd = {
  readonly state: RunState;
  /** Rows that this batch settled. */
  readonly settled: number;
  /** Whether another batch may follow now. */
  readonly goesOn: boolean;
  /** How long the run's rate asks the next batch to wait. */
  readonly waitMs: number;
};

/**
 * Runs the next batch of a run in one transaction. The run's row is locked first and state, place and next `seq` are
 * taken from it, so batches of a run are serial and doing a job twice is harmless. What was asked meanwhile (pause,
 * stop) happens at the end of the batch. Resolves to `undefined` where there is no such run.
 */
export async function runBatch(store: Store, runId: string, batchRows = BATCH_ROWS): Promise<BatchEnd | undefined> {
  return store.inRunnerTx(runId, async (tx) => {
    const run = await lockRun(tx, runId);
    if (run === undefined || run.planHash === null) return undefined;
    const begun = await begin(tx, run);
    if (begun === undefined) return endOf((await findRun(tx, runId)) ?? run, 0, 0);
    const earlyMs = await tooEarlyMs(tx, begun);
    if (earlyMs > 0) return endOf(begun, 0, earlyMs);
    const settled = await settleNext(tx, begun, batchRows);
    await finish(tx, begun, settled);
    const after = (await findRun(tx, runId)) ?? begun;
    return endOf(after, settled.rowsSettled, await tooEarlyMs(tx, after));
  });
}

function endOf(run: StoredRun, settled: number, waitMs: number): BatchEnd {
  return { state: run.state, settled, goesOn: takesBatches(run.state), waitMs };
}

/**
 * How long it is until the run's rate allows another batch (A18): the rows of the last one, which share the time of its
 * transaction, take their share of a second each. Judged by the database, so that it holds whichever processes take part.
 */
async function tooEarlyMs(tx: RunnerTx, run: StoredRun): Promise<number> {
  if (run.rowsPerSecond === null) return 0;
  const { rows } = await sql<{ since_ms: number; count: number }>`
    select extract(epoch from clock_timestamp() - max(i.recorded_at))::float8 * 1000 as since_ms, count(*)::int as count
    from run_items i where i.run_id = ${run.id}::uuid
      and i.recorded_at = (select l.recorded_at from run_items l where l.run_id = ${run.id}::uuid order by l.seq desc limit 1)`.execute(tx);
  const [last] = rows;
  if (last === undefined || last.count === 0) return 0;
  return Math.max(0, Math.ceil((last.count / run.rowsPerSecond) * 1000 - last.since_ms));
}

/** What was asked while no batch was in flight happens now; a queued run starts; the flag must be on. */
async function begin(tx: RunnerTx, run: StoredRun): Promise<StoredRun | undefined> {
  if (isEnded(run.state) || run.state === 'paused' || run.state === 'halted') return undefined;
  const flag = await tx.selectFrom('migrations').select('flag').where('id', '=', run.migrationId).executeTakeFirstOrThrow();
  if (!(await readFlagUnderLock(tx, flag.flag))) {
    await moveRun(tx, run, 'flag_found_off');
    return undefined;
  }
  if (run.state === 'pausing' || run.state === 'stopping') {
    await moveRun(tx, run, 'batch_ended');
    return undefined;
  }
  await moveRun(tx, run, 'started');
  return { ...run, state: 'running' };
}

type Progress = { readonly items: readonly RunItem[]; readonly rowsSettled: number; readonly isLast: boolean; readonly run: StoredRun };

async function settleNext(tx: RunnerTx, run: StoredRun, batchRows: number): Promise<Progress> {
  const planHash = run.planHash ?? '';
  const plan = await findPlan(tx, run.migrationId, planHash);
  if (plan === undefined) throw new Error(`Run ${run.id} has no plan.`);
  const size = run.rowsPerSecond === null ? batchRows : Math.max(1, Math.min(batchRows, Math.floor(run.rowsPerSecond)));
  const rows = await readPlanRows(tx, planHash, run.cursor, size, run.onlyKeys ?? undefined);
  const wanted = rows.filter((row) => isOfRun(run, row));
  const settled = await settleRows(tx, { run, plan, rows: wanted, newId: randomUUID });
  const items = await insertItems(tx, run, settled);
  const counts = addOutcomes(run.counts, items.map((item) => item.outcome));
  const advanced = { ...run, cursor: rows.at(-1)?.row ?? run.cursor, nextSeq: run.nextSeq + items.length, counts };
  await advanceRun(tx, run.id, advanced);
  const more = rows.length === size && (await readPlanRows(tx, planHash, advanced.cursor, 1, run.onlyKeys ?? undefined)).length > 0;
  return { items, rowsSettled: items.length, isLast: !more, run: advanced };
}

/** A stage takes a part of the cohort, the same part each time and a larger one around it (C8). */
function isOfRun(run: StoredRun, row: PlanRow): boolean {
  return run.stagePercent === null || isInStage(stageBucket(sha256, run.migrationId, row.email), run.stagePercent);
}

async function finish(tx: RunnerTx, run: StoredRun, progress: Progress): Promise<void> {
  const { counts } = progress.run;
  if (progress.isLast) {
    await moveRun(tx, run, hasFailures(counts) ? 'finished_with_failures' : 'finished');
  } else if (passesThreshold(counts, run.rowsTotal, run.failureThreshold ?? FAILURE_THRESHOLD)) {
    await moveRun(tx, run, 'threshold_passed', `${counts.failed} of ${run.rowsTotal} rows have failed.`);
  }
}

