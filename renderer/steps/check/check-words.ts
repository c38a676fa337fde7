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
