import { z } from 'zod';
import { decisionSchema } from '../../core/decisions.ts';
import { planActionSchema, planMatchSchema, planRowSchema } from '../../core/plan-row.ts';
import { planSummarySchema } from '../../core/plan-summary.ts';
import { command, query } from './procedure.ts';

/** A plan as the operator knows it. */
export const planSchema = z.strictObject({
  environment: z.string(),
  migration: z.string(),
  run_id: z.string(),
  plan_hash: z.string(),
  cohort: z.string(),
  source_file: z.string(),
  source_sha256: z.string(),
  source_id: z.string().nullable(),
  only: z.array(z.string()).nullable(),
  decisions: z.array(decisionSchema),
  summary: planSummarySchema,
  planned_at: z.string(),
});
export type Plan = z.infer<typeof planSchema>;

/** A plan row beside the name in the file, which the window shows. */
export const shownPlanRowSchema = planRowSchema.extend({ full_name: z.string().nullable() });
export type ShownPlanRow = z.infer<typeof shownPlanRowSchema>;

const ofPlan = z.strictObject({ migration: z.string(), plan_hash: z.string() });

export const planProcedures = {
  'plans.dryRun': command(
    z.strictObject({
      migration: z.string(),
      source_id: z.string(),
      only: z.array(z.string()).optional(),
      decisions: z.array(decisionSchema).optional(),
    }),
    planSchema,
  ),
  'plans.get': query(ofPlan, planSchema),
  /** A window of the filtered rows; sorting and search happen in the operator's store. */
  'plans.listRows': query(
    ofPlan.extend({
      offset: z.int().min(0),
      limit: z.int().min(1).max(1000),
      match: planMatchSchema.optional(),
      action: planActionSchema.optional(),
      warning: z.string().optional(),
      q: z.string().max(256).optional(),
      sort: z.enum(['row', 'email', 'match', 'action']).optional(),
      descending: z.boolean().optional(),
    }),
    z.strictObject({ items: z.array(shownPlanRowSchema), total: z.int() }),
  ),
} as const;
