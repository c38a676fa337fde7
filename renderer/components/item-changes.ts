import type { FieldChange } from '../../shared/core/plan-row.ts';
import type { RunItem } from '../../shared/core/run-item.ts';

/** What a settled row was and became, field by field. */
export function changesOf({ before, after }: Pick<RunItem, 'before' | 'after'>): readonly FieldChange[] {
  return after === null ? [] : Object.keys(after).map((field) => ({ field, before: copyOf(before?.[field]), after: copyOf(after[field]) }));
}

function copyOf(value: string | number | boolean | null | readonly string[] | undefined): string | number | boolean | null | string[] {
  if (value === undefined) return null;
  return typeof value === 'object' && value !== null ? [...value] : value;
}
