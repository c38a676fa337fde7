import { closeSync, openSync, readSync, writeSync } from 'node:fs';

/** A list of lines in a file: how many, and where each page of them begins, with the end of the file last. */
export type LineList = { readonly count: number; readonly pageOffsets: readonly number[] };

/** Lines are written and found again by pages of this many. */
export const PAGE_LINES = 256;

export type LineSpool = {
  readonly add: (line: string) => void;
  /** Writes what is left and closes the file. */
  readonly finish: () => LineList;
};

/**
 * Writes lines to a new file that its owner alone may read, holding one page of them. `onPage` gets the
 * bytes of each page as they are written.
 */
export function startLineSpool(path: string, onPage?: (bytes: Uint8Array) => void): LineSpool {
  const file = openSync(path, 'wx', 0o600);
  const pageOffsets: number[] = [0];
  let lines: string[] = [];
  let count = 0;
  let size = 0;

  function flush(): void {
    if (lines.length === 0) return;
    const bytes = Buffer.from(`${lines.join('\n')}\n`, 'utf8');
    for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
    onPage?.(bytes);
    size += bytes.length;
    pageOffsets.push(size);
    lines = [];
  }

  return {
    add(line) {
      lines.push(line);
      count += 1;
      if (lines.length === PAGE_LINES) flush();
    },
    finish() {
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
