import { z } from 'zod';
import { decisionSchema } from '../../core/decisions.ts';
import { planActionSchema, planMatchSchema, planRowSchema } from '../../core/plan-row.ts';
import { planSummarySchema } from '../../core/plan-summary.ts';
import { command, query } from './procedure.ts';
import { operatorProblemSchema } from './reply.ts';

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
  /** How many rows were left out and declined in it; which ones, its rows say. */
  decided: z.strictObject({ skip: z.int(), create: z.int() }),
  summary: planSummarySchema,
  planned_at: z.string(),
});
export type Plan = z.infer<typeof planSchema>;

/** What the next plan is to have of a row. `undecided` takes back what this plan says of it. */
export const nextDecisionSchema = z.enum(['skip', 'create', 'undecided']);
export type NextDecision = z.infer<typeof nextDecisionSchema>;

/** A plan row beside the name in the file, which the window shows; and what was decided of it for the next plan. */
export const shownPlanRowSchema = planRowSchema.extend({ full_name: z.string().nullable(), next: nextDecisionSchema.optional() });
export type ShownPlanRow = z.infer<typeof shownPlanRowSchema>;

const ofPlan = z.strictObject({ migration: z.string(), plan_hash: z.string() });
const page = { offset: z.int().min(0), limit: z.int().min(1).max(1000) };

const planFilter = {
  match: planMatchSchema.optional(),
  action: planActionSchema.optional(),
  warning: z.string().max(64).optional(),
  /** Only rows of which something waits for the next plan. */
  pending: z.boolean().optional(),
  q: z.string().max(256).optional(),
};

/** Which rows of a plan are looked at, and in which order: by any column of the grid, nulls last. */
export const planViewShape = {
  ...planFilter,
  sort: z.enum(['row', 'action', 'match', 'name', 'email', 'must_reset', 'stripe_customer', 'address_added', 'cohort_tag', 'warnings']).optional(),
  descending: z.boolean().optional(),
};

/** Rows that were chosen: by number, or all of a filter but some, so that no address passes through a window. */
export const rowSelectionSchema = z.union([
  z.strictObject({ rows: z.array(z.int().min(1)).min(1).max(10_000) }),
  z.strictObject({ filter: z.strictObject(planFilter), except: z.array(z.int().min(1)).max(10_000) }),
]);
export type RowSelection = z.infer<typeof rowSelectionSchema>;

/** Decisions that wait for the next plan, counted. */
export const pendingCountsSchema = z.strictObject({ skip: z.int(), create: z.int(), undecided: z.int() });

export const planProcedures = {
  /** Resolves when the plan is made; its rows follow by themselves. */
  'plans.dryRun': command(
    z.strictObject({
      migration: z.string(),
      source_id: z.string(),
      only: z.array(z.string()).optional(),
      decisions: z.array(decisionSchema).optional(),
      /** The plan whose decisions it is made with: those in it, and those that wait for the next one. */
      decisions_of: z.string().optional(),
    }),
    planSchema,
  ),
  'plans.get': query(ofPlan, planSchema),
  /** How many rows are here. What was cut off goes on with this. */
  'plans.getProgress': query(ofPlan, z.strictObject({ rows_here: z.int(), rows_total: z.int().nullable(), state: z.enum(['coming', 'complete', 'interrupted']), problem: operatorProblemSchema.nullable() })),
  /**
   * A window of the filtered rows; filter, sort and search happen in the operator's store. Answers once the rows that it
   * needs are here: in file order those up to the page, else all. A later call of the same `lane` overtakes one for another view.
   */
  'plans.listRows': query(ofPlan.extend({ ...page, ...planViewShape, lane: z.string().max(32).optional() }), z.strictObject({ items: z.array(shownPlanRowSchema), total: z.int() })),
  /** The numbers alone of the rows between two places of a view, for choosing them. */
  'plans.listRowNumbers': query(ofPlan.extend({ ...planViewShape, offset: z.int().min(0), limit: z.int().min(1).max(10_000) }), z.strictObject({ rows: z.array(z.int()) })),
  /** Decides about chosen rows for the next plan; held by the operator until then. `as_planned` takes that back. Rows that it does not fit stay as they are. */
  'plans.decide': command(ofPlan.extend({ selection: rowSelectionSchema, as: z.enum([...nextDecisionSchema.options, 'as_planned']) }), z.strictObject({ chosen: z.int(), decided: z.int(), pending: pendingCountsSchema })),
  'plans.countPending': query(ofPlan, pendingCountsSchema),
} as const;
