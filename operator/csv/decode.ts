import { isUtf8 } from 'node:buffer';
import { FileRefusal } from './file-refusal.ts';

/** The encodings a file may have. Windows-1252 is never guessed: it fits any bytes, so it must be asked for. */
export const encodings = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252'] as const;
export type Encoding = (typeof encodings)[number];

const OTHER_NAMES: ReadonlyMap<string, Encoding> = new Map([
  ['utf8', 'utf-8'],
  ['utf-16', 'utf-16le'],
  ['utf16le', 'utf-16le'],
  ['utf16be', 'utf-16be'],
  ['cp1252', 'windows-1252'],
  ['win-1252', 'windows-1252'],
  ['latin1', 'windows-1252'],
  ['iso-8859-1', 'windows-1252'],
]);

/** @throws FileRefusal `unknown_encoding` */
export function encodingNamed(name: string): Encoding {
  const lower = name.toLowerCase();
  const known = encodings.find((encoding) => encoding === lower) ?? OTHER_NAMES.get(lower);
  if (known === undefined) throw new FileRefusal('unknown_encoding', null);
  return known;
}

const SIGNATURES: readonly (readonly [readonly number[], 'workbook' | 'binary_file'])[] = [
  [[0x50, 0x4b, 0x03, 0x04], 'workbook'],
  [[0x50, 0x4b, 0x05, 0x06], 'workbook'],
  [[0xd0, 0xcf, 0x11, 0xe0], 'workbook'],
  [[0x25, 0x50, 0x44, 0x46], 'binary_file'],
  [[0x1f, 0x8b], 'binary_file'],
  [[0x89, 0x50, 0x4e, 0x47], 'binary_file'],
  [[0xff, 0xd8, 0xff], 'binary_file'],
];

/**
 * Settles the encoding from the first bytes and the encoding asked for, if any.
 * @throws FileRefusal `workbook`, `binary_file`, `encoding_mismatch`
 */
export function settleEncoding(head: Uint8Array, asked: Encoding | undefined): Encoding {
  for (const [bytes, code] of SIGNATURES) {
    if (bytes.every((byte, index) => head[index] === byte)) throw new FileRefusal(code, null);
  }
  const marked = markedEncoding(head);
  if (marked !== undefined && asked !== undefined && marked !== asked) {
    throw new FileRefusal('encoding_mismatch', 1, `The mark is that of ${marked}.`);
  }
  return marked ?? asked ?? 'utf-8';
}

function markedEncoding(head: Uint8Array): Encoding | undefined {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return 'utf-8';
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  return undefined;
}

/** Turns bytes into text piece by piece; never lets a replacement character stand in for what it cannot read. */
export type StrictDecoder = {
  /** @throws FileRefusal `not_utf8`, `not_utf16`, `nul_byte` */
  readonly push: (bytes: Uint8Array) => string;
  /** @throws FileRefusal `truncated_character` and those of `push` */
  readonly end: () => string;
};

/** A decoder that removes the byte order mark and refuses what is not validly encoded, with the line it is on. */
export function startDecoder(encoding: Encoding): StrictDecoder {
  const decoder = new TextDecoder(encoding, { fatal: true });
  let line = 1;

  function checked(text: string): string {
    const nul = text.indexOf('\u0000');
    if (nul !== -1) throw new FileRefusal('nul_byte', line + countLineFeeds(text.slice(0, nul)));
    line += countLineFeeds(text);
    return text;
  }

  return {
    push(bytes) {
      let text: string;
      try {
        text = decoder.decode(bytes, { stream: true });
      } catch {
        if (encoding !== 'utf-8') throw new FileRefusal('not_utf16', line);
        throw new FileRefusal(bytes.includes(0) ? 'nul_byte' : 'not_utf8', line + lineFeedsBeforeInvalid(bytes));
      }
      return checked(text);
    },
    end() {
      let text: string;
      try {
        text = decoder.decode();
      } catch {
        throw new FileRefusal('truncated_character', line);
      }
      return checked(text);
    },
  };
}

function countLineFeeds(text: string): number {
  let count = 0;
  for (let index = text.indexOf('\n'); index !== -1; index = text.indexOf('\n', index + 1)) count += 1;
  return count;
}

/** How many whole lines of a piece are valid UTF-8. A character cut by the start of the piece counts with its first line. */
function lineFeedsBeforeInvalid(bytes: Uint8Array): number {
  let count = 0;
  let start = 0;
  while (start < bytes.length && ((bytes[start] ?? 0) & 0xc0) === 0x80) start += 1;
  for (let end = bytes.indexOf(0x0a, start); end !== -1; end = bytes.indexOf(0x0a, start)) {
    if (!isUtf8(bytes.subarray(start, end))) return count;
    count += 1;
    start = end + 1;
  }
  return count;
}
