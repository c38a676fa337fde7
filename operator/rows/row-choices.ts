import type { Database } from 'better-sqlite3';
import type { NextDecision } from '../../shared/contract/operator/plans.ts';
import type { RowTable } from './row-tables.ts';
import type { RowChoice } from './row-view.ts';

/** What is decided of rows; `as_planned` takes back what waits for the next plan. */
export type DecisionAsked = NextDecision | 'as_planned';

/** What came of deciding about chosen rows. */
export interface DecidedRows {
  /** How many rows were chosen. */
  readonly chosen: number;
  /** How many of them this can be decided about; the others stay as they are. */
  readonly decided: number;
}

/** Decisions that wait for the next plan, counted. */
export interface PendingCounts {
  readonly skip: number;
  readonly create: number;
  readonly undecided: number;
}

/** A row and what was decided of it, where that differs from what its plan says. */
export interface PendingDecision {
  readonly email: string;
  readonly next: NextDecision;
}

/** As SQL. */
const nextOf: Readonly<Record<DecisionAsked, string>> = { skip: "'skip'", create: "'create'", undecided: 'NULL', as_planned: 'was' };

const CHOSEN_AT_ONCE = 100_000;

/**
 * Decides about chosen rows of a plan, all of them in one transaction. Left out can be what would be written, declined what
 * was found by its name alone (A7), and a decision of the plan can be taken back.
 */
export function decideRows(database: Database, table: RowTable, choice: RowChoice, asked: DecisionAsked): DecidedRows {
  const column = (name: string): string => `c${table.columnNames.indexOf(name)}`;
  const was = `CASE WHEN ${column('action')} = 'skip' THEN 'skip' WHEN ${column('match')} = 'match_name_unique' AND ${column('action')} = 'create_new' THEN 'create' END`;
  const isPending = `EXISTS (SELECT 1 FROM decided_${table.number} decided WHERE decided.id = keys.id)`;
  const fits: Readonly<Record<DecisionAsked, string>> = {
    skip: `(${column('action')} IN ('update_existing', 'create_new') OR ${was} IS NOT NULL)`,
    create: `${column('match')} = 'match_name_unique' AND (${column('action')} = 'update_existing' OR ${was} IS NOT NULL)`,
    undecided: `(${was} IS NOT NULL OR ${isPending})`,
    as_planned: isPending,
  };
  return database.transaction(() => {
    database.exec('CREATE TEMP TABLE IF NOT EXISTS chosen (id INTEGER PRIMARY KEY)');
    database.exec('DELETE FROM chosen');
    const insert = database.prepare('INSERT OR IGNORE INTO chosen VALUES (?)');
    for (const ids of chosenIds(database, table, choice)) for (const id of ids) insert.run(id);
    const fitting = `SELECT keys.id AS id, ${was} AS was FROM chosen JOIN keys_${table.number} keys ON keys.id = chosen.id WHERE ${fits[asked]}`;
    const decided = Number(database.prepare(`SELECT count(*) FROM (${fitting})`).pluck().get());
    database.prepare(`INSERT OR REPLACE INTO decided_${table.number} SELECT id, was, ${nextOf[asked]} FROM (${fitting})`).run();
    // What the plan says already waits for no other.
    database.exec(`DELETE FROM decided_${table.number} WHERE was IS next`);
    const chosen = Number(database.prepare('SELECT count(*) FROM chosen').pluck().get());
    database.exec('DELETE FROM chosen');
    table.views.forgetPending();
    return { chosen, decided };
  })();
}

function* chosenIds(database: Database, table: RowTable, choice: RowChoice): Generator<Iterable<number>> {
  const byRow = rowFinder(database, table);
  if ('rows' in choice) {
    yield choice.rows.flatMap(byRow);
    return;
  }
  const except = new Set(choice.except.flatMap(byRow));
  for (let offset = 0; ; offset += CHOSEN_AT_ONCE) {
    const ids = table.views.ids(choice.view, offset, CHOSEN_AT_ONCE, () => false) ?? new Int32Array(0);
    if (ids.length === 0) return;
    yield ids.filter((id) => !except.has(id));
  }
}

/** Rows carry numbers of their file; where all of them are here those are their places. */
function rowFinder(database: Database, table: RowTable): (row: number) => readonly number[] {
  const column = `c${table.columnNames.indexOf(table.kind.order)}`;
  const atPlace = database.prepare<[number, number], number>(`SELECT id FROM keys_${table.number} WHERE id = ? AND ${column} = ?`).pluck();
  const anywhere = database.prepare<[number], number>(`SELECT id FROM keys_${table.number} WHERE ${column} = ?`).pluck();
  return (row) => {
    const found = atPlace.get(row, row) ?? anywhere.get(row);
    return found === undefined ? [] : [found];
  };
}

/** How many decisions of each kind wait for the next plan. */
export function countPending(database: Database, table: RowTable): PendingCounts {
  const counts = { skip: 0, create: 0, undecided: 0 };
  for (const { next, count } of database.prepare<[], { next: NextDecision; count: number }>(`SELECT coalesce(next, 'undecided') AS next, count(*) AS count FROM decided_${table.number} GROUP BY next`).all()) counts[next] = count;
  return counts;
}

/** Those after a row's number, in the order of the rows. */
export function pendingAfter(database: Database, table: RowTable, after: number, limit: number): readonly (PendingDecision & { readonly id: number })[] {
  return database
    .prepare<[number, number], PendingDecision & { id: number }>(
      `SELECT decided.id AS id, json_extract(rows.json, '$.email') AS email, coalesce(decided.next, 'undecided') AS next
       FROM decided_${table.number} decided JOIN rows_${table.number} rows ON rows.id = decided.id WHERE decided.id > ? ORDER BY decided.id LIMIT ?`,
    )
    .all(after, limit);
}
