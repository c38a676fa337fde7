import { rejectWordings } from '../../shared/core/check-codes.ts';
import { csvLine } from '../csv/csv-out.ts';
import type { KeptCheck } from '../runs/journal-records.ts';

/**
 * `rejects.csv`: the rows of the file that no plan ever saw, rejected and duplicate, by their line. Values are masked,
 * and left out of a redacted report.
 */
export function* rejectsText(check: KeptCheck | undefined, isRedacted: boolean): Generator<string> {
  yield csvLine(['line', 'row', 'status', 'field', 'code', 'value', 'reason']);
  for (const { line, row, field, code, masked } of check?.rejected ?? []) {
    yield csvLine([line, row, 'rejected', field, code, isRedacted ? '' : masked, reasonOf(code)]);
  }
  for (const { line, row, kept_line: keptLine, conflicting } of check?.duplicates ?? []) {
    yield csvLine([line, row, 'duplicate', 'email', conflicting ? 'duplicate_conflicting' : 'duplicate', '', `Line ${keptLine} has this address already${conflicting ? ', with other values' : ''}.`]);
  }
}

function reasonOf(code: string): string {
  const wordings: Readonly<Record<string, { readonly reason: string }>> = rejectWordings;
  return Object.hasOwn(wordings, code) ? (wordings[code]?.reason ?? '') : '';
}
