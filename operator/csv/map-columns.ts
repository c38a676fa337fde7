import { type CohortField } from '../../shared/core/check-document.ts';
import { type CsvColumn, columnNameKey } from '../../shared/core/csv-column.ts';
import { FileRefusal, visible } from './file-refusal.ts';
import { looksLikeSecretColumn } from './secret-column.ts';

/** Where each field stands in a record, and what the file calls it. */
export type MappedColumns = {
  readonly width: number;
  readonly headers: readonly string[];
  /** Index of the cell; -1 for an optional field that the file does not have. */
  readonly indexOf: Readonly<Record<CohortField, number>>;
  readonly ignored: readonly string[];
};

export const MAX_COLUMNS = 200;
const NAME_MAX_LENGTH = 300;
const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

/** A name may stand on two lines of its cell; nothing else that cannot be seen is taken out. */
export function shownHeader(cell: string): string {
  return cell.replace(/[\t\r\n ]+/g, ' ').trim();
}

/** How many of the columns' fields a record of cells names: what tells a header from a title and picks the delimiter. */
export function countNamed(cells: readonly string[], columns: readonly CsvColumn[]): number {
  if (cells.length > MAX_COLUMNS) return 0;
  const keys = new Set(cells.map((cell) => (cell.length > NAME_MAX_LENGTH ? '' : columnNameKey(cell))));
  return columns.filter((column) => column.aliases.some((alias) => keys.has(alias))).length;
}

/** Whether all required columns are named. */
export function namesAllRequired(cells: readonly string[], columns: readonly CsvColumn[]): boolean {
  const required = columns.filter((column) => column.required);
  return countNamed(cells, required) === required.length;
}

/** Refuses a header by its size alone, before anything is looked for in it. @throws FileRefusal */
export function refuseOversizedHeader(cells: readonly string[], line: number): void {
  if (cells.length > MAX_COLUMNS) throw new FileRefusal('too_many_columns', line, `There are ${cells.length}.`);
  if (cells.some((cell) => cell.length > NAME_MAX_LENGTH)) throw new FileRefusal('header_too_long', line);
}

/**
 * Refuses a header that no mapping should be made from: with invisible characters, secrets, or
 * two columns of one name (columns without any name apart).
 * @throws FileRefusal
 */
export function refuseUnsafeHeader(cells: readonly string[], line: number): void {
  const seen = new Set<string>();
  for (const cell of cells) {
    const header = shownHeader(cell);
    if (INVISIBLE.test(header)) throw new FileRefusal('invisible_in_header', line, `The name reads "${visible(header)}".`);
    if (looksLikeSecretColumn(header)) throw new FileRefusal('secret_column', line, `The column is "${visible(header)}".`);
    const key = columnNameKey(header);
    if (key !== '' && seen.has(key)) throw new FileRefusal('duplicate_header', line, `The name is "${visible(header)}".`);
    seen.add(key);
  }
}

/**
 * Maps fields to columns: as `mapping` (field -> header) says, else by name. Names are compared without
 * case. A column that could be two things, or two columns that could be one field, are never guessed at.
 * @throws FileRefusal `unknown_mapping`, `ambiguous_column`, `missing_column`
 */
export function mapColumns(cells: readonly string[], columns: readonly CsvColumn[], mapping: ReadonlyMap<string, string>, line: number): MappedColumns {
  const headers = cells.map(shownHeader);
  const keys = headers.map((header) => columnNameKey(header));
  const indexOf: Record<CohortField, number> = { full_name: -1, email: -1, stripe_customer_id: -1, signup_date: -1 };
  const asked = askedColumns(headers, keys, columns, mapping, line);
  const taken = new Set(asked.values());

  for (const column of columns) {
    const askedIndex = asked.get(column.field);
    if (askedIndex !== undefined) {
      indexOf[column.field] = askedIndex;
      continue;
    }
    const candidates = keys.flatMap((key, index) => (column.aliases.includes(key) && !taken.has(index) ? [index] : []));
    const [first, second] = candidates;
    if (first !== undefined && second !== undefined) {
      throw new FileRefusal('ambiguous_column', line, `For ${column.title} there are "${visible(headers[first] ?? '')}" and "${visible(headers[second] ?? '')}".`);
    }
    if (first !== undefined) indexOf[column.field] = first;
  }

  const missing = columns.filter((column) => column.required && indexOf[column.field] === -1);
  if (missing.length > 0) throw new FileRefusal('missing_column', line, `Missing: ${missing.map((column) => column.title).join(', ')}.`);
  const used = new Set<number>(Object.values(indexOf));
  return { width: headers.length, headers, indexOf, ignored: headers.filter((_, index) => !used.has(index)) };
}

function askedColumns(
  headers: readonly string[],
  keys: readonly string[],
  columns: readonly CsvColumn[],
  mapping: ReadonlyMap<string, string>,
  line: number,
): Map<CohortField, number> {
  const asked = new Map<CohortField, number>();
  for (const [name, header] of mapping) {
    const column = columns.find(({ field, aliases }) => field === name || aliases.includes(columnNameKey(name)));
    const exact = headers.indexOf(header.trim());
    const index = exact === -1 ? keys.indexOf(columnNameKey(header)) : exact;
    if (column === undefined) throw new FileRefusal('unknown_mapping', line, `There is no field "${visible(name)}".`);
    if (index === -1) throw new FileRefusal('unknown_mapping', line, `There is no column "${visible(header)}".`);
    if ([...asked.values()].includes(index)) throw new FileRefusal('unknown_mapping', line, `The column "${visible(header)}" is mapped twice.`);
    asked.set(column.field, index);
  }
  return asked;
}
