import { z } from 'zod';
import { runItemSchema } from '../../core/run-item.ts';
import { endpoint } from './endpoint.ts';
import { cursorSchema, emailTextSchema, hashSchema, idSchema, limitTextSchema, listSchema, migrationParams, noBody, noQuery } from './wire.ts';

/** Whom a rollback is for: these customers, or everybody whom the migration's runs have written. */
const someSchema = z.array(emailTextSchema).min(1).max(100_000);
const isPreview = z.literal(true);
const isRun = { preview: z.literal(false), rollback_hash: hashSchema, rows_per_second: z.number().gt(0).max(100_000).optional() };

export const rollbackBodySchema = z.union([
  z.strictObject({ emails: someSchema, preview: isPreview }),
  z.strictObject({ all: z.literal(true), preview: isPreview }),
  z.strictObject({ emails: someSchema, ...isRun }),
  z.strictObject({ all: z.literal(true), ...isRun }),
]);

export const rollbackCountsSchema = z.object({ reverted: z.int().min(0), kept_changed_since: z.int().min(0), nothing_to_revert: z.int().min(0) });
export type RollbackCounts = z.infer<typeof rollbackCountsSchema>;

export const rollbackPreviewSchema = z.object({
  /** Names exactly what was previewed; the run and its approval are for this and nothing else. */
  rollback_hash: hashSchema,
  counts: rollbackCountsSchema,
  /** Whether policy asks for an approval of the hash before it may run. */
  approval_needed: z.boolean(),
  /** The first 1,000; `next_cursor` leads to the rest under `.../rollbacks/{rollback_hash}/items`. */
  items: z.array(runItemSchema),
  next_cursor: cursorSchema.nullable(),
});
export type RollbackPreview = z.infer<typeof rollbackPreviewSchema>;

export const rollBack = endpoint({
  name: 'rollBack',
  method: 'POST',
  path: '/admin/migration/{id}/rollback',
  summary: 'Put customers back to before the migration: preview (200), then run exactly what was previewed (202). Needs no flag.',
  access: 'migration:write',
  flagGated: false,
  params: migrationParams,
  query: noQuery,
  body: rollbackBodySchema,
  status: 202,
  reply: z.union([rollbackPreviewSchema, z.object({ run_id: idSchema })]),
  problems: ['rollback_changed', 'run_in_progress', 'test_set_open', 'approval_required'],
});

export const listRollbackItems = endpoint({
  name: 'listRollbackItems',
  method: 'GET',
  path: '/admin/migration/{id}/rollbacks/{rollback_hash}/items',
  summary: 'What a previewed rollback would do, customer by customer.',
  access: 'any-scope',
  flagGated: false,
  params: z.strictObject({ id: idSchema, rollback_hash: hashSchema }),
  query: z.strictObject({ after: cursorSchema.optional(), limit: limitTextSchema.optional() }),
  body: noBody,
  status: 200,
  reply: listSchema(runItemSchema),
  problems: ['not_found'],
});
