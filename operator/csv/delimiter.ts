import { FileRefusal } from './file-refusal.ts';

/** The delimiters a file may have. */
export const delimiters = [',', ';', '\t', '|'] as const;
export type Delimiter = (typeof delimiters)[number];

const NAMED: ReadonlyMap<string, Delimiter> = new Map([
  ['comma', ','],
  ['semicolon', ';'],
  ['tab', '\t'],
  ['\\t', '\t'],
  ['pipe', '|'],
]);

/** Reads a delimiter as a person writes it: the sign, its name, or `\t`. @throws FileRefusal `unknown_delimiter` */
export function delimiterNamed(text: string): Delimiter {
  const known = delimiters.find((delimiter) => delimiter === text) ?? NAMED.get(text.toLowerCase());
  if (known === undefined) throw new FileRefusal('unknown_delimiter', null);
  return known;
}

const SEP_LINE = /^"?sep=(.)"?$/i;

/** Excel's own first line, `sep=;`. Undefined when the line is no such thing. @throws FileRefusal `unknown_delimiter` */
export function delimiterOfSepLine(line: string): Delimiter | undefined {
  const sign = SEP_LINE.exec(line)?.[1];
  return sign === undefined ? undefined : delimiterNamed(sign);
}

/** How often each delimiter stands outside of quotes in one record, most often first; those that never do are left out. */
export function delimitersIn(record: string): readonly Delimiter[] {
  const counts = new Map<Delimiter, number>();
  let inQuotes = false;
  for (const sign of record) {
    if (sign === '"') inQuotes = !inQuotes;
    const delimiter = inQuotes ? undefined : delimiters.find((candidate) => candidate === sign);
    if (delimiter !== undefined) counts.set(delimiter, (counts.get(delimiter) ?? 0) + 1);
  }
  return [...counts].sort(([, first], [, second]) => second - first).map(([delimiter]) => delimiter);
}
