import type { Snapshot } from '../../shared/contract/admin/verification.ts';
import type { ProcedureInput } from '../../shared/contract/operator/dispatch.ts';
import type { JournalEntry } from '../../shared/core/journal-entry.ts';
import type { RunItem } from '../../shared/core/run-item.ts';
import type { JournalReader } from '../journal/journal.ts';
import { type MirroredBatch, batchOf, itemBatches, itemOfLine } from './mirrored-items.ts';
import { snapshotBatchOf, snapshotBatches, snapshotOfLine } from './mirrored-snapshots.ts';
import { type CountedReason, type Places, openRunWindows } from './run-windows.ts';

/** Rows of mirrored runs by window: found by what is held of them in memory, read from the journal. */
export interface RunRows {
  listItems(runId: string, query: Omit<ProcedureInput<'runs.listItems'>, 'run_id'>): Promise<{ items: RunItem[]; total: number }>;
  listSnapshots(runId: string, query: Omit<ProcedureInput<'runs.listSnapshots'>, 'run_id'>): Promise<{ items: Snapshot[]; total: number }>;
  countByReason(runId: string): Promise<readonly CountedReason[]>;
  /** Forgets what is held of these runs in memory, whose people were erased. */
  forget(runIds: readonly string[]): void;
  close(): void;
}

export function createRunRows(journal: JournalReader): RunRows {
  const windows = openRunWindows();
  const loading = new Map<string, Promise<void>>();

  /** Takes up what the journal has had since; a batch at a time, so that nothing else waits for a million rows. */
  async function load(runId: string, of: 'items' | 'snapshots'): Promise<void> {
    const key = `${of} ${runId}`;
    const under = loading.get(key);
    const work = (under ?? Promise.resolve()).then(() => (of === 'items' ? loadItems(runId) : loadSnapshots(runId)));
    const settled = work.catch(() => undefined).finally(() => {
      if (loading.get(key) === settled) loading.delete(key);
    });
    loading.set(key, settled);
    return work;
  }

  async function loadItems(runId: string): Promise<void> {
    await loadBatches(runId, 'items', itemBatches, ({ entry, lines }) => windows.addItems(runId, entry, lines.map(itemOfLine)));
  }

  async function loadSnapshots(runId: string): Promise<void> {
    await loadBatches(runId, 'snapshots', snapshotBatches, ({ entry, from, lines }) => windows.addSnapshots(runId, entry, lines.map((line, index) => ({ seq: from + index, email: snapshotOfLine(line).email }))));
  }

  async function loadBatches(runId: string, of: 'items' | 'snapshots', batches: typeof itemBatches, add: (batch: MirroredBatch) => void): Promise<void> {
    let after = windows.upTo(runId, of);
    for (const batch of batches(journal, runId, after)) {
      // Others that were looked at meanwhile may have taken its room: begun again.
      if (windows.upTo(runId, of) !== after) return loadBatches(runId, of, batches, add);
      add(batch);
      after = batch.entry;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** The lines at these places; undefined where the run was erased since. */
  function linesAt({ places }: Places, read: (journal: JournalReader, entry: JournalEntry) => MirroredBatch): readonly string[] | undefined {
    const found: string[] = [];
    let batch: MirroredBatch | undefined;
    for (const { seq, entry } of places) {
      if (batch?.entry !== entry) {
        const holding = journal.get(entry);
        batch = holding === undefined ? undefined : read(journal, holding);
      }
      const line = batch?.lines[seq - (batch?.from ?? 0)];
      if (line === undefined) return undefined;
      found.push(line);
    }
    return found;
  }

  function parsed<Row>(runId: string, places: Places, read: typeof batchOf, parse: (line: string) => Row): { items: Row[]; total: number } {
    const lines = linesAt(places, read);
    if (lines !== undefined) return { items: lines.map(parse), total: places.total };
    windows.drop(runId);
    return { items: [], total: 0 };
  }

  return {
    async listItems(runId, query) {
      await load(runId, 'items');
      return parsed(runId, windows.findItems(runId, query), batchOf, itemOfLine);
    },
    async listSnapshots(runId, query) {
      await load(runId, 'snapshots');
      return parsed(runId, windows.findSnapshots(runId, query), snapshotBatchOf, snapshotOfLine);
    },
    async countByReason(runId) {
      await load(runId, 'items');
      return windows.countByReason(runId);
    },
    forget(runIds) {
      for (const runId of runIds) windows.drop(runId);
    },
    close: windows.close,
  };
}
