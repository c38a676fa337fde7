import { z } from 'zod';
import { command, query } from './procedure.ts';

export const journalStatusSchema = z.strictObject({
  /** `latched`: a write failed, nothing more is written until restart. `damaged`: the chain does not hold. */
  state: z.enum(['verified', 'not_verified', 'latched', 'damaged']),
  entries: z.int(),
  head_hash: z.string().nullable(),
  verified_at: z.string().nullable(),
  detail: z.string().nullable(),
  open_intents: z.int(),
  anchor: z.enum(['agrees', 'not_reachable', 'disagrees', 'none']),
});
export type JournalStatus = z.infer<typeof journalStatusSchema>;

export const journalEntryViewSchema = z.strictObject({
  seq: z.int(),
  kind: z.string(),
  at: z.string().nullable(),
  title: z.string(),
  run_id: z.string().nullable(),
  hash: z.string(),
});

export const journalProcedures = {
  'journal.getStatus': query(z.strictObject({}), journalStatusSchema),
  'journal.verify': command(z.strictObject({}), journalStatusSchema),
  'journal.list': query(z.strictObject({ offset: z.int().min(0), limit: z.int().min(1).max(1000), run_id: z.string().optional() }), z.strictObject({ items: z.array(journalEntryViewSchema), total: z.int() })),
} as const;
