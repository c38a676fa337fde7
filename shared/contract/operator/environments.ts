import { z } from 'zod';
import { scopes } from '../admin/endpoint.ts';
import { adminSessionSchema, environmentKindSchema } from '../admin/session.ts';
import { migrationSchema } from '../admin/migrations.ts';
import { command, query } from './procedure.ts';

/** A named admin API. Its id, kind and receipt key are pinned when it is first reached. */
export const environmentSchema = z.strictObject({
  name: z.string(),
  url: z.string(),
  kind: environmentKindSchema,
  environment_id: z.string(),
  receipt_public_key: z.string(),
  current: z.boolean(),
  has_token: z.boolean(),
  /** Set when the server's id, kind or receipt key differ from what was pinned: everything stops until confirmed. */
  pin_changed: z.strictObject({ field: z.enum(['environment_id', 'kind', 'receipt_public_key']), pinned: z.string(), now: z.string() }).nullable(),
});
export type Environment = z.infer<typeof environmentSchema>;

/** How the connection to the current environment stands, for the foot of the window. */
export const connectionSchema = z.discriminatedUnion('state', [
  z.strictObject({ state: z.literal('none') }),
  z.strictObject({ state: z.literal('connected'), session: adminSessionSchema }),
  z.strictObject({ state: z.literal('no_token') }),
  z.strictObject({ state: z.literal('refused'), detail: z.string() }),
  z.strictObject({ state: z.literal('unreachable'), detail: z.string() }),
  z.strictObject({ state: z.literal('pin_changed'), detail: z.string() }),
]);
export type Connection = z.infer<typeof connectionSchema>;

/** What an address turned out to be, found without a token. `code` names the section of docs/errors.md; null for an admin API. */
export const addressCheckSchema = z.strictObject({
  url: z.string(),
  verdict: z.enum(['admin_api', 'not_ready', 'web_page', 'redirect', 'wrong_path', 'proxy', 'other_program', 'certificate', 'unreachable']),
  code: z.string().nullable(),
  title: z.string(),
  detail: z.string(),
});
export type AddressCheck = z.infer<typeof addressCheckSchema>;

/** A token by what it says of itself; only the server judges it. `opaque`: it says nothing that can be read here. */
export const tokenDescriptionSchema = z.strictObject({
  state: z.enum(['none', 'opaque', 'valid', 'expiring', 'expired', 'of_another_environment']),
  from: z.enum(['kept', 'variable', 'practice']),
  subject: z.string().nullable(),
  issuer: z.string().nullable(),
  scopes: z.array(z.enum(scopes)),
  expires_at: z.string().nullable(),
});
export type TokenDescription = z.infer<typeof tokenDescriptionSchema>;

const named = z.strictObject({ name: z.string().min(1).max(64) });

export const environmentProcedures = {
  'environments.list': query(z.strictObject({}), z.strictObject({ items: z.array(environmentSchema) })),
  'environments.add': command(z.strictObject({ name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/), url: z.string().max(2048), token: z.string().max(8192).optional() }), environmentSchema),
  'environments.use': command(named, environmentSchema),
  'environments.setToken': command(named.extend({ token: z.string().min(1).max(8192) }), environmentSchema),
  'environments.removeToken': command(named, environmentSchema),
  'environments.describeToken': query(named, tokenDescriptionSchema),
  /** Whether an admin API answers at an address, or what does. No token is sent. */
  'environments.checkAddress': query(z.strictObject({ url: z.string().max(2048) }), addressCheckSchema),
  'environments.remove': command(named, z.strictObject({})),
  /** Accepts what the server now says of itself. Asked only after the change was shown. */
  'environments.confirmPin': command(named, environmentSchema),
  /** The current environment's session, or why there is none. Never throws for a server that is away. */
  'environments.getConnection': query(z.strictObject({ name: z.string().optional() }), connectionSchema),
  /** Starts the built-in practice server when it is not running, and makes it the current environment. */
  'practice.start': command(z.strictObject({ reset: z.boolean().optional() }), z.strictObject({ environment: environmentSchema, migration: z.string() })),
  'practice.getStatus': query(z.strictObject({}), z.strictObject({ state: z.enum(['stopped', 'starting', 'ready', 'failed']), detail: z.string().nullable(), temporary_password: z.string().nullable() })),
  'migrations.list': query(z.strictObject({}), z.strictObject({ items: z.array(migrationSchema) })),
} as const;
