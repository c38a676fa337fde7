import { z } from 'zod';
import { endpoint, scopes } from './endpoint.ts';
import { noBody, noParams, noQuery, timeSchema } from './wire.ts';

export const environmentKindSchema = z.enum(['practice', 'staging', 'production']);
export type EnvironmentKind = z.infer<typeof environmentKindSchema>;

/** What an environment asks before anything is written there. */
export const approvalPolicySchema = z.object({
  approvals_required: z.int().min(0),
  requester_may_approve: z.boolean(),
  approve_before_test_run: z.boolean(),
  approval_valid_hours: z.int().min(1),
  /** Share of rows, 0 to 1: more drift than this and a plan is stale. */
  plan_stale_share: z.number().min(0).max(1),
  /** A rollback of more people than this needs an approval of its hash. Null: never. */
  rollback_approval_above: z.int().nullable(),
  typed_confirmation: z.boolean(),
});
export type ApprovalPolicy = z.infer<typeof approvalPolicySchema>;

export const adminSessionSchema = z.object({
  sub: z.string(),
  scopes: z.array(z.enum(scopes)),
  expires_at: timeSchema,
  environment: z.object({ id: z.string(), name: z.string(), kind: environmentKindSchema }),
  policy: approvalPolicySchema,
  /** OpenSSH public key line, `ssh-ed25519 AAAA...`. */
  receipt_public_key: z.string(),
});
export type AdminSession = z.infer<typeof adminSessionSchema>;

export const getSession = endpoint({
  name: 'getSession',
  method: 'GET',
  path: '/admin/session',
  summary: 'Who is asking, what the token allows, and which environment this is.',
  access: 'any-scope',
  flagGated: false,
  params: noParams,
  query: noQuery,
  body: noBody,
  status: 200,
  reply: adminSessionSchema,
});
