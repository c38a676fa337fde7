import Database from 'better-sqlite3';
import type { ProcedureInput } from '../../shared/contract/operator/dispatch.ts';
import type { RunItem } from '../../shared/core/run-item.ts';

type ItemQuery = Omit<ProcedureInput<'runs.listItems'>, 'run_id'>;
type SnapshotQuery = Omit<ProcedureInput<'runs.listSnapshots'>, 'run_id'>;

/** Where something of a run stands: its number in the run, and the journal entry that holds it. */
export interface Place {
  readonly seq: number;
  readonly entry: number;
}

export interface Places {
  readonly places: readonly Place[];
  readonly total: number;
}

export interface CountedReason {
  readonly outcome: string;
  readonly code: string;
  readonly message: string;
  readonly count: number;
}

/**
 * What rows of a run are filtered, searched and counted by, in a database in memory: some tens of bytes a row, the
 * rows themselves stay sealed in the journal. Holds the last few runs that were looked at, so nothing personal
 * reaches a disk and a million rows do not fill the memory.
 */
export interface RunWindows {
  /** The last journal entry of which the rows are here, 0 for none. */
  upTo(runId: string, of: 'items' | 'snapshots'): number;
  addItems(runId: string, entry: number, items: readonly RunItem[]): void;
  addSnapshots(runId: string, entry: number, snapshots: readonly { readonly seq: number; readonly email: string }[]): void;
  findItems(runId: string, query: ItemQuery): Places;
  findSnapshots(runId: string, query: SnapshotQuery): Places;
  countByReason(runId: string): readonly CountedReason[];
  /** Forgets a run, whose people were erased. */
  drop(runId: string): void;
  close(): void;
}

const RUNS_HELD = 4;
const NOT_APPLIED = "outcome IN ('failed', 'drifted', 'skipped', 'kept_changed_since')";

const SCHEMA = `
CREATE TABLE runs (id INTEGER PRIMARY KEY, run TEXT NOT NULL UNIQUE, items INTEGER NOT NULL DEFAULT 0, snapshots INTEGER NOT NULL DEFAULT 0, used INTEGER NOT NULL DEFAULT 0);
CREATE TABLE items (run INTEGER, seq INTEGER, entry INTEGER, email TEXT, outcome TEXT, code TEXT, message TEXT, PRIMARY KEY (run, seq)) WITHOUT ROWID;
CREATE INDEX items_by_outcome ON items (run, outcome, seq);
CREATE INDEX items_by_reason ON items (run, outcome, code, message) WHERE ${NOT_APPLIED};
CREATE TABLE snapshots (run INTEGER, seq INTEGER, entry INTEGER, email TEXT, PRIMARY KEY (run, seq)) WITHOUT ROWID;
`;

/** Opens an empty one. */
export function openRunWindows(): RunWindows {
  const database = new Database(':memory:');
  database.exec(SCHEMA);
  const insertItem = database.prepare('INSERT OR IGNORE INTO items VALUES (?, ?, ?, ?, ?, ?, ?)');
  const insertSnapshot = database.prepare('INSERT OR IGNORE INTO snapshots VALUES (?, ?, ?, ?)');
  const known = database.prepare<[string], { id: number; items: number; snapshots: number }>('SELECT id, items, snapshots FROM runs WHERE run = ?');
  let uses = 0;

  /** The run's number here; the one that was not looked at for longest makes room. */
  function numberOf(runId: string): number {
    uses += 1;
    const id = known.get(runId)?.id ?? makeRoomFor(runId);
    database.prepare('UPDATE runs SET used = ? WHERE id = ?').run(uses, id);
    return id;
  }

  function makeRoomFor(runId: string): number {
    for (const old of database.prepare<[number], number>('SELECT id FROM runs ORDER BY used DESC LIMIT -1 OFFSET ?').pluck().all(RUNS_HELD - 1)) forget(old);
    return Number(database.prepare('INSERT INTO runs (run) VALUES (?)').run(runId).lastInsertRowid);
  }

  function forget(id: number): void {
    for (const statement of ['DELETE FROM items WHERE run = ?', 'DELETE FROM snapshots WHERE run = ?', 'DELETE FROM runs WHERE id = ?']) database.prepare(statement).run(id);
  }

  function find(table: 'items' | 'snapshots', clauses: readonly string[], values: readonly (string | number)[], { offset, limit }: { readonly offset: number; readonly limit: number }): Places {
    const where = clauses.join(' AND ');
    const total = database.prepare<unknown[], number>(`SELECT count(*) FROM ${table} WHERE ${where}`).pluck().get(...values) ?? 0;
    return { total, places: database.prepare<unknown[], Place>(`SELECT seq, entry FROM ${table} WHERE ${where} ORDER BY seq LIMIT ? OFFSET ?`).all(...values, limit, offset) };
  }

  return {
    upTo: (runId, of) => known.get(runId)?.[of] ?? 0,
    addItems(runId, entry, items) {
      database.transaction(() => {
        const id = numberOf(runId);
        for (const item of items) insertItem.run(id, item.seq, entry, item.email, item.outcome, item.outcome === 'failed' ? item.code : null, item.outcome === 'failed' ? item.message : (item.reason ?? ''));
        database.prepare('UPDATE runs SET items = max(items, ?) WHERE id = ?').run(entry, id);
      })();
    },
    addSnapshots(runId, entry, snapshots) {
      database.transaction(() => {
        const id = numberOf(runId);
        for (const { seq, email } of snapshots) insertSnapshot.run(id, seq, entry, email);
        database.prepare('UPDATE runs SET snapshots = max(snapshots, ?) WHERE id = ?').run(entry, id);
      })();
    },
    findItems(runId, { offset, limit, outcome, q }) {
      const text = searched(q);
      return find('items', ['run = ?', ...(outcome === undefined ? [] : ['outcome = ?']), ...(text === undefined ? [] : ["(email LIKE ? ESCAPE '\\' OR message LIKE ? ESCAPE '\\')"])], [numberOf(runId), ...(outcome === undefined ? [] : [outcome]), ...(text === undefined ? [] : [text, text])], { offset, limit });
    },
    findSnapshots(runId, { offset, limit, q }) {
      const text = searched(q);
      return find('snapshots', ['run = ?', ...(text === undefined ? [] : ["email LIKE ? ESCAPE '\\'"])], [numberOf(runId), ...(text === undefined ? [] : [text])], { offset, limit });
    },
    countByReason: (runId) =>
      database
        .prepare<[number], CountedReason>(`SELECT outcome, coalesce(code, outcome) AS code, message, count(*) AS count FROM items WHERE run = ? AND ${NOT_APPLIED} GROUP BY outcome, code, message ORDER BY count DESC, code, message LIMIT 1000`)
        .all(numberOf(runId)),
    drop(runId) {
      const id = known.get(runId)?.id;
      if (id !== undefined) forget(id);
    },
    close: () => void database.close(),
  };
}

function searched(q: string | undefined): string | undefined {
  return q === undefined || q.trim() === '' ? undefined : `%${q.trim().replace(/[\\%_]/g, '\\$&')}%`;
}
