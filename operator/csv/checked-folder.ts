import { createHash } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { checkSummarySchema, rejectedRowSchema, rowWarningSchema } from '../../shared/core/check-document.ts';
import type { RowSink, WithdrawnRow } from './check-rows.ts';
import { type LineList, eachLine, startLineSpool } from './line-spool.ts';

const lineListSchema = z.strictObject({ count: z.int(), pageOffsets: z.array(z.int()) });

/** What a check leaves behind in `check.json`; the rows themselves lie in NDJSON files beside it. */
export const checkedFolderSchema = z.strictObject({
  summary: checkSummarySchema,
  /** All headers in file order with the first values of each, cut short. */
  headers: z.array(z.strictObject({ header: z.string(), samples: z.array(z.string()) })),
  accepted: lineListSchema,
  rejected: lineListSchema,
  duplicates: lineListSchema,
  warnings: lineListSchema,
});
export type CheckedFolder = z.infer<typeof checkedFolderSchema>;

export type RowListName = 'accepted' | 'rejected' | 'duplicates' | 'warnings';
export type CheckedRows = Readonly<Record<RowListName, LineList>>;

const NO_LINES: LineList = { count: 0, pageOffsets: [0] };
export const noRows: CheckedRows = { accepted: NO_LINES, rejected: NO_LINES, duplicates: NO_LINES, warnings: NO_LINES };

/** Path of one of the lists. `accepted` is the canonical form of the cohort, byte by byte. */
export function rowListPath(folder: string, name: RowListName): string {
  return join(folder, `${name}.ndjson`);
}

/** Files the result; what a refused file had let through so far is removed. */
export function writeCheckedFolder(folder: string, summary: CheckedFolder['summary'], headers: CheckedFolder['headers'], rows: CheckedRows): CheckedFolder {
  const lists = { accepted: copyOf(rows.accepted), rejected: copyOf(rows.rejected), duplicates: copyOf(rows.duplicates), warnings: copyOf(rows.warnings) };
  const checked: CheckedFolder = { summary, headers, ...lists };
  if (summary.file_error !== null) for (const name of ['accepted', 'rejected', 'duplicates', 'warnings'] as const) rmSync(rowListPath(folder, name), { force: true });
  writeFileSync(join(folder, 'check.json'), JSON.stringify(checked), { mode: 0o600 });
  return checked;
}

/** Reads back what a check left in a folder. Throws when it is not there or not of its form. */
export function readCheckedFolder(folder: string): CheckedFolder {
  return checkedFolderSchema.parse(JSON.parse(readFileSync(join(folder, 'check.json'), 'utf8')));
}

export type RowSpools = RowSink & {
  /** Closes the lists and takes the withdrawn rows back; without the argument the lists are only closed. */
  readonly finish: (withdrawn: readonly WithdrawnRow[] | undefined) => CheckedRows & { readonly cohort: string | null };
};

/** Spools decided rows to the folder as they come, hashing the cohort on the way. */
export function startRowSpools(folder: string): RowSpools {
  const hash = createHash('sha256');
  const accepted = startLineSpool(rowListPath(folder, 'accepted'), (bytes) => hash.update(bytes));
  const rejected = startLineSpool(rowListPath(folder, 'rejected'));
  const duplicates = startLineSpool(rowListPath(folder, 'duplicates'));
  const warnings = startLineSpool(rowListPath(folder, 'warnings'));

  return {
    candidate: (line) => accepted.add(line),
    rejected: (row) => rejected.add(JSON.stringify(row)),
    duplicate: (row) => duplicates.add(JSON.stringify(row)),
    warning: (row) => warnings.add(JSON.stringify(row)),
    finish(withdrawn) {
      const lists = { accepted: accepted.finish(), rejected: rejected.finish(), duplicates: duplicates.finish(), warnings: warnings.finish() };
      if (withdrawn === undefined || withdrawn.length === 0) {
        return { ...lists, cohort: lists.accepted.count === 0 ? null : hash.digest('hex') };
      }
      return { ...lists, ...takeBack(folder, lists, withdrawn) };
    },
  };
}

/** The second pass: candidates without the withdrawn ones, their warnings gone, their rejections in file order. */
function takeBack(folder: string, lists: CheckedRows, withdrawn: readonly WithdrawnRow[]) {
  const candidates = new Set(withdrawn.map(({ candidate }) => candidate));
  const rowNumbers = new Set(withdrawn.map(({ rejected }) => rejected.row));
  const hash = createHash('sha256');
  let number = -1;
  const accepted = rewrite(folder, 'accepted', (lines) => lines.filter(() => !candidates.has((number += 1))), lists.accepted, (bytes) => hash.update(bytes));
  const warnings = rewrite(folder, 'warnings', (lines) => lines.filter((line) => !rowNumbers.has(rowWarningSchema.parse(JSON.parse(line)).row)), lists.warnings);
  const rejected = rewrite(folder, 'rejected', (lines) => mergeByRow(lines, withdrawn), lists.rejected);
  return { accepted, warnings, rejected, cohort: accepted.count === 0 ? null : hash.digest('hex') };
}

function* mergeByRow(lines: Iterator<string> & Iterable<string>, withdrawn: readonly WithdrawnRow[]): Generator<string> {
  let next = 0;
  for (const line of lines) {
    const { row } = rejectedRowSchema.parse(JSON.parse(line));
    for (let waiting = withdrawn[next]; waiting !== undefined && waiting.rejected.row < row; waiting = withdrawn[next]) {
      yield JSON.stringify(waiting.rejected);
      next += 1;
    }
    yield line;
  }
  for (const { rejected } of withdrawn.slice(next)) yield JSON.stringify(rejected);
}

function rewrite(folder: string, name: RowListName, change: (lines: Generator<string>) => Iterable<string>, list: LineList, onBytes?: (bytes: Uint8Array) => void): LineList {
  const path = rowListPath(folder, name);
  const fresh = `${path}.new`;
  const spool = startLineSpool(fresh, onBytes);
  for (const line of change(eachLine(path, list))) spool.add(line);
  const rewritten = spool.finish();
  renameSync(fresh, path);
  return rewritten;
}

function copyOf(list: LineList): { count: number; pageOffsets: number[] } {
  return { count: list.count, pageOffsets: [...list.pageOffsets] };
}
