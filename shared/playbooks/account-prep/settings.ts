import { z } from 'zod';

/** What a migration of this playbook declares, as the environment's configuration has it. No secret is among it. */
export const accountPrepSettingsSchema = z.strictObject({
  /** Written to `migration.cohort` of every customer the migration prepares, e.g. `2025-08-09-csv` (A8). */
  cohort_tag: z.string().min(1).max(128),
  /** The temporary password then opens nothing by itself: a one-time link goes to the address held before the migration. */
  confirm_by_email: z.boolean().optional(),
});
export type AccountPrepSettings = z.infer<typeof accountPrepSettingsSchema>;

/** What a plan is made for. */
export type PlanSettings = {
  readonly migration: string;
  readonly cohortTag: string;
  /** The full name of the source file, without its folder. */
  readonly sourceFile: string;
};
