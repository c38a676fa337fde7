import type { Database } from 'better-sqlite3';
import { type RowKind, foldedText } from './row-kinds.ts';
import { type RowView, isUnfiltered, viewKey } from './row-view.ts';

/** Says whether somebody has asked for something else meanwhile, so that nobody waits for this any more. */
export type IsOvertaken = () => boolean;

/** Views of one list, each worked out once: the numbers of its rows in its order, four bytes a row. */
export interface RowViews {
  /** How many rows a view has. Undefined when it was overtaken. */
  count(view: RowView, isOvertaken: IsOvertaken): number | undefined;
  /** The numbers of the rows at these places of a view. Undefined when it was overtaken. */
  ids(view: RowView, offset: number, limit: number, isOvertaken: IsOvertaken): Int32Array | undefined;
  /** Rows were added: every view is another now. */
  forget(): void;
  /** Decisions have changed: views by them are others now. */
  forgetPending(): void;
}

/** A list in the database: its tables by number, its columns by place. */
export interface ViewedTable {
  readonly number: number;
  readonly kind: RowKind<unknown>;
  readonly columnNames: readonly string[];
  readonly indexed: Set<string>;
  count: number;
}

const VIEWS_KEPT = 6;
const ORDERS_KEPT = 4;
/** Rows that are looked through between two looks at whether anybody still waits. */
const ROWS_AT_ONCE = 25_000;

export function createRowViews(database: Database, table: ViewedTable): RowViews {
  const views = new Map<string, { readonly ids: Int32Array; readonly isPending: boolean }>();
  const orders = new Map<string, Int32Array>();

  function columnOf(name: string): string {
    const index = table.columnNames.indexOf(name);
    if (index === -1) throw new RangeError(`There is no column ${name} here.`);
    return `c${index}`;
  }

  /** Made when a column is first asked for; SQLite keeps it from then on. */
  function indexOn(column: string): void {
    if (table.indexed.has(column)) return;
    database.exec(`CREATE INDEX ${column}_of_${table.number} ON keys_${table.number} (${column})`);
    table.indexed.add(column);
  }

  /** All rows by one column: nulls last, then in the order of the rows. */
  function orderBy(sort: string, descending: boolean): Int32Array {
    const column = columnOf(sort);
    return kept(orders, `${column} ${descending}`, ORDERS_KEPT, () => {
      indexOn(column);
      const ids = new Int32Array(table.count);
      let count = 0;
      const from = `SELECT id FROM keys_${table.number} WHERE ${column}`;
      for (const statement of [`${from} IS NOT NULL ORDER BY ${column} ${descending ? 'DESC' : 'ASC'}, id`, `${from} IS NULL ORDER BY id`]) {
        for (const id of database.prepare<[], number>(statement).pluck().iterate()) ids[count++] = id;
      }
      return ids;
    });
  }

  /** The rows that a view has, in their order; a part at a time. */
  function filtered(view: RowView, isOvertaken: IsOvertaken): Int32Array | undefined {
    const found = new Int32Array(table.count);
    const { statement, values } = selecting(view);
    const part = database.prepare<unknown[], number>(statement).pluck();
    let count = 0;
    for (let from = 0; from < table.count; from += ROWS_AT_ONCE) {
      if (isOvertaken()) return undefined;
      for (const id of part.iterate(from, from + ROWS_AT_ONCE, ...values)) found[count++] = id;
    }
    return found.slice(0, count);
  }

  function selecting({ equal = {}, tag, isPending, q = '' }: RowView): { readonly statement: string; readonly values: readonly string[] } {
    const clauses = ['id > ?', 'id <= ?'];
    const values: string[] = [];
    for (const [name, value] of Object.entries(equal)) {
      const column = columnOf(name);
      indexOn(column);
      clauses.push(`${column} = ?`);
      values.push(foldedText(value));
    }
    if (tag !== undefined) {
      clauses.push(`EXISTS (SELECT 1 FROM tags_${table.number} tagged WHERE tagged.tag = ? AND tagged.id = listed.id)`);
      values.push(tag);
    }
    if (isPending === true) clauses.push(`EXISTS (SELECT 1 FROM decided_${table.number} decided WHERE decided.id = listed.id)`);
    if (q.trim() !== '') {
      clauses.push('instr(searched, ?) > 0');
      values.push(foldedText(q.trim()));
    }
    return { statement: `SELECT id FROM keys_${table.number} listed WHERE ${clauses.join(' AND ')} ORDER BY id`, values };
  }

  function worked(view: RowView, isOvertaken: IsOvertaken): Int32Array | undefined {
    const { sort, descending = false } = view;
    const inOrder = sort === undefined || sort === table.kind.order;
    const rows = isUnfiltered(view) ? undefined : filtered(view, isOvertaken);
    if (rows === undefined && !isUnfiltered(view)) return undefined;
    if (inOrder) {
      const ids = rows ?? Int32Array.from({ length: table.count }, (_, index) => index + 1);
      return descending ? ids.reverse() : ids;
    }
    if (isOvertaken()) return undefined;
    const order = orderBy(sort, descending);
    return rows === undefined ? order : thoseOf(order, rows, table.count);
  }

  function idsOf(view: RowView, isOvertaken: IsOvertaken): Int32Array | undefined {
    const key = viewKey(view);
    const known = views.get(key);
    if (known !== undefined) return kept(views, key, VIEWS_KEPT, () => known).ids;
    const ids = worked(view, isOvertaken);
    if (ids === undefined) return undefined;
    return kept(views, key, VIEWS_KEPT, () => ({ ids, isPending: view.isPending === true })).ids;
  }

  /** The list as it stands needs no numbers to be kept. */
  function isWhole(view: RowView): boolean {
    return isUnfiltered(view) && (view.sort === undefined || view.sort === table.kind.order) && view.descending !== true;
  }

  return {
    count: (view, isOvertaken) => (isUnfiltered(view) ? table.count : idsOf(view, isOvertaken)?.length),
    ids(view, offset, limit, isOvertaken) {
      if (!isWhole(view)) return idsOf(view, isOvertaken)?.subarray(offset, offset + limit);
      return Int32Array.from({ length: Math.max(0, Math.min(limit, table.count - offset)) }, (_, index) => offset + index + 1);
    },
    forget() {
      views.clear();
      orders.clear();
    },
    forgetPending() {
      for (const [key, { isPending }] of views) if (isPending) views.delete(key);
    },
  };
}

/** Those of an order that are among the rows. */
function thoseOf(order: Int32Array, rows: Int32Array, count: number): Int32Array {
  const isIn = new Uint8Array(count + 1);
  for (const id of rows) isIn[id] = 1;
  return order.filter((id) => isIn[id] === 1);
}

/** What is kept by that name, or is made now; the one that was not asked for longest makes room. */
function kept<Value>(held: Map<string, Value>, key: string, most: number, make: () => Value): Value {
  const value = held.get(key) ?? make();
  held.delete(key);
  held.set(key, value);
  for (const oldest of held.keys()) {
    if (held.size <= most) break;
    held.delete(oldest);
  }
  return value;
}
