import { z } from 'zod';
import { runItemSchema } from '../../core/run-item.ts';
import { rollbackPreviewSchema } from '../admin/rollback.ts';
import { verificationReplySchema } from '../admin/verification.ts';
import { command, query } from './procedure.ts';

/** Whom to put back; neither given would be nobody, both is refused. */
const whom = { migration: z.string(), emails: z.array(z.string()).min(1).optional(), all: z.literal(true).optional() };
const ofHash = { migration: z.string(), rollback_hash: z.string() };

export const rollbackProcedures = {
  /** What a rollback would do now, under the hash that names it. */
  'rollback.preview': command(z.strictObject(whom), rollbackPreviewSchema),
  /** Further items of a preview, behind a cursor. */
  'rollback.listItems': query(z.strictObject({ ...ofHash, after: z.string().optional() }), z.strictObject({ items: z.array(runItemSchema), next_cursor: z.string().nullable() })),
  /** Runs exactly what was previewed. */
  'rollback.start': command(z.strictObject({ ...whom, rollback_hash: z.string() }), z.strictObject({ run_id: z.string() })),
  /** The migration whose preview has this hash, null where none has. */
  'rollback.find': query(z.strictObject({ rollback_hash: z.string(), migration: z.string().optional() }), z.strictObject({ migration: z.string().nullable() })),
  /** Reads back what a run wrote and compares; files that as a run of its own. */
  'runs.verify': command(z.strictObject({ run_id: z.string(), sample: z.strictObject({ size: z.int().min(1), seed: z.string().min(1).max(128) }).optional() }), verificationReplySchema),
} as const;
