import { z } from 'zod';
import { factsSchema, factValueSchema } from './facts.ts';

/** Whether somebody holds the record's address (A6). */
export const emailMatchSchema = z.enum(['MATCH_EMAIL', 'NO_EMAIL_MATCH']);
export type EmailMatch = z.infer<typeof emailMatchSchema>;

/** How the record found its target: by address (A6), by a name that one person has (A7), or not at all. */
export const planMatchSchema = z.enum(['MATCH_EMAIL', 'MATCH_NAME_UNIQUE', 'NAME_AMBIGUOUS', 'NO_NAME_MATCH']);
export type PlanMatch = z.infer<typeof planMatchSchema>;

/**
 * What a run would do with the row (A8). `NO_CHANGE`: it is as planned already. `COMPLETE`: its person has
 * finished and is never prepared again (A3). `SKIP`: left out by a decision. `BLOCKED`: a conflict that a person must solve first.
 */
export const planActionSchema = z.enum(['UPDATE_EXISTING', 'CREATE_NEW', 'NO_CHANGE', 'COMPLETE', 'SKIP', 'BLOCKED']);
export type PlanAction = z.infer<typeof planActionSchema>;

/** One field as it is and as it would be. `null` stands for no value. Field names are the playbook's. */
export const fieldChangeSchema = z.object({
  field: z.string().max(64),
  before: factValueSchema,
  after: factValueSchema,
});
export type FieldChange = z.infer<typeof fieldChangeSchema>;

/** A stable code with a sentence in the playbook's wording. */
export const planWarningSchema = z.string().regex(/^[a-z][a-z0-9_]{0,63}$/);

/** One cohort row of a plan: what was found, what would change, and what must still be so when it is written (N1). */
export const planRowSchema = z.object({
  /** Place in the cohort, from 1, in file order. */
  row: z.int().min(1),
  /** The record's address, folded. */
  email: z.string(),
  email_match: emailMatchSchema,
  match: planMatchSchema,
  /** With `NAME_AMBIGUOUS`: how many people have the name. A count, never who (A2). */
  candidates: z.int().min(2).optional(),
  action: planActionSchema,
  /** The target; null where there is none, or none that may be named. */
  user_id: z.string().nullable(),
  changes: z.array(fieldChangeSchema),
  warnings: z.array(planWarningSchema),
  /** In a sentence, why the row is not simply written. */
  reason: z.string().optional(),
  /** What the planner saw and relied on; compared again under lock before anything is written. */
  precondition: factsSchema,
});
export type PlanRow = z.infer<typeof planRowSchema>;

/** Whether a run would write to the row's person. */
export function isWritten(row: Pick<PlanRow, 'action'>): boolean {
  return row.action === 'UPDATE_EXISTING' || row.action === 'CREATE_NEW';
}

/** A name-only row that would be written: it gives an address access to somebody's account (A7). */
export function isNameOnlyWrite(row: Pick<PlanRow, 'action' | 'match'>): boolean {
  return row.match === 'MATCH_NAME_UNIQUE' && row.action === 'UPDATE_EXISTING';
}
