import type { Database } from 'better-sqlite3';
import { assertNever } from '../../shared/core/assert-never.ts';
import { foldedText } from './row-kinds.ts';
import { countPending, decideRows, pendingAfter } from './row-choices.ts';
import type { Counting, PagedRow, RowAnswers, RowCall, RowRequest, Turn } from './row-messages.ts';
import { type RowTable, type RowTables, createRowTables } from './row-tables.ts';
import type { RowView } from './row-view.ts';

/** What a request came to. */
export type Answered = { readonly state: 'done'; readonly answer: RowAnswers[RowCall]['answer'] } | { readonly state: 'overtaken' | 'unknown_list' };

const DONE: Answered = { state: 'done', answer: null };

/** Answers what the rows are asked, in one thread. `isOvertaken` says whether a turn is no longer waited for. */
export function createRowAnswers(database: Database, isOvertaken: (turn: Turn | null) => boolean): (request: RowRequest) => Answered {
  const tables: RowTables = createRowTables(database);
  return (request) => {
    switch (request.call) {
      case 'add':
        tables.add(request.list, request.kind, request.rows);
        return DONE;
      case 'drop':
        tables.drop(request.list);
        return DONE;
      default: {
        const table = tables.find(request.list);
        return table === undefined ? { state: 'unknown_list' } : asked(database, table, request, isOvertaken);
      }
    }
  };
}

function asked(database: Database, table: RowTable, request: Exclude<RowRequest, { readonly call: 'add' | 'drop' }>, isOvertaken: (turn: Turn | null) => boolean): Answered {
  switch (request.call) {
    case 'page':
      return pageOf(database, table, request, () => isOvertaken(request.turn));
    case 'numbers':
      return { state: 'done', answer: numbersOf(database, table, request.view, request) };
    case 'having':
      return { state: 'done', answer: having(database, table, request.column, request.values) };
    case 'count':
      return { state: 'done', answer: counted(database, table, request.counting) };
    case 'decide':
      return { state: 'done', answer: { ...decideRows(database, table, request.choice, request.asked), pending: countPending(database, table) } };
    case 'pendingCounts':
      return { state: 'done', answer: countPending(database, table) };
    case 'pending':
      return { state: 'done', answer: pendingAfter(database, table, request.after, request.limit) };
    default:
      return assertNever(request);
  }
}

function pageOf(database: Database, table: RowTable, { view, offset, limit }: { readonly view: RowView; readonly offset: number; readonly limit: number }, isOvertaken: () => boolean): Answered {
  const total = isOvertaken() ? undefined : table.views.count(view, isOvertaken);
  const ids = total === undefined ? undefined : table.views.ids(view, offset, limit, isOvertaken);
  if (total === undefined || ids === undefined) return { state: 'overtaken' };
  const row = database.prepare<[number], PagedRow>(
    `SELECT json, CASE WHEN decided.id IS NULL THEN NULL ELSE coalesce(decided.next, 'undecided') END AS next
     FROM rows_${table.number} rows LEFT JOIN decided_${table.number} decided ON decided.id = rows.id WHERE rows.id = ?`,
  );
  const rows: PagedRow[] = [];
  for (const id of ids) {
    const found = row.get(id);
    if (found !== undefined) rows.push(found);
  }
  return { state: 'done', answer: { rows, total } };
}

function columnOf(table: RowTable, name: string): string {
  const index = table.columnNames.indexOf(name);
  if (index === -1) throw new RangeError(`There is no column ${name} here.`);
  return `c${index}`;
}

/** A number of each row at these places, such as the one it has in its file. */
function numbersOf(database: Database, table: RowTable, view: RowView, { offset, limit, column }: { readonly offset: number; readonly limit: number; readonly column: string }): readonly number[] {
  const one = database.prepare<[number], number>(`SELECT ${columnOf(table, column)} FROM keys_${table.number} WHERE id = ?`).pluck();
  return Array.from(table.views.ids(view, offset, limit, () => false) ?? [], (id) => one.get(id) ?? 0);
}

/** The rows that have one of these values, in the order of the values. */
function having(database: Database, table: RowTable, column: string, values: readonly string[]): readonly string[] {
  const name = columnOf(table, column);
  if (!table.indexed.has(name)) database.exec(`CREATE INDEX ${name}_of_${table.number} ON keys_${table.number} (${name})`);
  table.indexed.add(name);
  const one = database.prepare<[string], string>(`SELECT rows.json FROM keys_${table.number} keys JOIN rows_${table.number} rows ON rows.id = keys.id WHERE keys.${name} = ?`).pluck();
  return values.flatMap((value) => one.all(foldedText(value)));
}

function counted(database: Database, table: RowTable, { of, by, limit }: Counting): readonly { readonly by: readonly string[]; readonly count: number }[] {
  const terms = by.map((paths) => `coalesce(${paths.map((path) => `json_extract(json, '$.${path}')`).join(', ')}, '')`);
  const among = of === undefined ? '' : `WHERE id IN (SELECT id FROM keys_${table.number} WHERE ${columnOf(table, of.column)} IN (${of.values.map(() => '?').join(', ')}))`;
  const statement = `SELECT count(*) AS count, ${terms.map((term, index) => `${term} AS by${index}`).join(', ')} FROM rows_${table.number} ${among} GROUP BY ${terms.map((_term, index) => `by${index}`).join(', ')} ORDER BY count DESC, ${terms.map((_term, index) => `by${index}`).join(', ')} LIMIT ${limit}`;
  const found = database.prepare<unknown[], Record<string, string | number> & { readonly count: number }>(statement).all(...(of?.values.map(foldedText) ?? []));
  return found.map((group) => ({ count: group.count, by: by.map((_paths, index) => String(group[`by${index}`] ?? '')) }));
}
