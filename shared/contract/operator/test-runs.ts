import { z } from 'zod';
import { testRowKindSchema } from '../../core/test-rows.ts';
import { testRunStatusSchema } from '../admin/test-run.ts';
import { shownPlanRowSchema } from './plans.ts';
import { command, query } from './procedure.ts';

const ofRun = z.strictObject({ migration: z.string(), run_id: z.string() });

/** Where the operator's own sign-ins of a validation stand; what counts is what the server observed. */
export const validationStepSchema = z.enum(['waiting', 'signing_in', 'checking_reset', 'setting_password', 'checking_event', 'putting_back', 'done', 'failed']);

export const validationStatusSchema = z.strictObject({
  observed: testRunStatusSchema,
  running: z.boolean(),
  steps: z.array(z.strictObject({ email: z.string(), step: validationStepSchema, detail: z.string().nullable() })),
});
export type ValidationStatus = z.infer<typeof validationStatusSchema>;

export const testRunProcedures = {
  /** One row of each kind that the plan has, and how many others of the kind could be chosen. */
  'testRuns.propose': query(
    z.strictObject({ migration: z.string(), plan_hash: z.string() }),
    z.strictObject({ items: z.array(z.strictObject({ kind: testRowKindSchema, row: shownPlanRowSchema, others: z.int() })) }),
  ),
  'testRuns.start': command(
    z.strictObject({
      migration: z.string(),
      plan_hash: z.string(),
      /** Absent: the proposed ones. */
      emails: z.array(z.string()).max(3).optional(),
      acknowledged: z.array(z.string()).optional(),
      /** The exact number of name-only rows among the test rows, as the command line states it. */
      acknowledge_name_matches: z.int().min(0).optional(),
      /** Validation follows with the temporary password that the operator knows: where it knows none, nothing is written. */
      is_validated_next: z.boolean().optional(),
    }),
    z.strictObject({ run_id: z.string(), emails: z.array(z.string()) }),
  ),
  'testRuns.getStatus': query(ofRun, validationStatusSchema),
  /** Signs in as each test user over the network, then puts them back. Resolves when that has ended, passed or not. */
  'testRuns.validate': command(ofRun.extend({ temporary_password: z.string().max(1024).optional() }), validationStatusSchema),
  'testRuns.rearm': command(ofRun, validationStatusSchema),
} as const;
