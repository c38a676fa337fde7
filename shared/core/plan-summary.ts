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
  return summarizeKinds(oneByOne(rows));
}

/** The same of rows that were counted by what they have in common. */
export function summarizeKinds(kinds: Iterable<CountedKind>): PlanSummary {
  const byMatch: Record<PlanMatch, number> = { MATCH_EMAIL: 0, MATCH_NAME_UNIQUE: 0, NAME_AMBIGUOUS: 0, NO_NAME_MATCH: 0 };
  const byAction: Record<PlanAction, number> = { UPDATE_EXISTING: 0, CREATE_NEW: 0, NO_CHANGE: 0, COMPLETE: 0, SKIP: 0, BLOCKED: 0 };
  const warnings = new Map<string, number>();
  let count = 0;
  for (const kind of kinds) {
    count += kind.rowCount;
    byMatch[kind.match] += kind.rowCount;
    byAction[kind.action] += kind.rowCount;
    for (const code of kind.warnings) warnings.set(code, (warnings.get(code) ?? 0) + kind.rowCount);
  }
  const inOrder = [...warnings].sort(([one], [other]) => (one < other ? -1 : 1));
  return { rows: count, by_match: byMatch, by_action: byAction, warnings: Object.fromEntries(inOrder) };
}

type CountedKind = { readonly match: PlanMatch; readonly action: PlanAction; readonly warnings: readonly string[]; readonly rowCount: number };

function* oneByOne(rows: Iterable<Pick<PlanRow, 'match' | 'action' | 'warnings'>>): Generator<CountedKind> {
  for (const { match, action, warnings } of rows) yield { match, action, warnings, rowCount: 1 };
}
