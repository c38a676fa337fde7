import { z } from 'zod';
import type { Facts } from '../../core/facts.ts';

/** What a migration of this playbook declares, as the environment's configuration has it. No secret is among it. */
export const accountPrepSettingsSchema = z.strictObject({
  /** Written to `migration.cohort` of every customer the migration prepares, e.g. `2025-08-09-csv` (A8). */
  cohort_tag: z.string().min(1).max(128),
  /** The temporary password then opens nothing by itself: a one-time link goes to the address held before the migration. */
  confirm_by_email: z.boolean().optional(),
});
export type AccountPrepSettings = z.infer<typeof accountPrepSettingsSchema>;

/**
 * The settings as they enter the plan hash and are compared before anything is written (N1): every one of them changes what
 * the migration does for its customers. One that is off is not named, so a plan made before there was such a setting is the same.
 */
export function hashedSettings(settings: AccountPrepSettings): Facts {
  return Object.fromEntries(Object.entries(settings).flatMap(([name, value]) => (value === undefined || value === false ? [] : [[name, value] as const])));
}

/** What a plan is made for. */
export type PlanSettings = {
  readonly migration: string;
  readonly cohortTag: string;
  /** The full name of the source file, without its folder. */
  readonly sourceFile: string;
};
