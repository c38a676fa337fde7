import { setTimeout as wait } from 'node:timers/promises';
import { PgBoss } from 'pg-boss';
import { z } from 'zod';
import { isOutOfTime, isPassing } from '../store/passing-error.ts';
import type { Store } from '../store/store.ts';
import { nextRunState } from '../../shared/core/run-state.ts';
import { runBatch, type BatchEnd } from './batch.ts';
import { moveRun } from './move-run.ts';
import { lockRun } from './run-store.ts';
import { readRunStands } from './run-stands.ts';
import { createRunWatch, type RunWatch } from './run-watch.ts';
import { unattendedRuns } from './unattended-runs.ts';

const QUEUE = 'run-batches';
const POLL_SECONDS = 1;
/** A job is out of use by then. Nobody waits for that: a run whose process died is found by the sweep, seconds after. */
const BATCH_EXPIRES_SECONDS = 60;
const RETRIES = 5;
/** How long a run that a killed process left waits at most before another one looks for it. */
const SWEEP_MS = 2_000;
const LOOK_FOR_NEWS_MS = 500;
/** Batches that a process works on at a time, each of another run: one that hangs keeps no other migration waiting. The embedded database has one connection. */
const WORKERS = { postgres: 4, pglite: 1 } as const;

const jobSchema = z.object({ run_id: z.uuid() });

/** What a server process does on its own: takes batches of runs, its own and those that other processes left. */
export type Engine = {
  /** Begins to take batches. Runs that a killed process left are taken up. */
  readonly start: () => Promise<void>;
  /** Ends after the batches in flight. */
  readonly stop: () => Promise<void>;
  /**
   * Says that a run may go on, once the transaction that said so has committed. A process that dies before it could say
   * so loses nothing: every process looks for such runs by itself.
   */
  readonly attend: (runId: string) => void;
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
  const watch = createRunWatch({ standOf: async (runIds) => readRunStands(store, runIds), lookEveryMs: LOOK_FOR_NEWS_MS });
  const boss = new PgBoss({ db: store.queueDatabase, schema: 'pgboss', migrate: false, createSchema: false, schedule: false, ...(store.kind === 'pglite' ? { backend: 'pglite' } : {}) });
  boss.on('error', (error) => logFailure({ runId: '', error }));
  const stopping = new AbortController();
  const workers: string[] = [];
  const attended = new Set<Promise<void>>();
  let sweeping: Promise<void> | undefined;

  function wake(these: readonly string[] = workers): void {
    if (!stopping.signal.aborted) for (const worker of these) boss.notifyWorker(worker);
  }

  /** Resolves to whether there is a new job; the queue holds one waiting job a run at most. */
  async function send(runId: string, delayMs: number): Promise<boolean> {
    return null !== await boss.send(QUEUE, { run_id: runId }, { singletonKey: runId, ...(delayMs > 0 ? { startAfter: new Date(Date.now() + delayMs) } : {}) });
  }

  /** Whoever did a batch takes the next one of that run, too, unless another process is faster. */
  async function takeBatch(runId: string, attempt: number, wakeItself: () => void): Promise<void> {
    let end: BatchEnd | undefined;
    try {
      end = await runBatch(store, runId);
    } catch (error) {
      logFailure({ runId, error });
      if (attempt < RETRIES || isPassing(error)) throw error;
      await giveUp(store, runId, error);
      watch.announce(runId);
      return;
    }
    watch.announce(runId);
    if (end?.goesOn !== true) return;
    await send(runId, end.waitMs);
    if (end.waitMs > 0) setTimeout(wakeItself, end.waitMs + 1).unref();
    else wakeItself();
  }

  /**
   * Where the next batch waits for the run's rate already, what was asked meanwhile must not wait with it: a run of a row an
   * hour would be stopped in an hour. A batch out of turn is harmless, and takes no row before its time.
   */
  async function attendNow(runId: string): Promise<void> {
    if (await send(runId, 0)) return wake();
    await runBatch(store, runId);
    watch.announce(runId);
  }

  async function addWorker(): Promise<void> {
    const itself: string[] = [];
    const id = await boss.work(QUEUE, { pollingIntervalSeconds: POLL_SECONDS, includeMetadata: true }, async ([job]) => {
      const parsed = jobSchema.safeParse(job?.data);
      if (job !== undefined && parsed.success) await takeBatch(parsed.data.run_id, job.retryCount, () => wake(itself));
    });
    itself.push(id);
    workers.push(id);
  }

  async function takeUp(): Promise<void> {
    for (const runId of await unattendedRuns(store)) if (await send(runId, 0)) wake();
  }

  /** Each for itself: work that fails must not keep what comes after it from ever being done. */
  async function keepSweeping(): Promise<void> {
    while (!stopping.signal.aborted) {
      for (const work of [takeUp, ...onSweep]) {
        await work().catch((error: unknown) => {
          if (!stopping.signal.aborted) logFailure({ runId: '', error });
        });
      }
      await wait(SWEEP_MS, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);
    }
  }

  return {
    watch,
    isReady: () => workers.length > 0 && !stopping.signal.aborted,
    attend(runId) {
      watch.announce(runId);
      if (workers.length === 0 || stopping.signal.aborted) return;
      const attending = attendNow(runId)
        .catch((error: unknown) => logFailure({ runId, error }))
        .finally(() => attended.delete(attending));
      attended.add(attending);
    },
    async start() {
      await boss.start();
      await boss.createQueue(QUEUE, { policy: 'short', retryLimit: RETRIES, retryDelay: 1, expireInSeconds: BATCH_EXPIRES_SECONDS });
      for (let place = 0; place < WORKERS[store.kind]; place += 1) await addWorker();
      sweeping = keepSweeping();
    },
    async stop() {
      stopping.abort();
      await sweeping;
      await Promise.all(attended);
      await boss.stop({ graceful: true, close: false, timeout: 10_000 });
    },
  };
}

const brokenBatch = 'Its next batch failed several times; the log of the server says why.';
const outOfTime = 'Its next batch ran several times into the time limit of a statement; find what holds the database up, then plan again: what is written is left as it is.';

/** A run whose batch cannot be done at all ends as failed; what its earlier batches did stands in its items. */
async function giveUp(store: Store, runId: string, error: unknown): Promise<void> {
  await store.inAdminTx(async (tx) => {
    const run = await lockRun(tx, runId);
    if (run !== undefined && nextRunState(run.state, 'broke').kind === 'moved') await moveRun(tx, run, 'broke', isOutOfTime(error) ? outOfTime : brokenBatch);
  });
}
