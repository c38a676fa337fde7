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

const LONG_BLANK_RUN = /\n{256,}/g;

/**
 * Cuts long runs of blank lines out of a block, each as the number of its lines: parsed one by one, a file of
 * nothing but line breaks would take longer than a full one.
 */
export function* withoutLongBlankRuns(block: RecordBlock): Generator<RecordBlock | number, void, void> {
  if (block.hasQuotes || !block.text.includes('\n\n\n\n')) {
    yield block;
    return;
  }
  let start = 0;
  let { line } = block;
  for (const run of block.text.matchAll(LONG_BLANK_RUN)) {
    // The first break of a run ends the record before it, unless the run begins the block.
    const end = run.index === 0 ? 0 : run.index + 1;
    if (end > start) {
      const text = block.text.slice(start, end);
      yield { text, line, hasQuotes: false };
      line += countLineFeeds(text);
    }
    const blankLines = run.index + run[0].length - end;
    yield blankLines;
    line += blankLines;
    start = end + blankLines;
  }
  if (start < block.text.length) yield { text: block.text.slice(start), line, hasQuotes: false };
}

function countLineFeeds(text: string): number {
  let count = 0;
  for (let index = text.indexOf('\n'); index !== -1; index = text.indexOf('\n', index + 1)) count += 1;
  return count;
}

/** How many physical lines a record takes up beyond its first. */
export function lineBreaksInside(cells: readonly string[]): number {
  let count = 0;
  for (const cell of cells) count += countLineFeeds(cell);
  return count;
}
