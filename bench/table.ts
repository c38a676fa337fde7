/** What a benchmark found: a baseline measured in the same run, and how many times as long the work took. */
export interface BenchTable {
  readonly name: string;
  readonly about: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The table as text, columns aligned. */
export function tableText({ name, about, columns, rows }: BenchTable): string {
  const widths = columns.map((column, place) => Math.max(column.length, ...rows.map((row) => (row[place] ?? '').length)));
  const line = (cells: readonly string[]): string => cells.map((cell, place) => cell.padEnd(widths[place] ?? 0)).join('  ').trimEnd();
  return `${name}: ${about}\n${line(columns)}\n${rows.map((row) => `${line(row)}\n`).join('')}`;
}
