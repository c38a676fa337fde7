import { closeSync, openSync, readSync, writeSync } from 'node:fs';

/** A list of lines in a file: how many, and where each page of them begins, with the end of the file last. */
export type LineList = { readonly count: number; readonly pageOffsets: readonly number[] };

/** Lines are found again by pages of this many. */
export const PAGE_LINES = 256;
/** Pages are written together. */
const BUFFER_BYTES = 1 << 19;

export type LineSpool = {
  readonly add: (line: string) => void;
  /** Writes what is left and closes the file. */
  readonly finish: () => LineList;
};

/**
 * Writes lines to a new file that its owner alone may read, holding a few pages of them. `onBytes` gets
 * what is written, as it is written.
 */
export function startLineSpool(path: string, onBytes?: (bytes: Uint8Array) => void): LineSpool {
  const file = openSync(path, 'wx', 0o600);
  const pageOffsets: number[] = [0];
  let buffer = Buffer.allocUnsafe(0);
  let used = 0;
  let page = '';
  let count = 0;
  let size = 0;

  function endPage(): void {
    if (page === '') return;
    const length = Buffer.byteLength(page);
    if (used + length > buffer.length) flush();
    if (length > buffer.length) buffer = Buffer.allocUnsafe(Math.max(BUFFER_BYTES, length));
    used += buffer.write(page, used);
    size += length;
    pageOffsets.push(size);
    page = '';
  }

  function flush(): void {
    const bytes = buffer.subarray(0, used);
    for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
    onBytes?.(bytes);
    used = 0;
  }

  return {
    add(line) {
      page += `${line}\n`;
      count += 1;
      if (count % PAGE_LINES === 0) endPage();
    },
    finish() {
      endPage();
      flush();
      closeSync(file);
      return { count, pageOffsets };
    },
  };
}

/** Up to `limit` lines from number `offset` on, counted from 0. Reads the pages they lie in and no more. */
export function readLines(path: string, list: LineList, offset: number, limit: number): string[] {
  const end = Math.min(offset + limit, list.count);
  if (offset >= end) return [];
  const firstPage = Math.floor(offset / PAGE_LINES);
  const lastPage = Math.floor((end - 1) / PAGE_LINES);
  const from = list.pageOffsets[firstPage] ?? 0;
  const to = list.pageOffsets[lastPage + 1] ?? from;
  const bytes = Buffer.alloc(to - from);
  const file = openSync(path, 'r');
  try {
    for (let read = 0; read < bytes.length; ) {
      const got = readSync(file, bytes, read, bytes.length - read, from + read);
      if (got === 0) throw new Error('A spool file of a checked CSV is shorter than it was written.');
      read += got;
    }
  } finally {
    closeSync(file);
  }
  const skipped = offset - firstPage * PAGE_LINES;
  return bytes.toString('utf8').split('\n').slice(skipped, skipped + end - offset);
}

/** All lines, page by page. */
export function* eachLine(path: string, list: LineList): Generator<string> {
  for (let offset = 0; offset < list.count; offset += PAGE_LINES) yield* readLines(path, list, offset, PAGE_LINES);
}
