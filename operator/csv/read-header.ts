import type { CsvColumn } from '../../shared/core/csv-column.ts';
import { foldEmail } from '../../shared/core/email.ts';
import { type Delimiter, delimiterOfSepLine, delimiters, delimitersIn } from './delimiter.ts';
import { FileRefusal } from './file-refusal.ts';
import { type MappedColumns, countNamed, mapColumns, namesAllRequired, refuseOversizedHeader, refuseUnsafeHeader } from './map-columns.ts';
import { parseRecords } from './parse-records.ts';
import { type LineBreak, startRecordGate } from './record-gate.ts';

/** How the rest of the file is to be read. */
export type FileLayout = {
  readonly delimiter: Delimiter;
  readonly lineBreak: LineBreak;
  /** How many characters of the head stand before the header; and the physical line of the header. */
  readonly headerStart: number;
  readonly headerLine: number;
};

const HTML = /^\s*<(?:!doctype|html|head|body|\?xml|script|meta)/i;
/** How far down a header is looked for, so that a title above it can be named. */
const TITLE_MAX_LINES = 10;

/**
 * Finds out from the beginning of the text how the file is laid out. Blank lines and Excel's `sep=` line may
 * stand above the header, nothing else.
 * @throws FileRefusal `empty`, `html_page`, `unknown_delimiter`
 */
export function readLayout(head: string, columns: readonly CsvColumn[], asked: Delimiter | undefined): FileLayout {
  if (HTML.test(head)) throw new FileRefusal('html_page', 1);
  const lineBreak = lineBreakOf(head);
  let { start, line } = skipBlankLines(head, 0, 1);
  if (start >= head.length) throw new FileRefusal('empty', null);
  const first = lineAt(head, start);
  const declared = delimiterOfSepLine(first.text.trim());
  if (declared !== undefined) {
    ({ start, line } = skipBlankLines(head, first.next, line + 1));
    if (start >= head.length) throw new FileRefusal('no_header', line);
  }
  const delimiter = asked ?? declared ?? detectDelimiter(head.slice(start), columns, lineBreak);
  return { delimiter, lineBreak, headerStart: start, headerLine: line };
}

/** Maps the header record; a header that lies lower down, or none at all, is said so. @throws FileRefusal */
export function readHeader(
  records: readonly (readonly string[])[],
  columns: readonly CsvColumn[],
  mapping: ReadonlyMap<string, string>,
  line: number,
): MappedColumns {
  const header = records[0] ?? [];
  refuseOversizedHeader(header, line);
  if (namesAllRequired(header, columns) || mapping.size > 0) {
    refuseUnsafeHeader(header, line);
    return mapColumns(header, columns, mapping, line);
  }
  const below = records.slice(1, TITLE_MAX_LINES).findIndex((record) => namesAllRequired(record, columns));
  if (below !== -1) throw new FileRefusal('title_row', line, `The header is ${below + 1} row${below === 0 ? '' : 's'} below.`);
  if (header.some((cell) => foldEmail(cell).ok || cell.trim().startsWith('cus_'))) throw new FileRefusal('no_header', line);
  refuseUnsafeHeader(header, line);
  return mapColumns(header, columns, mapping, line);
}

/** The delimiter under which a line near the top names the most fields; else the one that stands there most often; else a comma. */
function detectDelimiter(text: string, columns: readonly CsvColumn[], lineBreak: LineBreak): Delimiter {
  const records = firstLines(text);
  let best: { delimiter: Delimiter; named: number } | undefined;
  for (const record of records) {
    for (const delimiter of delimitersIn(record)) {
      const named = countNamed(cellsOf(record, delimiter, lineBreak), columns);
      if (best === undefined || named > best.named) best = { delimiter, named };
    }
  }
  if (best !== undefined && best.named > 0) return best.delimiter;
  return delimitersIn(records[0] ?? '')[0] ?? delimiters[0];
}

function firstLines(text: string): string[] {
  const lines: string[] = [];
  for (let at = 0; at < text.length && lines.length < TITLE_MAX_LINES; ) {
    const { text: line, next } = lineAt(text, at);
    lines.push(line.slice(0, 65_536));
    at = next;
  }
  return lines;
}

/** The cells of one line, or none where it is not well-formed under this delimiter. */
function cellsOf(line: string, delimiter: Delimiter, lineBreak: LineBreak): readonly string[] {
  try {
    const gate = startRecordGate(delimiter, lineBreak, 1);
    const blocks = [gate.push(line), gate.end()];
    return blocks.flatMap((block) => (block === undefined ? [] : (parseRecords(block, delimiter)[0] ?? [])));
  } catch (thrown) {
    if (thrown instanceof FileRefusal) return [];
    throw thrown;
  }
}

function lineBreakOf(head: string): LineBreak {
  const carriageReturn = head.indexOf('\r');
  const lineFeed = head.indexOf('\n');
  if (carriageReturn === -1 || (lineFeed !== -1 && lineFeed <= carriageReturn + 1)) return 'lf';
  return lineFeed === -1 && carriageReturn === head.length - 1 ? 'lf' : 'cr';
}

function skipBlankLines(text: string, from: number, fromLine: number): { start: number; line: number } {
  let start = from;
  let line = fromLine;
  while (start < text.length) {
    const { text: content, next } = lineAt(text, start);
    if (content.trim() !== '') break;
    start = next;
    line += 1;
  }
  return { start, line };
}

/** One physical line from `start`, and where the next one begins. */
function lineAt(text: string, start: number): { text: string; next: number } {
  const found = text.slice(start).search(/[\r\n]/);
  const end = found === -1 ? text.length : start + found;
  const next = text[end] === '\r' && text[end + 1] === '\n' ? end + 2 : end + 1;
  return { text: text.slice(start, end), next };
}
