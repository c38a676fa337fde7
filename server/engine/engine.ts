import { setTimeout as wait } from 'node:timers/promises';
import { PgBoss } from 'pg-boss';
import { z } from 'zod';
import type { AdminTx, RunnerTx, Store } from '../store/store.ts';
import { transactionQueueDatabase } from '../store/store.ts';
import { nextRunState } from '../../shared/core/run-state.ts';
import { runBatch, type BatchEnd } from './batch.ts';
import { moveRun } from './move-run.ts';
import { lockRun } from './run-store.ts';
import { createRunWatch, type RunWatch } from './run-watch.ts';
import { unattendedRuns } from './unattended-runs.ts';

const QUEUE = 'run-batches';
const POLL_SECONDS = 0.5;
/** A batch takes seconds. One that takes this long has lost its process, and another one does it again. */
const BATCH_EXPIRES_SECONDS = 60;
const RETRIES = 5;
const SWEEP_MS = 5_000;

const jobSchema = z.object({ run_id: z.uuid() });

/** What a server process does on its own: takes batches of runs, its own and those that other processes left. */
export type Engine = {
  /** Begins to take batches. Runs that a killed process left are taken up. */
  readonly start: () => Promise<void>;
  /** Ends after the batches in flight. */
  readonly stop: () => Promise<void>;
  /** Adds a run's next batch to the queue, in this transaction: it is there when that commits, and only then. */
  readonly enqueue: (tx: AdminTx | RunnerTx, runId: string) => Promise<void>;
  /** Looks into the queue now instead of at the next poll. */
  readonly wake: () => void;
  readonly isReady: () => boolean;
  readonly watch: RunWatch;
};

export type EngineDeps = {
  readonly store: Store;
  readonly logFailure: (failure: { readonly runId: string; readonly error: unknown }) => void;
  /** Work to be done beside the batches at each sweep, such as putting test customers back. */
  readonly onSweep: readonly (() => Promise<void>)[];
};

/**
 * Makes the engine (A18): batches are jobs in pg-boss, so any process may take the next one. A job says only which run;
 * everything else is read under the run's lock, so a job done twice, late or by another process changes nothing.
 */
export function createEngine({ store, logFailure, onSweep }: EngineDeps): Engine {
  const watch = createRunWatch();
  const boss = new PgBoss({ db: store.queueDatabase, schema: 'pgboss', migrate: false, createSchema: false, schedule: false, ...(store.kind === 'pglite' ? { backend: 'pglite' } : {}) });
  boss.on('error', (error) => logFailure({ runId: '', error }));
  const stopping = new AbortController();
  let workerId: string | undefined;
  let sweeping: Promise<void> | undefined;

  function wake(): void {
    if (workerId !== undefined && !stopping.signal.aborted) boss.notifyWorker(workerId);
  }

  async function send(runId: string, delayMs: number, tx?: AdminTx | RunnerTx): Promise<void> {
    await boss.send(QUEUE, { run_id: runId }, {
      singletonKey: runId,
      ...(tx === undefined ? {} : { db: transactionQueueDatabase(tx) }),
      ...(delayMs > 0 ? { startAfter: new Date(Date.now() + delayMs) } : {}),
    });
  }

  async function takeBatch(runId: string, attempt: number): Promise<void> {
    const startedMs = performance.now();
    let end: BatchEnd | undefined;
    try {
      end = await runBatch(store, runId);
    } catch (error) {
      logFailure({ runId, error });
      if (attempt < RETRIES) throw error;
      await giveUp(store, runId);
      watch.announce(runId);
      return;
    }
    watch.announce(runId);
    if (end?.goesOn !== true) return;
    const delayMs = pauseMs(end, performance.now() - startedMs);
    await send(runId, delayMs);
    if (delayMs > 0) setTimeout(wake, delayMs + 1).unref();
    else setImmediate(wake);
  }

  async function sweep(): Promise<void> {
    for (const runId of await unattendedRuns(store)) await send(runId, 0);
    for (const work of onSweep) await work();
  }

  async function keepSweeping(): Promise<void> {
    while (!stopping.signal.aborted) {
      await sweep().catch((error: unknown) => {
        if (!stopping.signal.aborted) logFailure({ runId: '', error });
      });
      await wait(SWEEP_MS, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);
    }
  }

  return {
    watch,
    wake,
    isReady: () => workerId !== undefined && !stopping.signal.aborted,
    enqueue: async (tx, runId) => send(runId, 0, tx),
    async start() {
      await boss.start();
      await boss.createQueue(QUEUE, { policy: 'short', retryLimit: RETRIES, retryDelay: 1, expireInSeconds: BATCH_EXPIRES_SECONDS });
      workerId = await boss.work(QUEUE, { pollingIntervalSeconds: POLL_SECONDS, includeMetadata: true }, async ([job]) => {
        const parsed = jobSchema.safeParse(job?.data);
        if (job !== undefined && parsed.success) await takeBatch(parsed.data.run_id, job.retryCount);
      });
      sweeping = keepSweeping();
    },
    async stop() {
      stopping.abort();
      await sweeping;
      await boss.stop({ graceful: true, close: false, timeout: 10_000 });
    },
  };
}

/** How long the next batch has to wait so that the run keeps to its rate. */
function pauseMs(end: BatchEnd, tookMs: number): number {
  if (end.rowsPerSecond === null || end.settled === 0) return 0;
  return Math.max(0, (end.settled / end.rowsPerSecond) * 1000 - tookMs);
}

/** A run whose batch cannot be done at all ends as failed; what its earlier batches did stands in its items. */
async function giveUp(store: Store, runId: string): Promise<void> {
  await store.inAdminTx(async (tx) => {
    const run = await lockRun(tx, runId);
    if (run !== undefined && nextRunState(run.state, 'broke').kind === 'moved') await moveRun(tx, run, 'broke', 'Its next batch failed several times; the log of the server says why.');
  });
}
