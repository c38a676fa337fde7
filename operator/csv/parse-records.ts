import Papa from 'papaparse';
import { FileRefusal } from './file-refusal.ts';
import type { RecordBlock } from './record-gate.ts';

/**
 * Splits a block that came through the gate into records of cells. The text goes in as one string:
 * papaparse's own streams cost three times as much.
 * @throws FileRefusal `text_after_quote` should the parser object to what the gate let through.
 */
export function parseRecords(block: RecordBlock, delimiter: string): string[][] {
  const text = block.text.slice(0, -1);
  if (text.length === 0) return [['']];
  const { data, errors } = Papa.parse<string[]>(text, {
    delimiter,
    newline: '\n',
    quoteChar: '"',
    escapeChar: '"',
    header: false,
    dynamicTyping: false,
    skipEmptyLines: false,
    comments: false,
    fastMode: !block.hasQuotes,
  });
  if (errors.length > 0) throw new FileRefusal('text_after_quote', block.line + (errors[0]?.row ?? 0));
  return data;
}

/** How many physical lines a record takes up beyond its first. */
export function lineBreaksInside(cells: readonly string[]): number {
  let count = 0;
  for (const cell of cells) {
    for (let index = cell.indexOf('\n'); index !== -1; index = cell.indexOf('\n', index + 1)) count += 1;
  }
  return count;
}
