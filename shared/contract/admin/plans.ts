import { z } from 'zod';
import { DECISIONS_MAX, decisionSchema } from '../../core/decisions.ts';
import { planActionSchema, planMatchSchema, planRowSchema } from '../../core/plan-row.ts';
import { planSummarySchema } from '../../core/plan-summary.ts';
import { endpoint } from './endpoint.ts';
import { cursorSchema, emailTextSchema, hashSchema, idSchema, limitTextSchema, listSchema, migrationParams, noBody, noQuery } from './wire.ts';

/** A record as it stands in a request; the server folds and validates it by the same rules as the parser. */
export const inlineRecordSchema = z.strictObject({
  email: z.string().max(1024),
  full_name: z.string().max(1024),
  signup_date: z.string().max(64).optional(),
  stripe_customer_id: z.string().max(256),
});

const dryRunCommon = {
  source_file: z.string().min(1).max(1024),
  source_sha256: hashSchema,
  only: z.array(emailTextSchema).min(1).max(1000).optional(),
  decisions: z.array(decisionSchema).max(DECISIONS_MAX).optional(),
};

/** Exactly one of `records` (up to 1,000) and `cohort` (uploaded before). */
export const dryRunBodySchema = z.union([
  z.strictObject({ ...dryRunCommon, records: z.array(inlineRecordSchema).min(1).max(1000) }),
  z.strictObject({ ...dryRunCommon, cohort: hashSchema }),
]);
export type DryRunBody = z.infer<typeof dryRunBodySchema>;

export const dryRunReplySchema = z.object({
  run_id: idSchema,
  plan_hash: hashSchema,
  cohort: hashSchema,
  summary: planSummarySchema,
  rows: z.array(planRowSchema),
  next_cursor: cursorSchema.nullable(),
});
export type DryRunReply = z.infer<typeof dryRunReplySchema>;

export const dryRun = endpoint({
  name: 'dryRun',
  method: 'POST',
  path: '/admin/migration/{id}/dry-run',
  summary: 'Plan a cohort. Writes nothing to any customer record.',
  access: 'migration:write',
  flagGated: true,
  params: migrationParams,
  query: noQuery,
  body: dryRunBodySchema,
  status: 200,
  reply: dryRunReplySchema,
  problems: ['unknown_cohort'],
});

export const listPlanRows = endpoint({
  name: 'listPlanRows',
  method: 'GET',
  path: '/admin/migration/{id}/plans/{plan_hash}/rows',
  summary: 'Rows of a plan, by place in the file.',
  access: 'any-scope',
  flagGated: false,
  params: z.strictObject({ id: idSchema, plan_hash: hashSchema }),
  query: z.strictObject({
    after: cursorSchema.optional(),
    limit: limitTextSchema.optional(),
    match: planMatchSchema.optional(),
    action: planActionSchema.optional(),
    warning: z.string().max(64).optional(),
    q: z.string().max(256).optional(),
  }),
  body: noBody,
  status: 200,
  reply: listSchema(planRowSchema),
  problems: ['plan_not_found'],
});
