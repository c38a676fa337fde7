import { z } from 'zod';
import { planActionSchema, planMatchSchema, type PlanAction, type PlanMatch, type PlanRow } from './plan-row.ts';

const countSchema = z.int().min(0);

/** A plan in numbers. Every match and every action has its count, zeros too; warnings only those that occur. */
export const planSummarySchema = z.object({
  rows: countSchema,
  by_match: z.record(planMatchSchema, countSchema),
  by_action: z.record(planActionSchema, countSchema),
  warnings: z.record(z.string(), countSchema),
});
export type PlanSummary = z.infer<typeof planSummarySchema>;

/** Counts rows as they stream by, in any order. */
export function summarizePlan(rows: Iterable<Pick<PlanRow, 'match' | 'action' | 'warnings'>>): PlanSummary {
  const byMatch: Record<PlanMatch, number> = { MATCH_EMAIL: 0, MATCH_NAME_UNIQUE: 0, NAME_AMBIGUOUS: 0, NO_NAME_MATCH: 0 };
  const byAction: Record<PlanAction, number> = { UPDATE_EXISTING: 0, CREATE_NEW: 0, NO_CHANGE: 0, COMPLETE: 0, SKIP: 0, BLOCKED: 0 };
  const warnings = new Map<string, number>();
  let count = 0;
  for (const row of rows) {
    count += 1;
    byMatch[row.match] += 1;
    byAction[row.action] += 1;
    for (const code of row.warnings) warnings.set(code, (warnings.get(code) ?? 0) + 1);
  }
  const inOrder = [...warnings].sort(([one], [other]) => (one < other ? -1 : 1));
  return { rows: count, by_match: byMatch, by_action: byAction, warnings: Object.fromEntries(inOrder) };
}
