import { counted, formatCount } from '../../components/format.ts';
import type { CheckSummary } from '../../../shared/contract/operator/sources.ts';

/** `57 of 60 rows can go on: 1 duplicate, 2 rejected`. */
export function checkSentence(source: Pick<CheckSummary, 'rows' | 'accepted' | 'duplicate_count' | 'rejected_count'>): string {
  if (source.accepted === source.rows) return source.rows === 1 ? 'The 1 row can go on' : `All ${formatCount(source.rows)} rows can go on`;
  const reasons = [
    ...(source.duplicate_count === 0 ? [] : [counted(source.duplicate_count, 'duplicate')]),
    ...(source.rejected_count === 0 ? [] : [`${formatCount(source.rejected_count)} rejected`]),
  ];
  return `${formatCount(source.accepted)} of ${formatCount(source.rows)} rows can go on: ${reasons.join(', ')}`;
}

const delimiters: ReadonlyMap<string, string> = new Map([[',', 'comma'], [';', 'semicolon'], ['\t', 'tab'], ['|', 'pipe']]);

export function delimiterName(delimiter: string | null): string {
  if (delimiter === null) return 'not found';
  return delimiters.get(delimiter) ?? delimiter;
}

const windowRemedies: ReadonlyMap<string, string> = new Map([
  ['not_utf8', 'If it comes from an older Windows program, read it as Windows-1252; otherwise export it again as "CSV UTF-8".'],
  ['ambiguous_column', 'Choose the columns below, or remove one from the file.'],
  ['missing_column', 'Choose the column below, or name it as in the sample file.'],
  ['unknown_mapping', 'Choose the columns below.'],
]);

/** What to do about a refused file with what the window offers; undefined where the usual remedy says it. */
export function windowRemedy(code: string): string | undefined {
  return windowRemedies.get(code);
}
