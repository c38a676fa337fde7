import { sql } from 'kysely';
import { hasFailures, passesThreshold } from '../../shared/core/run-counts.ts';
import { isEnded, takesBatches, type RunState } from '../../shared/core/run-state.ts';
import type { Store } from '../store/store.ts';
import type { RunnerTx } from '../store/transactions.ts';
import { readFlagUnderLock } from '../guards/flag.ts';
import { advanceRun, moveRun } from './move-run.ts';
import { findRun, holdRunForBatch, type StoredRun } from './run-store.ts';
import type { BatchOutcome, RunWork } from './run-work.ts';
import { workOf } from './run-works.ts';

/**
 * Rows a batch takes at most. A batch is one transaction, so this is also what a pause waits for, a second or two. On the
 * embedded database everybody waits for a batch, who signs in too.
 */
export const BATCH_ROWS = { postgres: 2_500, pglite: 500 } as const;

/**
 * A batch is no more than a quarter of its run either, so that a short run too can halt while most of it is still to come: the
 * threshold is judged between batches. Fewer rows than these are not worth a transaction of their own.
 */
const BATCHES_OF_A_RUN = 4;
const BATCH_ROWS_OF_A_SHORT_RUN = 10;

/**
 * What ends a transaction that waits or hangs, so that another process may take the run: a lock held by somebody else, a statement
 * (sooner than its job is out of use), a process that says no more, or that is gone while its transaction still waits for something.
 */
const PATIENCE = { lock_timeout: '10s', statement_timeout: '45s', idle_in_transaction_session_timeout: '20s' } as const;
/** The share of rows that may fail in a run without anybody having said how much may. */
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
 * stop) happens at the end of the batch. Where the run is held already, its holder goes on with it, and this does nothing.
 * Resolves to `undefined` where there is no such run.
 */
export async function runBatch(store: Store, runId: string, batchRows: number = BATCH_ROWS[store.kind]): Promise<BatchEnd | undefined> {
  return store.inRunnerTx(runId, async (tx) => {
    if (store.kind === 'postgres') await limitPatience(tx);
    const run = await holdRunForBatch(tx, runId);
    if (run === undefined) return elsewhere(await findRun(tx, runId));
    const work = workOf(run.kind);
    if (work === undefined) return undefined;
    const begun = await begin(tx, run, work);
    if (begun === undefined) return endOf((await findRun(tx, runId)) ?? run, 0, 0);
    const earlyMs = await tooEarlyMs(tx, begun);
    if (earlyMs > 0) return endOf(begun, 0, earlyMs);
    const done = await settleNext(tx, begun, work, batchRows);
    await finish(tx, begun, done);
    const after = (await findRun(tx, runId)) ?? begun;
    return endOf(after, done.settled, await tooEarlyMs(tx, after));
  });
}

async function limitPatience(tx: RunnerTx): Promise<void> {
  const settings = Object.entries(PATIENCE).map(([name, value]) => sql`set_config(${name}, ${value}, true)`);
  // A PostgreSQL on Windows cannot see that a client is gone, and refuses to be told to look.
  const looksForClient = sql`set_config('client_connection_check_interval', case when version() ~* 'windows|mingw|visual c' then '0' else '2s' end, true)`;
  await sql`select ${sql.join([...settings, looksForClient])}`.execute(tx);
}

function elsewhere(run: StoredRun | undefined): BatchEnd | undefined {
  return run === undefined ? undefined : { state: run.state, settled: 0, goesOn: false, waitMs: 0 };
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
  // No batch under a rate has more rows than one second of it; looking further back would read the whole run each time.
  const { rows } = await sql<{ since_ms: number; count: number }>`
    select extract(epoch from clock_timestamp() - max(i.recorded_at))::float8 * 1000 as since_ms, count(*)::int as count
    from (select l.recorded_at, first_value(l.recorded_at) over (order by l.seq desc) as last_at
      from run_items l where l.run_id = ${run.id}::uuid order by l.seq desc limit ${Math.max(1, Math.floor(run.rowsPerSecond))}) i
    where i.recorded_at = i.last_at`.execute(tx);
  const [last] = rows;
  if (last === undefined || last.count === 0) return 0;
  return Math.max(0, Math.ceil((last.count / run.rowsPerSecond) * 1000 - last.since_ms));
}

/** What was asked while no batch was in flight happens now; a queued run starts; the flag must be on where the work needs it. */
async function begin(tx: RunnerTx, run: StoredRun, work: RunWork): Promise<StoredRun | undefined> {
  if (isEnded(run.state) || run.state === 'paused' || run.state === 'halted') return undefined;
  if (work.needsFlag && !(await isFlagOn(tx, run.migrationId))) {
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

async function isFlagOn(tx: RunnerTx, migrationId: string): Promise<boolean> {
  const { flag } = await tx.selectFrom('migrations').select('flag').where('id', '=', migrationId).executeTakeFirstOrThrow();
  return readFlagUnderLock(tx, flag);
}

/** Settles the next rows and records how far the run has come. A rate holds a batch to the rows of one second. */
async function settleNext(tx: RunnerTx, run: StoredRun, work: RunWork, batchRows: number): Promise<BatchOutcome> {
  const most = Math.min(batchRows, Math.max(BATCH_ROWS_OF_A_SHORT_RUN, Math.ceil(run.rowsTotal / BATCHES_OF_A_RUN)));
  const size = run.rowsPerSecond === null ? most : Math.max(1, Math.min(most, Math.floor(run.rowsPerSecond)));
  const done = await work.settleNext(tx, run, size);
  await advanceRun(tx, run.id, { cursor: done.cursor, nextSeq: run.nextSeq + done.settled, counts: done.counts });
  return done;
}

async function finish(tx: RunnerTx, run: StoredRun, { counts, isLast }: BatchOutcome): Promise<void> {
  if (isLast) {
    await moveRun(tx, run, hasFailures(counts) ? 'finished_with_failures' : 'finished');
    return;
  }
  const failed = counts.failed - run.failuresSeen;
  if (!passesThreshold(failed, run.rowsTotal, run.failureThreshold ?? FAILURE_THRESHOLD)) return;
  const since = run.failuresSeen === 0 ? '' : ' since it was resumed';
  await moveRun(tx, run, 'threshold_passed', `${failed} of ${run.rowsTotal} rows have failed${since}.`);
}

