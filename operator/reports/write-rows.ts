import { createHash } from 'node:crypto';
import type { Receipt } from '../../shared/contract/admin/runs.ts';
import { canonicalJson } from '../../shared/core/canonical-json.ts';
import type { KeyedHash } from '../../shared/core/keyed-hash.ts';
import type { PlanRow } from '../../shared/core/plan-row.ts';
import type { RunItem } from '../../shared/core/run-item.ts';
import { problem } from '../problems.ts';
import { itemText } from './item-text.ts';
import { reportClosing, type ReportHeader, reportOpening, reportPlanRowsOpening } from './report-document.ts';
import type { ReportFolder } from './report-folder.ts';
import { joinRows, plannedText, redactRow, type ReportRow, resultsHead, resultsLine } from './report-rows.ts';
import { startRowSample } from './row-sample.ts';
import type { ShownRows } from './rows-table.ts';

interface RowsToWrite {
  readonly header: ReportHeader;
  readonly receipt: Receipt;
  readonly planRows: AsyncIterable<readonly PlanRow[]>;
  readonly items: AsyncIterable<readonly RunItem[]>;
  /** Replaces personal data; undefined in a report that has it. */
  readonly redact: KeyedHash | undefined;
}

/** A whole page of text is so long that each one is memory asked of the system anew, which took longer than filling it. */
const ROWS_AT_ONCE = 128;

const NOTHING = { before: undefined, after: undefined };

/**
 * `report.json` and `results.csv` in one pass over the pages of items, each item brought into its canonical form once; the
 * readable form's rows are chosen on the way. A page is held, never the run.
 * @throws OperatorError `run_moved_on` when the items are no longer those of the receipt
 */
export async function writeRows(folder: ReportFolder, { header, receipt, planRows, items, redact }: RowsToWrite): Promise<ShownRows> {
  const isDryRun = header.run.kind === 'dry_run';
  const document = await folder.create('report.json');
  const results = await folder.create('results.csv');
  const sample = startRowSample();
  const hash = createHash('sha256');
  let count = 0;
  let plannedCount = 0;
  await document.write(reportOpening(header));
  await results.write(resultsHead);
  async function put(rows: readonly ReportRow[]): Promise<void> {
    const itemTexts: string[] = [];
    const plannedTexts: string[] = [];
    const csvLines: string[] = [];
    for (const joined of rows) {
      const row = redact === undefined ? joined : redactRow(joined, redact);
      const text = row.item === undefined ? undefined : itemText(row.item);
      csvLines.push(resultsLine(row, text ?? plannedOf(row, isDryRun)));
      sample.add(row);
      if (text !== undefined) itemTexts.push(text.item);
      else if (isDryRun && row.planned !== undefined) plannedTexts.push(canonicalJson(row.planned));
    }
    if (itemTexts.length > 0) {
      // Put together once, since that is most of the work: no item has a line break in it.
      const lines = itemTexts.join('\n');
      hash.update(lines).update('\n');
      await document.write(`${count === 0 ? '' : ','}\n`);
      await document.write(lines.replaceAll('\n', ',\n'));
      count += itemTexts.length;
    }
    if (plannedTexts.length > 0) {
      await document.write(`${plannedCount === 0 ? reportPlanRowsOpening : ','}\n`);
      await document.write(plannedTexts.join(',\n'));
      plannedCount += plannedTexts.length;
    }
    await results.write(csvLines.join(''));
  }

  for await (const page of joinRows(planRows, items)) {
    for (let from = 0; from < page.length; from += ROWS_AT_ONCE) await put(page.slice(from, from + ROWS_AT_ONCE));
  }
  await document.write(reportClosing);
  await document.end();
  await results.end();
  if (count !== receipt.items || hash.digest('hex') !== (redact === undefined ? receipt.items_sha256 : receipt.redacted_items_sha256)) {
    throw problem('run_moved_on', 'The run went on while it was reported', 'No report was written. Export it again once the run has ended or is paused.');
  }
  return sample.shown();
}

function plannedOf({ planned }: ReportRow, isDryRun: boolean): ReturnType<typeof plannedText> {
  return isDryRun && planned !== undefined ? plannedText(planned) : NOTHING;
}
