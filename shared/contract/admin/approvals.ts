import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { cursorSchema, hashSchema, idSchema, limitTextSchema, listSchema, migrationParams, noBody, noQuery, timeSchema } from './wire.ts';

export const approvalSchema = z.object({
  approval_id: idSchema,
  plan_hash: hashSchema,
  sub: z.string(),
  decision: z.enum(['approve', 'reject']),
  comment: z.string(),
  decided_at: timeSchema,
  expires_at: timeSchema,
  state: z.enum(['valid', 'expired', 'spent', 'closed']),
});
export type Approval = z.infer<typeof approvalSchema>;

export const decideApproval = endpoint({
  name: 'decideApproval',
  method: 'POST',
  path: '/admin/migration/{id}/approvals',
  summary: 'Approve or reject one plan hash, or the hash of a previewed rollback, and nothing else. Approving a plan needs the flag; rejecting one, and a rollback, do not.',
  access: 'migration:approve',
  // Judged by the route's own guard: the flag holds up the approval of a plan alone, and a rollback must be possible while it is off.
  flagGated: false,
  params: migrationParams,
  query: noQuery,
  body: z.strictObject({
    plan_hash: hashSchema,
    decision: z.enum(['approve', 'reject']),
    comment: z.string().max(2000),
  }),
  status: 201,
  reply: approvalSchema,
  problems: ['feature_disabled', 'plan_not_found', 'approval_closed', 'approver_not_eligible', 'cohort_not_bound', 'run_in_progress'],
});

export const listApprovals = endpoint({
  name: 'listApprovals',
  method: 'GET',
  path: '/admin/migration/{id}/approvals',
  summary: 'Decisions on a plan hash, or all.',
  access: 'any-scope',
  flagGated: false,
  params: migrationParams,
  query: z.strictObject({ plan_hash: hashSchema.optional(), after: cursorSchema.optional(), limit: limitTextSchema.optional() }),
  body: noBody,
  status: 200,
  reply: listSchema(approvalSchema),
});
