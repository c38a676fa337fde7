import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { cursorSchema, hashSchema, idSchema, limitTextSchema, listSchema, noBody, noParams, noQuery, timeSchema } from './wire.ts';

export const signerSchema = z.object({
  fingerprint: z.string(),
  kind: z.enum(['operator', 'receipt']),
  /** The principal in `allowed_signers`: the operator's `sub`, or the server's own name. */
  principal: z.string(),
  public_key: z.string(),
  valid_from: timeSchema,
  valid_until: timeSchema.nullable(),
  revoked_at: timeSchema.nullable(),
  /** The line for an OpenSSH allowed_signers file, with dates and namespace. */
  allowed_signers_line: z.string(),
});
export type Signer = z.infer<typeof signerSchema>;

/** What a new key signs, in namespace `drydock-signer`, to prove that its holder has it. `publicKeyLine` is without a comment. */
export function signerProofText(environmentId: string, sub: string, publicKeyLine: string): string {
  return `drydock-signer-v1 ${environmentId} ${sub} ${publicKeyLine}\n`;
}

export const registerSigner = endpoint({
  name: 'registerSigner',
  method: 'POST',
  path: '/admin/signers',
  summary: "Register a report key, with proof that it is held: one's own with migration:write, another person's with migration:approve. A key in place of a former one ends it.",
  access: 'write-or-approve',
  flagGated: false,
  params: noParams,
  query: noQuery,
  body: z.strictObject({
    public_key: z.string().max(1024),
    /** Whose key it is, where an approver registers it for somebody else. */
    sub: z.string().max(256).optional(),
    /** Armored SSHSIG by the new key over the proof text. */
    proof: z.string().max(4096),
    /** For a second key, unless an approver registers it: armored SSHSIG over the same text by a key registered before. */
    proof_by_former_key: z.string().max(4096).optional(),
    /** The former key that proved it ends where the new one begins: what it signed until then still counts. */
    ends_former_key: z.boolean().optional(),
    /** When the new key ends by itself; it has no end unless this says one. */
    valid_until: timeSchema.optional(),
  }),
  status: 201,
  reply: signerSchema,
  problems: ['signer_conflict', 'signer_proof_invalid'],
});

export const listSigners = endpoint({
  name: 'listSigners',
  method: 'GET',
  path: '/admin/signers',
  summary: "Operators' keys and every receipt key ever used.",
  access: 'any-scope',
  flagGated: false,
  params: noParams,
  query: z.strictObject({ after: cursorSchema.optional(), limit: limitTextSchema.optional() }),
  body: noBody,
  status: 200,
  reply: listSchema(signerSchema),
});

export const revokeSigner = endpoint({
  name: 'revokeSigner',
  method: 'POST',
  path: '/admin/signers/{fingerprint}/revoke',
  summary: 'Revoke a key from now on.',
  access: 'write-or-approve',
  flagGated: false,
  params: z.strictObject({ fingerprint: z.string().min(8).max(128) }),
  query: noQuery,
  body: z.strictObject({ reason: z.string().max(500).optional() }),
  status: 200,
  reply: signerSchema,
  problems: ['unknown_signer'],
});

export const journalHeadSchema = z.object({
  journal_id: idSchema,
  sub: z.string(),
  seq: z.int(),
  hash: hashSchema,
  anchored_at: timeSchema,
});
export type JournalHead = z.infer<typeof journalHeadSchema>;

export const postJournalHead = endpoint({
  name: 'postJournalHead',
  method: 'POST',
  path: '/admin/journal-heads',
  summary: "Anchor the head of an operator's journal. Insert only; another hash at a known position is a fork.",
  access: 'migration:write',
  flagGated: false,
  params: noParams,
  query: noQuery,
  body: z.strictObject({ journal_id: idSchema, seq: z.int().min(1), hash: hashSchema, run_id: idSchema.optional() }),
  status: 201,
  reply: journalHeadSchema,
  problems: ['journal_forked'],
});

export const listJournalHeads = endpoint({
  name: 'listJournalHeads',
  method: 'GET',
  path: '/admin/journal-heads',
  summary: "Anchored heads of operators' journals, oldest first.",
  access: 'any-scope',
  flagGated: false,
  params: noParams,
  query: z.strictObject({ journal_id: idSchema.optional(), after: cursorSchema.optional(), limit: limitTextSchema.optional() }),
  body: noBody,
  status: 200,
  reply: listSchema(journalHeadSchema),
});
