import { mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { z } from 'zod';
import { type CheckDocument, type DuplicateRow, type RejectedRow, type RowWarning, duplicateRowSchema, rejectedRowSchema, rowWarningSchema } from '../../shared/core/check-document.ts';
import type { CheckRequest } from './check-file.ts';
import type { CheckMessage } from './check-worker.ts';
import { type CheckedFolder, type RowListName, readCheckedFolder, rowListPath } from './checked-folder.ts';
import { type LineList, eachLine, readLines } from './line-spool.ts';
import { problem } from '../problems.ts';
import { systemCode } from '../system-code.ts';

/** A list of rows that lies on disk: a page of it, or all one after the other. */
export type RowList<Row> = {
  readonly count: number;
  readonly page: (offset: number, limit: number) => Row[];
  readonly all: () => Generator<Row>;
};

/** A checked file: what it is, and its rows by page. A refused file has a `file_error` and no rows. */
export type CheckedCsv = {
  readonly summary: CheckedFolder['summary'];
  readonly headers: CheckedFolder['headers'];
  /** The cohort's canonical form as a file: one record a line, as the server takes it. Absent for a refused file. */
  readonly acceptedPath: string;
  /** Canonical lines, not yet records: most callers pass them on as they are. */
  readonly accepted: RowList<string>;
  readonly rejected: RowList<RejectedRow>;
  readonly duplicates: RowList<DuplicateRow>;
  readonly warnings: RowList<RowWarning>;
  /** Removes the folder with everything in it. */
  readonly dispose: () => void;
};

export type CheckOptions = CheckRequest & {
  readonly onProgress?: (bytesRead: number, bytesTotal: number) => void;
  /** Ends the check; the promise rejects with the signal's reason and the folder is removed. */
  readonly signal?: AbortSignal;
};

/** Codes of the system for a disk that is full, gone or closed to us. */
const NO_ROOM: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM', 'ENOENT', 'ENOTDIR', 'EIO']);

/** The worker's heap. A small space for young objects keeps a million rows within 350 MB, for a little more collecting. */
const HEAP_LIMITS = { maxOldGenerationSizeMb: 2048, maxYoungGenerationSizeMb: 16 };

/**
 * Checks a CSV file (A1, A21) in a thread of its own, so that the caller's is never held up. Resolves for
 * refused files too. The folder is made if need be and must be empty; it stays until `dispose`, and a
 * later process can open it again with `openCheckedCsv`. Rejects only for faults of the machine.
 * @throws OperatorError `check_no_room` when the folder cannot be made or written
 */
export async function checkCsv({ onProgress, signal, ...request }: CheckOptions): Promise<CheckedCsv> {
  signal?.throwIfAborted();
  try {
    mkdirSync(request.folder, { recursive: true, mode: 0o700 });
    await runWorker(request, onProgress, signal);
    return openCheckedCsv(request.folder);
  } catch (thrown) {
    rmSync(request.folder, { recursive: true, force: true });
    throw noRoom(thrown, request.folder) ?? thrown;
  }
}

/** Opens what an earlier check left in a folder. Throws when it is not there. */
export function openCheckedCsv(folder: string): CheckedCsv {
  const checked = readCheckedFolder(folder);
  return {
    summary: checked.summary,
    headers: checked.headers,
    acceptedPath: rowListPath(folder, 'accepted'),
    accepted: rowList(folder, 'accepted', checked.accepted, (line) => line),
    rejected: rowList(folder, 'rejected', checked.rejected, parserOf(rejectedRowSchema)),
    duplicates: rowList(folder, 'duplicates', checked.duplicates, parserOf(duplicateRowSchema)),
    warnings: rowList(folder, 'warnings', checked.warnings, parserOf(rowWarningSchema)),
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The whole document of `check --json`. Holds every list: for files whose rejects fit in memory. */
export function checkDocument(checked: CheckedCsv): CheckDocument {
  return { ...checked.summary, rejected: [...checked.rejected.all()], duplicates: [...checked.duplicates.all()], warnings: [...checked.warnings.all()] };
}

function rowList<Row>(folder: string, name: RowListName, list: LineList, parse: (line: string) => Row): RowList<Row> {
  const path = rowListPath(folder, name);
  return {
    count: list.count,
    page: (offset, limit) => readLines(path, list, offset, limit).map(parse),
    *all() {
      for (const line of eachLine(path, list)) yield parse(line);
    },
  };
}

/** The problem `check_no_room` for what the machine says of a disk that takes no more; undefined for any other fault. */
export function noRoom(thrown: unknown, folder: string): Error | undefined {
  const code = systemCode(thrown);
  if (code === undefined || !NO_ROOM.has(code)) return undefined;
  return problem('check_no_room', 'There is no room to check the file', `What a check finds is kept in ${dirname(folder)} meanwhile, which cannot be written (${code}). Make room there, or mend its rights. Nothing was sent.`);
}

function parserOf<Row>(schema: z.ZodType<Row>): (line: string) => Row {
  return (line) => schema.parse(JSON.parse(line));
}

function runWorker(request: CheckRequest, onProgress: CheckOptions['onProgress'], signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./check-worker.ts', import.meta.url), { workerData: request, resourceLimits: HEAP_LIMITS });
    let isDone = false;
    const abort = (): void => {
      void worker.terminate();
      reject(signal?.reason instanceof Error ? signal.reason : new Error('The check was ended.'));
    };
    signal?.addEventListener('abort', abort, { once: true });
    worker.on('message', (message: CheckMessage) => {
      if (message.kind === 'done') isDone = true;
      else onProgress?.(message.bytesRead, message.bytesTotal);
    });
    worker.once('error', reject);
    worker.once('exit', () => {
      signal?.removeEventListener('abort', abort);
      if (isDone) resolve();
      else reject(new Error('The thread that checks the file ended before it was done.'));
    });
  });
}
