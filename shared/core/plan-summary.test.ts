import { expect, it } from 'vitest';
import { planSummarySchema, summarizePlan } from './plan-summary.ts';

it('a summary counts every match and action, zeros too, and each warning that occurs', () => {
  const summary = summarizePlan([
    { match: 'MATCH_EMAIL', action: 'UPDATE_EXISTING', warnings: ['name_differs', 'constructor'] },
    { match: 'MATCH_EMAIL', action: 'NO_CHANGE', warnings: ['name_differs'] },
  ]);
  expect(summary).toEqual({
    rows: 2,
    by_match: { MATCH_EMAIL: 2, MATCH_NAME_UNIQUE: 0, NAME_AMBIGUOUS: 0, NO_NAME_MATCH: 0 },
    by_action: { UPDATE_EXISTING: 1, CREATE_NEW: 0, NO_CHANGE: 1, COMPLETE: 0, SKIP: 0, BLOCKED: 0 },
    warnings: { constructor: 1, name_differs: 2 },
  });
  expect(planSummarySchema.parse(summary)).toEqual(summary);
});
