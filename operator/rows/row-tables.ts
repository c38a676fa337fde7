import type { Database } from 'better-sqlite3';
import { type RowKindName, foldedText, rowKindNamed } from './row-kinds.ts';
import { createRowViews, type RowViews, type ViewedTable } from './row-views.ts';

/** A list and its views. */
export interface RowTable extends ViewedTable {
  readonly views: RowViews;
}

/** Lists of rows by name, in tables of one temporary database. */
export interface RowTables {
  /** Adds rows at the end of a list, which begins with its first ones. */
  add(list: string, kind: RowKindName, rows: readonly unknown[]): void;
  find(list: string): RowTable | undefined;
  drop(list: string): void;
}

export function createRowTables(database: Database): RowTables {
  const tables = new Map<string, RowTable & { readonly insert: (row: unknown) => void }>();
  let numbers = 0;

  function begin(kindName: RowKindName): RowTable & { readonly insert: (row: unknown) => void } {
    const number = (numbers += 1);
    const kind = rowKindNamed(kindName);
    const columnNames = Object.keys(kind.columns);
    const keysOf = Object.values(kind.columns);
    // What is looked through lies apart from the rows themselves, so that a search reads little.
    database.exec(`
      CREATE TABLE keys_${number} (id INTEGER PRIMARY KEY, searched TEXT, ${columnNames.map((_name, index) => `c${index}`).join(', ')});
      CREATE TABLE rows_${number} (id INTEGER PRIMARY KEY, json TEXT);
      CREATE TABLE tags_${number} (tag TEXT, id INTEGER, PRIMARY KEY (tag, id)) WITHOUT ROWID;
      CREATE TABLE decided_${number} (id INTEGER PRIMARY KEY, was TEXT, next TEXT);
    `);
    const insertKeys = database.prepare(`INSERT INTO keys_${number} VALUES (?, ?${', ?'.repeat(columnNames.length)})`);
    const insertRow = database.prepare(`INSERT INTO rows_${number} VALUES (?, ?)`);
    const insertTag = database.prepare(`INSERT OR IGNORE INTO tags_${number} VALUES (?, ?)`);
    const table = {
      number,
      kind,
      columnNames,
      indexed: new Set<string>(),
      count: 0,
      insert(row: unknown) {
        table.count += 1;
        insertKeys.run(table.count, kind.searched(row).map(foldedText).join('\n'), ...keysOf.map((keyOf) => keyOf(row)));
        insertRow.run(table.count, JSON.stringify(row));
        for (const tag of kind.tags(row)) insertTag.run(tag, table.count);
      },
    };
    return Object.assign(table, { views: createRowViews(database, table) });
  }

  return {
    add(list, kind, rows) {
      const table = tables.get(list) ?? begin(kind);
      tables.set(list, table);
      database.transaction(() => rows.forEach((row) => table.insert(row)))();
      table.views.forget();
    },
    find: (list) => tables.get(list),
    drop(list) {
      const table = tables.get(list);
      if (table === undefined) return;
      tables.delete(list);
      for (const name of ['keys', 'rows', 'tags', 'decided']) database.exec(`DROP TABLE ${name}_${table.number}`);
    },
  };
}
