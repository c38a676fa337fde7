import { z } from 'zod';
import { headMarkSchema } from './head-mark.ts';
import type { ChainCheck } from './verify-chain.ts';

/** What the thread that checks the chain is given: a thread shares no objects, so the key goes as its text. */
export const verifyRequestSchema = z.strictObject({
  path: z.string(),
  journalId: z.string(),
  markSecret: z.string().optional(),
  /** That of the other store of this home; a text is the key. */
  otherMarkSecret: z.union([z.literal('closed'), z.literal('none'), z.strictObject({ text: z.string() })]),
  /** Read before the journal is, so that it cannot be ahead of an honest one. */
  headMark: headMarkSchema.optional(),
});
export type VerifyRequest = z.infer<typeof verifyRequestSchema>;

/** What the thread says while it works. */
export type VerifyMessage = { readonly kind: 'progress'; readonly checked: number; readonly of: number } | { readonly kind: 'done'; readonly check: ChainCheck };
