import { rejectWordings } from '../../shared/core/check-codes.ts';
import type { CheckedCsv } from './check-csv.ts';
import { csvLine } from './csv-out.ts';

/**
 * Everything of a file that does not go on, as CSV, piece by piece: the rejected rows, then the
 * duplicates. Values are masked; line numbers are those of the file.
 */
export function* rejectsCsv(checked: Pick<CheckedCsv, 'rejected' | 'duplicates'>): Generator<string> {
  yield csvLine(['line', 'row', 'status', 'field', 'code', 'value', 'reason', 'remedy']);
  for (const { line, row, field, code, masked } of checked.rejected.all()) {
    const { reason, remedy } = rejectWordings[code];
    yield csvLine([line, row, 'rejected', field, code, masked, reason, remedy]);
  }
  for (const { line, row, kept_line: keptLine, conflicting } of checked.duplicates.all()) {
    const reason = `Line ${keptLine} has this address already${conflicting ? ', with other values' : ''}.`;
    const remedy = conflicting ? 'Find out which row is right and remove the other.' : 'Nothing needs to be done: the first row is kept.';
    yield csvLine([line, row, 'duplicate', 'email', conflicting ? 'duplicate_conflicting' : 'duplicate', null, reason, remedy]);
  }
}
