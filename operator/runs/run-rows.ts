import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Snapshot } from '../../shared/contract/admin/verification.ts';
import type { ProcedureInput } from '../../shared/contract/operator/dispatch.ts';
import type { RunItem } from '../../shared/core/run-item.ts';
import type { JournalReader } from '../journal/journal.ts';
import type { PagedRow } from '../rows/row-messages.ts';
import { pageOfView, rowsOfView } from '../rows/row-pages.ts';
import type { RowStore } from '../rows/row-store.ts';
import type { RowView } from '../rows/row-view.ts';
import { type MirroredBatch, itemBatches, itemOfLine } from './mirrored-items.ts';
import { snapshotBatches, snapshotOfLine } from './mirrored-snapshots.ts';

export interface CountedReason {
  readonly outcome: string;
  readonly code: string;
  readonly message: string;
  readonly count: number;
}

type ItemQuery = Omit<ProcedureInput<'runs.listItems'>, 'run_id'>;
type SnapshotQuery = Omit<ProcedureInput<'runs.listSnapshots'>, 'run_id'>;
export type ItemView = Pick<ItemQuery, 'outcome' | 'q' | 'sort' | 'descending'>;
export type SnapshotView = Pick<SnapshotQuery, 'q' | 'sort' | 'descending'>;

/** Rows of mirrored runs by window: opened from the journal into the row store, a batch at a time. */
export interface RunRows {
  listItems(runId: string, query: ItemQuery): Promise<{ items: RunItem[]; total: number }>;
  listSnapshots(runId: string, query: SnapshotQuery): Promise<{ items: Snapshot[]; total: number }>;
  /** Every item of a view in its order, a page at a time. */
  eachItem(runId: string, view: ItemView): AsyncGenerator<readonly RunItem[]>;
  eachSnapshot(runId: string, view: SnapshotView): AsyncGenerator<readonly Snapshot[]>;
  countByReason(runId: string): Promise<readonly CountedReason[]>;
  /** Forgets what is held of these runs, whose people were erased. */
  forget(runIds: readonly string[]): Promise<void>;
}

type Of = 'items' | 'snapshots';

interface Held {
  readonly list: string;
  /** The last journal entry of which the rows are here, 0 for none. */
  upTo: number;
  rows: number;
  work: Promise<void>;
}

/** Lists of runs that were looked at last; those before make room. */
const LISTS_HELD = 8;
const REASONS_MAX = 1_000;
const NOT_APPLIED = ['failed', 'drifted', 'skipped', 'kept_changed_since'];

export function createRunRows(journal: JournalReader, store: RowStore): RunRows {
  const held = new Map<string, Held>();

  function hold(of: Of, runId: string): Held {
    const list = `${of} ${runId}`;
    const found = held.get(list) ?? { list, upTo: 0, rows: 0, work: Promise.resolve() };
    held.delete(list);
    held.set(list, found);
    for (const [oldest] of held) {
      if (held.size <= LISTS_HELD) break;
      void drop(oldest);
    }
    return found;
  }

  async function drop(list: string): Promise<void> {
    held.delete(list);
    await store.ask('drop', { list });
  }

  /** Takes up what the journal has had since; a batch at a time, so that nothing else waits for a million rows. */
  async function load(of: Of, runId: string): Promise<Held> {
    const known = hold(of, runId);
    const work = known.work.then(() => loadBatches(known, of, runId));
    known.work = work.catch(() => undefined);
    await work;
    return known;
  }

  async function loadBatches(known: Held, of: Of, runId: string): Promise<void> {
    if (known.rows > 0 && !store.has(known.list)) Object.assign(known, { upTo: 0, rows: 0 });
    for (const batch of of === 'items' ? itemBatches(journal, runId, known.upTo) : snapshotBatches(journal, runId, known.upTo)) {
      // Others that were looked at meanwhile may have taken its room, or its people were erased.
      if (held.get(known.list) !== known) return;
      if (batch.lines.length > 0) await store.ask('add', { list: known.list, ...rowsOf(of, batch) });
      known.upTo = batch.entry;
      known.rows += batch.lines.length;
      await nextTurn();
    }
  }

  async function list<Row>(of: Of, runId: string, view: RowView, page: { readonly offset: number; readonly limit: number; readonly lane?: string | undefined }): Promise<{ items: Row[]; total: number }> {
    const known = await load(of, runId);
    return known.rows === 0 || isErased(of, runId, known) ? { items: [], total: 0 } : pageOfView<Row>(store, known.list, view, page, parsed);
  }

  async function* each<Row>(of: Of, runId: string, view: RowView): AsyncGenerator<readonly Row[]> {
    const known = await load(of, runId);
    if (known.rows > 0 && !isErased(of, runId, known)) yield* rowsOfView<Row>(store, known.list, view, parsed);
  }

  /** Another process may have erased the run's people since its rows were opened. */
  function isErased(of: Of, runId: string, known: Held): boolean {
    const entry = journal.get(known.upTo);
    if (entry !== undefined && journal.openSealed(entry) !== undefined) return false;
    void drop(`${of} ${runId}`);
    return true;
  }

  return {
    listItems: (runId, { offset, limit, lane, ...view }) => list<RunItem>('items', runId, itemView(view), { offset, limit, lane }),
    listSnapshots: (runId, { offset, limit, lane, ...view }) => list<Snapshot>('snapshots', runId, snapshotView(view), { offset, limit, lane }),
    eachItem: (runId, view) => each<RunItem>('items', runId, itemView(view)),
    eachSnapshot: (runId, view) => each<Snapshot>('snapshots', runId, snapshotView(view)),
    async countByReason(runId) {
      const known = await load('items', runId);
      if (known.rows === 0 || isErased('items', runId, known)) return [];
      const counted = await store.ask('count', { list: known.list, counting: { of: { column: 'outcome', values: NOT_APPLIED }, by: [['outcome'], ['code', 'outcome'], ['message', 'reason']], limit: REASONS_MAX } });
      return counted.map(({ by: [outcome = '', code = '', message = ''], count }) => ({ outcome, code, message, count }));
    },
    async forget(runIds) {
      for (const runId of runIds) {
        await drop(`items ${runId}`);
        await drop(`snapshots ${runId}`);
      }
    },
  };
}

function rowsOf(of: Of, { lines }: MirroredBatch): { readonly kind: 'item' | 'snapshot'; readonly rows: readonly unknown[] } {
  return of === 'items' ? { kind: 'item', rows: lines.map(itemOfLine) } : { kind: 'snapshot', rows: lines.map(snapshotOfLine) };
}

function parsed<Row>({ json }: PagedRow): Row {
  return JSON.parse(json) as Row;
}

function itemView({ outcome, q, sort, descending }: ItemView): RowView {
  return { ...(outcome === undefined ? {} : { equal: { outcome } }), ...common({ q, sort, descending }) };
}

function snapshotView(view: SnapshotView): RowView {
  return common(view);
}

function common({ q, sort, descending }: { readonly q?: string | undefined; readonly sort?: string | undefined; readonly descending?: boolean | undefined }): RowView {
  return { ...(q === undefined ? {} : { q }), ...(sort === undefined ? {} : { sort }), ...(descending === undefined ? {} : { descending }) };
}
