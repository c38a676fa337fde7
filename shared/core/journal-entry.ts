import { z } from 'zod';
import { type Sha256, SHA256_HEX } from './hashing.ts';

/** One link of the operator's journal (N3): `hash` covers the place, the kind, the text and the link before. */
export const journalEntrySchema = z.strictObject({
  seq: z.int().min(1),
  kind: z.string().min(1).max(64),
  /** Canonical JSON; the very text that is hashed. */
  payload: z.string(),
  prev_hash: z.string().regex(SHA256_HEX),
  hash: z.string().regex(SHA256_HEX),
});
export type JournalEntry = z.infer<typeof journalEntrySchema>;

/** What the first entry names as its predecessor. */
export const JOURNAL_GENESIS_HASH = '0'.repeat(64);

/**
 * The hash of an entry: SHA-256 over the previous hash, the place, the kind and the payload, one a line. Only the
 * payload may hold line feeds and it comes last, so no two entries read alike.
 */
export function journalEntryHash(sha256: Sha256, entry: Pick<JournalEntry, 'seq' | 'kind' | 'payload' | 'prev_hash'>): string {
  return sha256(`${entry.prev_hash}\n${entry.seq}\n${entry.kind}\n${entry.payload}`);
}
