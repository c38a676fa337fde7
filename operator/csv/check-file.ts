import { type Hash, createHash, randomInt } from 'node:crypto';
import { type BigIntStats, closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { z } from 'zod';
import type { FileErrorCode } from '../../shared/core/check-codes.ts';
import { type CheckSummary, cohortFieldSchema } from '../../shared/core/check-document.ts';
import { type Encoding, encodingNamed, settleEncoding, startDecoder } from './decode.ts';
import { type CheckedFolder, type CheckedRows, type RowSpools, noRows, startRowSpools, writeCheckedFolder } from './checked-folder.ts';
import { type RowCheck, startRowCheck } from './check-rows.ts';
import { delimiterNamed } from './delimiter.ts';
import { FileRefusal } from './file-refusal.ts';
import { type MappedColumns, shownHeader } from './map-columns.ts';
import { lineBreaksInside, parseRecords, withoutLongBlankRuns } from './parse-records.ts';
import { type FileLayout, readHeader, readLayout } from './read-header.ts';
import { type RecordBlock, startRecordGate } from './record-gate.ts';
import { systemCode } from '../system-code.ts';

/** What to check and how. Plain values: it crosses to the worker thread. */
export const checkRequestSchema = z.strictObject({
  path: z.string(),
  /** The name that the document and the report give the file. */
  fileName: z.string(),
  /** An existing, empty folder for what the check finds. */
  folder: z.string(),
  columns: z
    .array(z.strictObject({ field: cohortFieldSchema, title: z.string(), required: z.boolean(), aliases: z.array(z.string()).readonly() }))
    .readonly(),
  encoding: z.string().optional(),
  delimiter: z.string().optional(),
  /** Field to header, where names do not tell. */
  mapping: z.record(z.string(), z.string()).readonly().optional(),
});
export type CheckRequest = z.infer<typeof checkRequestSchema>;

const CHUNK_BYTES = 1 << 18;
const USUAL_ROW_BYTES = 64;
/** Without the header by then, what is read is no table. */
const HEADER_MAX_LENGTH = 1_000_000;
const MAX_BYTES = 2_000_000_000n;
const SAMPLES = 3;
const SAMPLE_MAX_LENGTH = 80;

/**
 * Reads a CSV file once, from the first byte to the last, decides every row and leaves the result in the
 * folder: always a result, with a file error where the file is refused. Memory does not grow with the
 * file but for an index of its addresses and Stripe ids. Blocks its thread: run it in a worker.
 * Throws only for faults of the machine while writing to the folder.
 */
export function checkFile(request: CheckRequest, onProgress: (bytesRead: number, bytesTotal: number) => void): CheckedFolder {
  let file: number | undefined;
  try {
    const opened = openCsv(request.path);
    file = opened.file;
    return checkOpenFile(request, file, opened.stat, onProgress);
  } catch (thrown) {
    if (!(thrown instanceof FileRefusal)) throw thrown;
    return writeCheckedFolder(request.folder, { ...emptySummary(request.fileName), file_error: thrown.fileError }, [], noRows);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function checkOpenFile(request: CheckRequest, file: number, before: BigIntStats, onProgress: (bytesRead: number, bytesTotal: number) => void): CheckedFolder {
  const total = Number(before.size);
  const hash = createHash('sha256');
  const spools = startRowSpools(request.folder);
  const reading = startReading(request, spools, total);
  let refusal: FileRefusal | undefined;
  let bytes = 0;

  function attempt(step: () => void): void {
    if (refusal !== undefined) return;
    try {
      step();
    } catch (thrown) {
      if (!(thrown instanceof FileRefusal)) throw thrown;
      refusal = thrown;
    }
  }

  attempt(() => reading.begin());
  const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, Math.max(total, 1)));
  for (let got = readChunk(file, buffer); got > 0; got = readChunk(file, buffer)) {
    const chunk = buffer.subarray(0, got);
    bytes += got;
    hash.update(chunk);
    attempt(() => reading.push(chunk));
    onProgress(bytes, total);
    if (bytes > Number(MAX_BYTES)) break;
  }
  attempt(() => refuseChanged(request.path, file, before, bytes));
  attempt(() => reading.end());

  const summary = { ...emptySummary(request.fileName), ...reading.found(), sha256: digestOf(hash), bytes };
  const rows = spools.finish(refusal === undefined ? reading.withdrawn() : undefined);
  if (refusal !== undefined) {
    return writeCheckedFolder(request.folder, { ...summary, file_error: refusal.fileError }, reading.samples(refusal.fileError.code), noRows);
  }
  const { cohort, ...lists } = rows;
  const counts = { ...reading.counts(), accepted: lists.accepted.count, cohort };
  return writeCheckedFolder(request.folder, { ...summary, ...counts }, reading.samples(), lists satisfies CheckedRows);
}

/** What another mapping mends. Such a header has been found harmless: no column of it looks like a secret. */
const MENDED_BY_MAPPING: ReadonlySet<FileErrorCode> = new Set(['missing_column', 'ambiguous_column', 'unknown_mapping']);

/** The steps between bytes and decided rows, fed chunk by chunk. */
function startReading(request: CheckRequest, spools: RowSpools, total: number) {
  let asked: Encoding | undefined;
  let encoding: Encoding | undefined;
  let decoder: ReturnType<typeof startDecoder> | undefined;
  let gate: ReturnType<typeof startRecordGate> | undefined;
  let layout: FileLayout | undefined;
  let columns: MappedColumns | undefined;
  let check: RowCheck | undefined;
  let fed = 0;
  const samples: string[][] = [];
  let headers: readonly string[] = [];

  function takeText(text: string, isLast: boolean): void {
    if (layout === undefined && text.length === 0 && !isLast) return;
    if (layout === undefined || gate === undefined) {
      const delimiter = request.delimiter === undefined ? undefined : delimiterNamed(request.delimiter);
      layout = readLayout(text, request.columns, delimiter);
      gate = startRecordGate(layout.delimiter, layout.lineBreak, layout.headerLine);
      takeBlock(gate.push(text.slice(layout.headerStart)), layout);
    } else {
      takeBlock(gate.push(text), layout);
    }
    fed += text.length;
    if (columns === undefined && fed > HEADER_MAX_LENGTH) throw new FileRefusal('header_too_long', layout.headerLine);
    if (isLast) takeBlock(gate.end(), layout);
  }

  function takeBlock(block: RecordBlock | undefined, { delimiter }: FileLayout): void {
    if (block === undefined) return;
    for (const part of withoutLongBlankRuns(block)) {
      if (typeof part === 'number') check?.skipBlank(part);
      else takeRecords(part, delimiter);
    }
  }

  function takeRecords(block: RecordBlock, delimiter: string): void {
    const records = parseRecords(block, delimiter);
    let line = block.line;
    for (const cells of records) {
      if (check === undefined) {
        sampleColumns(records);
        columns = readHeader(records, request.columns, new Map(Object.entries(request.mapping ?? {})), line);
        check = startRowCheck(columns, spools, randomInt(2 ** 32), Math.ceil(total / USUAL_ROW_BYTES));
      } else {
        check.take(cells, line);
      }
      line += 1 + (block.hasQuotes ? lineBreaksInside(cells) : 0);
    }
  }

  function sampleColumns([header, ...records]: readonly (readonly string[])[]): void {
    headers = header ?? [];
    for (const record of records.slice(0, SAMPLES)) samples.push(record.map((cell) => cell.slice(0, SAMPLE_MAX_LENGTH)));
  }

  return {
    begin(): void {
      asked = request.encoding === undefined ? undefined : encodingNamed(request.encoding);
    },
    push(chunk: Uint8Array): void {
      if (decoder === undefined) {
        encoding = settleEncoding(chunk, asked);
        decoder = startDecoder(encoding);
      }
      takeText(decoder.push(chunk), false);
    },
    end(): void {
      if (decoder === undefined) throw new FileRefusal('empty', null);
      takeText(decoder.end(), true);
      if (check?.rows() === 0) throw new FileRefusal('no_rows', null);
    },
    found(): Pick<CheckSummary, 'encoding' | 'delimiter' | 'columns' | 'ignored_columns'> {
      const names = request.columns.flatMap(({ field }) => {
        const header = columns?.headers[columns.indexOf[field]];
        return header === undefined ? [] : [[field, header] as const];
      });
      return { encoding: encoding ?? null, delimiter: layout?.delimiter ?? null, columns: Object.fromEntries(names), ignored_columns: [...(columns?.ignored ?? [])] };
    },
    counts: () => ({ rows: check?.rows() ?? 0, blank: check?.blank() ?? 0 }),
    withdrawn: () => check?.withdrawn() ?? [],
    /** The columns of the file, also of one whose columns were not understood, so that they can be mapped. */
    samples: (refused?: FileErrorCode) => {
      const shown = columns?.headers ?? (refused !== undefined && MENDED_BY_MAPPING.has(refused) ? headers.map(shownHeader) : []);
      return shown.map((header, index) => ({ header, samples: samples.map((cells) => cells[index] ?? '') }));
    },
  };
}

/** @throws FileRefusal `not_found`, `not_a_file`, `unreadable`, `file_too_large` */
function openCsv(path: string): { file: number; stat: BigIntStats } {
  let file: number | undefined;
  try {
    const kind = statSync(path);
    if (!kind.isFile()) throw new FileRefusal('not_a_file', null);
    file = openSync(path, 'r');
    const stat = fstatSync(file, { bigint: true });
    if (stat.size > MAX_BYTES) throw new FileRefusal('file_too_large', null);
    return { file, stat };
  } catch (thrown) {
    if (file !== undefined) closeSync(file);
    if (thrown instanceof FileRefusal) throw thrown;
    throw new FileRefusal(isMissing(thrown) ? 'not_found' : 'unreadable', null);
  }
}

function isMissing(thrown: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(systemCode(thrown) ?? '');
}

function readChunk(file: number, buffer: Uint8Array): number {
  try {
    return readSync(file, buffer, 0, buffer.length, null);
  } catch {
    throw new FileRefusal('unreadable', null);
  }
}

/** What was read must be what lies there, whole. @throws FileRefusal `file_changed` */
function refuseChanged(path: string, file: number, before: BigIntStats, bytes: number): void {
  const after = fstatSync(file, { bigint: true });
  const there = statSync(path, { bigint: true, throwIfNoEntry: false });
  const isSame =
    BigInt(bytes) === before.size && after.size === before.size && after.mtimeNs === before.mtimeNs && there?.ino === before.ino && there.dev === before.dev;
  if (!isSame) throw new FileRefusal('file_changed', null);
}

function digestOf(hash: Hash): string {
  return hash.digest('hex');
}

function emptySummary(fileName: string): CheckSummary {
  return { file: fileName, sha256: null, bytes: 0, encoding: null, delimiter: null, columns: {}, ignored_columns: [], rows: 0, accepted: 0, blank: 0, cohort: null, file_error: null };
}
