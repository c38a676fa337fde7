import { type Run, getReceipt, getRun, listRunItems } from '../../shared/contract/admin/runs.ts';
import type { Snapshot } from '../../shared/contract/admin/verification.ts';
import type { ProcedureInput } from '../../shared/contract/operator/dispatch.ts';
import type { ShownRun } from '../../shared/contract/operator/runs.ts';
import type { RunItem } from '../../shared/core/run-item.ts';
import { isEnded } from '../../shared/core/run-state.ts';
import type { ConnectedEnvironment } from '../environments/environments.ts';
import type { Journal } from '../journal/journal.ts';
import { type OperatorLog, faultName } from '../log.ts';
import { isServerAway } from '../environments/server-away.ts';
import { problemOf } from '../problems.ts';
import type { RowStore } from '../rows/row-store.ts';
import { type AroundRun, askAroundRun } from './around-run.ts';
import { keepReceipt } from './kept-receipt.ts';
import { itemBatches, itemOfLine, keepItems, mirroredItems } from './mirrored-items.ts';
import { type MirroredSnapshots, bringSnapshots, mirroredSnapshots } from './mirrored-snapshots.ts';
import { type CountedReason, type RunRows, createRunRows } from './run-rows.ts';
import { type LiveStanding, isStandingKept, keepStanding, liveStanding } from './run-standing.ts';
import { runsAtServer } from './runs-at-server.ts';
import { createSeenRuns } from './seen-runs.ts';

const PAGE = 1_000;
const WAIT_SECONDS = 5;
/** The server hashes every item of a run for its receipt. */
const RECEIPT_TIMEOUT_MS = 120_000;

/** What a run did on the server, brought into the journal by `seq`: each item once, resumable at any point, a page in memory at a time. */
export interface RunMirror {
  /** The run as it stands, with its items mirrored as far as they are there. Decisions and gates follow by themselves, and once it has ended what was before it and its receipt. */
  follow(environment: ConnectedEnvironment, runId: string): Promise<ShownRun>;
  /** Holds until there is more than `knownItems`, the state changes or a few seconds pass. */
  watch(environment: ConnectedEnvironment, runId: string, knownItems: number): Promise<ShownRun>;
  /** Journals runs as they are about to be shown. A journal that takes no more entries does not keep them from being shown. */
  note(environment: ConnectedEnvironment, runs: readonly Run[]): void;
  /** Journals decisions on a run and its gates as they are about to be shown; as for `note`, showing them does not wait on it. */
  noteStanding(environment: ConnectedEnvironment, run: Run, standing: LiveStanding): void;
  mirroredItems(runId: string): number;
  /** How many states before the run are here, and whether those are all. */
  mirroredSnapshots(runId: string): MirroredSnapshots;
  /** Whether the run has ended and all its items are here, so that the server need not be asked. */
  isWhole(runId: string): boolean;
  /** Mirrored items in order, read from the journal a batch at a time; none of a run that was erased. */
  items(runId: string): Iterable<RunItem>;
  listItems(runId: string, query: Omit<ProcedureInput<'runs.listItems'>, 'run_id'>): Promise<{ items: RunItem[]; total: number }>;
  listSnapshots(runId: string, query: Omit<ProcedureInput<'runs.listSnapshots'>, 'run_id'>): Promise<{ items: Snapshot[]; total: number; complete: boolean }>;
  countByReason(runId: string): Promise<readonly CountedReason[]>;
  /** Every row of a view, a page at a time. */
  readonly eachItem: RunRows['eachItem'];
  readonly eachSnapshot: RunRows['eachSnapshot'];
  /** Forgets the rows of these runs that are held to be shown, whose people were erased. */
  forget(runIds: readonly string[]): Promise<void>;
  /** The run as it was last seen. */
  lastSeen(runId: string): Run | undefined;
  /** Every run of an environment as it was last seen, newest first. */
  allSeen(environmentId: string): readonly Run[];
  /** Waits for what is being mirrored of runs that have ended; at most for the page under way where the rest is left for another time. */
  settle(extent: 'to_the_end' | 'this_page'): Promise<void>;
}

export function createRunMirror(journal: Journal, log: OperatorLog, clock: () => Date, store: RowStore): RunMirror {
  const seen = createSeenRuns(journal);
  const rows = createRunRows(journal, store);
  const mirroring = new Map<string, Promise<void>>();
  const nextMirroring = new Map<string, Promise<void>>();
  const completing = new Map<string, Promise<void>>();
  let isLeaving = false;

  async function bringItems(environment: ConnectedEnvironment, runId: string): Promise<void> {
    for (;;) {
      const after = mirroredItems(journal, runId);
      const { items, next_cursor } = await environment.read(listRunItems, { params: { run_id: runId }, query: { limit: String(PAGE), ...(after === 0 ? {} : { after: String(after) }) } });
      if (items.length === 0) return;
      keepItems(journal, environment.id, runId, items);
      await environment.anchor(runId);
      if (next_cursor === null || items.length < PAGE) return;
    }
  }

  /** One at a time a run; a run whose people were erased takes no more. */
  async function mirror(environment: ConnectedEnvironment, runId: string): Promise<void> {
    const under = mirroring.get(runId);
    if (under === undefined) return startMirroring(environment, runId);
    // The one under way may have read its last page before the state that the caller has seen: all who come meanwhile share the next.
    const next = nextMirroring.get(runId) ?? mirrorAfter(under, environment, runId);
    nextMirroring.set(runId, next);
    return next;
  }

  async function mirrorAfter(under: Promise<void>, environment: ConnectedEnvironment, runId: string): Promise<void> {
    // Whoever started it learns how it ended.
    await under.catch(() => undefined);
    nextMirroring.delete(runId);
    return mirroring.get(runId) ?? startMirroring(environment, runId);
  }

  async function startMirroring(environment: ConnectedEnvironment, runId: string): Promise<void> {
    const work = bringItems(environment, runId)
      .catch((thrown: unknown) => {
        if (problemOf(thrown)?.code !== 'journal_scope_erased') throw thrown;
      })
      .finally(() => mirroring.delete(runId));
    mirroring.set(runId, work);
    return work;
  }

  /**
   * Who decided on the run and which gates it passed; once it has ended also what was before it, and the server's receipt.
   * Beside what is asked for, so that nobody waits for a million prior states to be told that a run has ended; what does
   * not come now comes when the run is looked at next.
   */
  function complete(environment: ConnectedEnvironment, run: Run): void {
    if (run.kind === 'dry_run' || isLeaving || completing.has(run.run_id)) return;
    if (!isEnded(run.state) && isStandingKept(journal, run)) return;
    const work = quietly(async () => bringStanding(environment, run))
      .then(async () => (isEnded(run.state) ? quietly(async () => completed(environment, run)) : undefined))
      .finally(() => completing.delete(run.run_id));
    completing.set(run.run_id, work);
  }

  async function quietly(work: () => Promise<void>): Promise<void> {
    await work().catch((thrown: unknown) => {
      const code = problemOf(thrown)?.code;
      log.write({ level: 'warning', event: 'run_not_mirrored_whole', ...(code === undefined ? { fault: faultName(thrown) } : { code }) });
    });
  }

  async function bringStanding(environment: ConnectedEnvironment, run: Run): Promise<void> {
    if (isStandingKept(journal, run)) return;
    keepStanding(journal, environment.id, run, await liveStanding(environment, journal, run, await runsAtServer(environment, run.migration)));
    await environment.anchor(run.run_id);
  }

  /** A journal that takes no more entries keeps nothing from being shown. */
  function besideShowing(event: 'runs_not_noted' | 'standing_not_noted', work: () => void): void {
    try {
      work();
    } catch (thrown) {
      const code = problemOf(thrown)?.code;
      if (code === undefined || !code.startsWith('journal_')) throw thrown;
      log.write({ level: 'warning', event, code });
    }
  }

  async function completed(environment: ConnectedEnvironment, run: Run): Promise<void> {
    const { run_id: runId, kind } = run;
    if (journal.last('receipt.kept', runId) === undefined) {
      const { receipt, signature, redaction_key } = await environment.read(getReceipt, { params: { run_id: runId }, query: {}, timeoutMs: RECEIPT_TIMEOUT_MS });
      const around = await aroundOf(environment, run);
      keepReceipt(journal, environment.id, runId, { receipt, signature, redaction_key, ...(around === undefined ? {} : { around }) });
    }
    if (kind === 'execution' || kind === 'test_run') await bringSnapshots(environment, journal, runId, () => !isLeaving);
  }

  /** Undefined where this server does not answer it: the receipt is kept all the same. */
  async function aroundOf(environment: ConnectedEnvironment, run: Run): Promise<AroundRun | undefined> {
    try {
      return await askAroundRun(environment, run, seen.all(environment.id), clock);
    } catch (thrown) {
      if (problemOf(thrown) === undefined || isServerAway(thrown)) throw thrown;
      return undefined;
    }
  }

  async function follow(environment: ConnectedEnvironment, runId: string): Promise<ShownRun> {
    // The state first: items are then at least those of that state.
    const run = await environment.read(getRun, { params: { run_id: runId }, query: {} });
    await mirror(environment, runId);
    seen.note(environment.id, [run]);
    complete(environment, run);
    return { run, mirrored_items: mirroredItems(journal, runId), from_mirror: false, environment: environment.name };
  }

  return {
    follow,
    note: (environment, runs) => besideShowing('runs_not_noted', () => seen.note(environment.id, runs)),
    noteStanding: (environment, run, standing) => besideShowing('standing_not_noted', () => keepStanding(journal, environment.id, run, standing)),
    mirroredItems: (runId) => mirroredItems(journal, runId),
    mirroredSnapshots: (runId) => mirroredSnapshots(journal, runId),
    isWhole(runId) {
      const run = seen.last(runId);
      return run !== undefined && isEnded(run.state) && mirroredItems(journal, runId) >= run.rows_done;
    },
    lastSeen: seen.last,
    allSeen: seen.all,
    async watch(environment, runId, knownItems) {
      const hasEnded = (seen.last(runId)?.ended_at ?? null) !== null;
      if (!hasEnded && mirroredItems(journal, runId) <= knownItems) {
        // Only to be held by the server: what it brings is read again below, from where the journal stands.
        await environment.read(listRunItems, {
          params: { run_id: runId },
          query: { limit: '1', wait: String(WAIT_SECONDS), ...(knownItems === 0 ? {} : { after: String(knownItems) }) },
          timeoutMs: (WAIT_SECONDS + 30) * 1_000,
        });
      }
      return follow(environment, runId);
    },
    *items(runId) {
      for (const { lines } of itemBatches(journal, runId)) for (const line of lines) yield itemOfLine(line);
    },
    listItems: rows.listItems,
    countByReason: rows.countByReason,
    listSnapshots: async (runId, query) => ({ ...(await rows.listSnapshots(runId, query)), complete: mirroredSnapshots(journal, runId).complete }),
    async settle(extent) {
      if (extent === 'this_page') isLeaving = true;
      await Promise.all(completing.values());
      isLeaving = true;
    },
    eachItem: rows.eachItem,
    eachSnapshot: rows.eachSnapshot,
    forget: rows.forget,
  };
}
