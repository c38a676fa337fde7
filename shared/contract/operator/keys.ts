import { z } from 'zod';
import { command, query } from './procedure.ts';

const keyStateSchema = z.enum(['live', 'ended', 'revoked']);
export type KeyState = z.infer<typeof keyStateSchema>;

/** A key that signs reports or receipts, as its server lists it. */
export const listedKeySchema = z.strictObject({
  fingerprint: z.string(),
  whose: z.enum(['mine', 'other', 'receipt']),
  /** The name it stands for in `allowed_signers`. */
  principal: z.string(),
  valid_from: z.string(),
  valid_until: z.string().nullable(),
  revoked_at: z.string().nullable(),
  state: keyStateSchema,
  /** Signs reports of this person on this machine; of receipt keys, the one that signs now. */
  in_use: z.boolean(),
});
export type ListedKey = z.infer<typeof listedKeySchema>;

export const keyListSchema = z.strictObject({
  environment: z.string(),
  /** Whose keys `mine` are; null where the server never said who asks. */
  sub: z.string().nullable(),
  /** When the server said so, where it cannot be asked now; null: it says so now. */
  seen_at: z.string().nullable(),
  /** Where the private half of one's own key lies on this machine. */
  kept_in: z.enum(['os-key-store', 'file', 'session-only']),
  /** A key made here that the server does not know, or not yet: an approver has to let it in, or it was cut short. */
  waiting_fingerprint: z.string().nullable(),
  items: z.array(listedKeySchema),
});
export type KeyList = z.infer<typeof keyListSchema>;

export const rotatedKeySchema = z.strictObject({
  fingerprint: z.string(),
  /** The key that ended; null where there was none before. */
  former_fingerprint: z.string().nullable(),
  valid_from: z.string(),
  valid_until: z.string().nullable(),
});
export type RotatedKey = z.infer<typeof rotatedKeySchema>;

export const keyProcedures = {
  /** Keys of the current environment, one's own first; from memory where the server cannot be asked. Makes none. */
  'keys.list': query(z.strictObject({}), keyListSchema),
  /** A new key in place of one's own, which ends: what it signed until then still counts. */
  'keys.rotate': command(z.strictObject({ valid_days: z.int().min(1).max(3660).optional() }), rotatedKeySchema),
  /** What the key ever signed counts no more. One's own, or an approver's doing. */
  'keys.revoke': command(z.strictObject({ fingerprint: z.string().min(8).max(128) }), listedKeySchema),
} as const;
