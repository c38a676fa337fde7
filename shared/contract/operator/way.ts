import { z } from 'zod';
import { gateSchema } from '../../core/gates.ts';
import { planSchema } from './plans.ts';
import { query } from './procedure.ts';
import { shownRunSchema } from './runs.ts';
import { checkSummarySchema } from './sources.ts';
import { validationStatusSchema } from './test-runs.ts';
import { approvalSchema } from '../admin/approvals.ts';

/** Where the operator stands on the way through one migration: survives a restart, and is what the stepper shows. */
export const waySchema = z.strictObject({
  environment: z.string(),
  migration: z.string(),
  gates: z.array(gateSchema),
  source: checkSummarySchema.nullable(),
  plan: planSchema.nullable(),
  test_run: validationStatusSchema.nullable(),
  test_run_id: z.string().nullable(),
  approvals: z.array(approvalSchema),
  approvals_required: z.int(),
  execution: shownRunSchema.nullable(),
});
export type Way = z.infer<typeof waySchema>;

export const wayProcedures = {
  'way.get': query(z.strictObject({ migration: z.string() }), waySchema),
} as const;
