import { FileRefusal } from './file-refusal.ts';

/** Whole records of the file, as text that ends with LF and is known to be well-formed CSV (RFC 4180). */
export type RecordBlock = {
  readonly text: string;
  /** Physical line of its first character. */
  readonly line: number;
  /** Without quotes a line is a record, and splitting is all the parsing there is. */
  readonly hasQuotes: boolean;
};

/** What ends a line: LF and CR LF, or the lone CR of old Mac programs. Settled by the first line. */
export type LineBreak = 'lf' | 'cr';

export type RecordGate = {
  /** Takes the next piece of text; gives the records that are complete now, if any. @throws FileRefusal */
  readonly push: (text: string) => RecordBlock | undefined;
  /** The rest; the last line need not be ended. @throws FileRefusal */
  readonly end: () => RecordBlock | undefined;
};

/** A record longer than this is refused: it is an open quote, and holding it would cost the memory of the whole file. */
const RECORD_MAX_LENGTH = 16_000_000;
const QUOTE = '"';

/**
 * Lets through what RFC 4180 says and nothing else, for the parser behind it reads on through most
 * mistakes: quotes only around whole cells, doubled inside them, closed before the end; one kind of line
 * break. Every refusal names its physical line. Linear in the text, however it is cut into pieces.
 */
export function startRecordGate(delimiter: string, lineBreak: LineBreak, firstLine: number): RecordGate {
  let buffer = '';
  let scanned = 0;
  let inQuotes = false;
  let openedAt = 0;
  let sawQuote = false;
  let recordsEnd = 0;
  let heldReturn = '';
  let line = firstLine;

  function take(text: string, isLast: boolean): RecordBlock | undefined {
    buffer += withLineFeeds(text, isLast);
    scan(isLast);
    if (isLast && inQuotes) throw new FileRefusal('unclosed_quote', lineOf(openedAt));
    if (isLast && buffer.length > 0 && recordsEnd < buffer.length) {
      buffer += '\n';
      recordsEnd = buffer.length;
    }
    if (buffer.length - recordsEnd > RECORD_MAX_LENGTH) throw new FileRefusal('row_too_long', lineOf(recordsEnd));
    return cut();
  }

  /** Line breaks become LF. A CR at the end of a piece waits: its LF may follow in the next. */
  function withLineFeeds(text: string, isLast: boolean): string {
    let whole = heldReturn + text;
    heldReturn = '';
    if (!whole.includes('\r')) {
      if (lineBreak === 'cr' && whole.includes('\n')) throw new FileRefusal('stray_line_break', lineOf(buffer.length));
      return whole;
    }
    if (lineBreak === 'cr') {
      if (whole.includes('\n')) throw new FileRefusal('stray_line_break', lineOf(buffer.length));
      return whole.replaceAll('\r', '\n');
    }
    if (whole.endsWith('\r')) {
      whole = isLast ? `${whole.slice(0, -1)}\n` : whole.slice(0, -1);
      heldReturn = isLast ? '' : '\r';
    }
    return whole.replaceAll('\r\n', '\n');
  }

  /**
   * Walks from quote to quote. A CR alone outside of quotes is refused: one program would read two rows
   * there and another one. Leaves `recordsEnd` after the last line break that is outside of quotes.
   */
  function scan(isLast: boolean): void {
    let nextBreak = buffer.indexOf('\n', scanned);
    let nextReturn = lineBreak === 'cr' ? -1 : buffer.indexOf('\r', scanned);
    for (;;) {
      const quote = buffer.indexOf(QUOTE, scanned);
      if (!inQuotes) {
        const outsideEnd = quote === -1 ? buffer.length : quote;
        while (nextReturn !== -1 && nextReturn < scanned) nextReturn = buffer.indexOf('\r', scanned);
        if (nextReturn !== -1 && nextReturn < outsideEnd) throw new FileRefusal('stray_line_break', lineOf(nextReturn));
        if (quote === -1) {
          const lastBreak = buffer.lastIndexOf('\n');
          if (lastBreak >= scanned) recordsEnd = lastBreak + 1;
          scanned = buffer.length;
          return;
        }
        for (; nextBreak !== -1 && nextBreak < quote; nextBreak = buffer.indexOf('\n', nextBreak + 1)) {
          if (nextBreak >= scanned) recordsEnd = nextBreak + 1;
        }
        const before = quote === 0 ? '\n' : buffer[quote - 1];
        if (before !== delimiter && before !== '\n') throw new FileRefusal('bare_quote', lineOf(quote));
        inQuotes = true;
        sawQuote = true;
        openedAt = quote;
        scanned = quote + 1;
        continue;
      }
      if (quote === -1) {
        scanned = buffer.length;
        return;
      }
      const after = buffer[quote + 1];
      if (after === undefined && !isLast) {
        scanned = quote;
        return;
      }
      scanned = quote + 1;
      if (after === QUOTE) {
        scanned += 1;
        continue;
      }
      if (after !== undefined && after !== delimiter && after !== '\n') throw new FileRefusal('text_after_quote', lineOf(quote));
      inQuotes = false;
      if (nextBreak !== -1 && nextBreak < scanned) nextBreak = buffer.indexOf('\n', scanned);
    }
  }

  function cut(): RecordBlock | undefined {
    if (recordsEnd === 0) return undefined;
    const block: RecordBlock = { text: buffer.slice(0, recordsEnd), line, hasQuotes: sawQuote };
    line = lineOf(recordsEnd);
    buffer = buffer.slice(recordsEnd);
    scanned -= recordsEnd;
    openedAt -= recordsEnd;
    recordsEnd = 0;
    sawQuote = buffer.includes(QUOTE);
    return block;
  }

  /** Physical line of a place in the buffer. */
  function lineOf(offset: number): number {
    let at = line;
    for (let index = buffer.indexOf('\n'); index !== -1 && index < offset; index = buffer.indexOf('\n', index + 1)) at += 1;
    return at;
  }

  return { push: (text) => take(text, false), end: () => take('', true) };
}
