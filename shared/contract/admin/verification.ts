import { z } from 'zod';
import { factsSchema } from '../../core/facts.ts';
import { runCountsSchema } from '../../core/run-counts.ts';
import { runItemSchema } from '../../core/run-item.ts';
import { endpoint } from './endpoint.ts';
import { cursorSchema, idSchema, limitTextSchema, listSchema, migrationParams, noBody, noQuery, runParams, timeSchema } from './wire.ts';

export const verificationReplySchema = z.object({
  /** The verification's own run; its items say what was found, row by row. */
  run_id: idSchema,
  verified_run_id: idSchema,
  /** `no_change`: as the run left it, or its customer has completed since. `drifted`: something is different. */
  counts: runCountsSchema,
  /** Rows that the run wrote, of which as many were read back as the counts say. */
  rows_written: z.int().min(0),
  /** The first 100 differences. */
  differences: z.array(runItemSchema),
});
export type VerificationReply = z.infer<typeof verificationReplySchema>;

export const verifyRun = endpoint({
  name: 'verifyRun',
  method: 'POST',
  path: '/admin/migration/{id}/verify',
  summary: 'Read back what a run wrote and compare, all of it or a sample that its seed makes repeatable. Writes to no customer.',
  access: 'migration:write',
  flagGated: false,
  params: migrationParams,
  query: noQuery,
  body: z.strictObject({
    run_id: idSchema,
    sample: z.strictObject({ size: z.int().min(1).max(1_000_000), seed: z.union([z.int(), z.string().min(1).max(128)]) }).optional(),
  }),
  status: 200,
  reply: verificationReplySchema,
  problems: ['unknown_run'],
});

/** A customer before a run touched it, and as the run left it. No credential is ever among it. */
export const snapshotSchema = z.object({
  email: z.string(),
  user_id: z.string(),
  /** False: the run made the profile, and before it there was nobody. */
  existed: z.boolean(),
  before: factsSchema.nullable(),
  left_as: factsSchema,
  taken_at: timeSchema,
  /** The rollback that has put it back. */
  reverted_by: idSchema.nullable(),
});
export type Snapshot = z.infer<typeof snapshotSchema>;

export const listSnapshots = endpoint({
  name: 'listSnapshots',
  method: 'GET',
  path: '/admin/runs/{run_id}/snapshots',
  summary: 'Customers as they were before the run, without credentials.',
  access: 'any-scope',
  flagGated: false,
  params: runParams,
  query: z.strictObject({ after: cursorSchema.optional(), limit: limitTextSchema.optional() }),
  body: noBody,
  status: 200,
  reply: listSchema(snapshotSchema),
});
