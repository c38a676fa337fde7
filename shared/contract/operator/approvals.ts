import { z } from 'zod';
import { approvalSchema } from '../admin/approvals.ts';
import { command, query } from './procedure.ts';

export const approvalProcedures = {
  'approvals.decide': command(
    z.strictObject({
      migration: z.string(),
      plan_hash: z.string(),
      decision: z.enum(['approve', 'reject']),
      comment: z.string().max(2000),
      /** In practice one may play the second person. Refused elsewhere. */
      as_practice_approver: z.boolean().optional(),
    }),
    approvalSchema,
  ),
  'approvals.list': query(z.strictObject({ migration: z.string(), plan_hash: z.string() }), z.strictObject({ items: z.array(approvalSchema) })),
} as const;
