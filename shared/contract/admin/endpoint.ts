import type { z } from 'zod';
import type { ProblemCode } from '../../core/problem-codes.ts';

/** The scopes a bearer token may carry (A17). Compared as an exact set, never by prefix. */
export const scopes = ['migration:read', 'migration:write', 'migration:approve'] as const;
export type Scope = (typeof scopes)[number];

/**
 * Who may call an endpoint. `none`: anybody, no token. `session`: a customer's session token.
 * `loopback-or-any-scope`: anybody on the server's own machine; from elsewhere as `any-scope`.
 * `any-scope`: a bearer token with one of the three scopes. `write-or-approve`: with one of those two, the handler says
 * which of them for what. Otherwise: exactly that scope is needed.
 */
export type Access = 'none' | 'session' | 'loopback-or-any-scope' | 'any-scope' | 'write-or-approve' | 'migration:write' | 'migration:approve';

/**
 * One call of the HTTP surface, declared once: the server builds its routes and its OpenAPI page from it, the
 * operator's client its typed calls. Schemas never coerce, transform or default: what is not of the form is refused.
 */
export interface Endpoint<
  Params extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
  Reply extends z.ZodType = z.ZodType,
> {
  /** Unique name, also OpenAPI's operationId. */
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Path with `{name}` places, as OpenAPI writes them. */
  readonly path: string;
  readonly summary: string;
  readonly access: Access;
  /** True where the migration's feature flag must be on (A15). */
  readonly flagGated: boolean;
  readonly params: Params;
  readonly query: Query;
  /** Absent for calls without a body. */
  readonly body: Body;
  readonly status: 200 | 201 | 202 | 204;
  readonly reply: Reply;
  /** A media type other than JSON that the body comes in, e.g. NDJSON for cohorts. */
  readonly bodyType?: 'application/x-ndjson';
  /** Codes of refusals that are this call's own, beside those that its access, path and method bring along. */
  readonly problems?: readonly ProblemCode[];
  /** A media type other than JSON that the answer comes in. */
  readonly replyType?: 'text/plain';
}

/** Declares an endpoint, keeping the exact types of its schemas. */
export function endpoint<
  Params extends z.ZodType,
  Query extends z.ZodType,
  Body extends z.ZodType,
  Reply extends z.ZodType,
>(declared: Endpoint<Params, Query, Body, Reply>): Endpoint<Params, Query, Body, Reply> {
  return declared;
}

/** Writing calls under `/admin` carry an Idempotency-Key of this form. */
export const idempotencyKeyPattern = /^[A-Za-z0-9_-]{16,128}$/;

/** True where a call must carry an Idempotency-Key: every POST and PUT under `/admin`. */
export function needsIdempotencyKey(call: Pick<Endpoint, 'method' | 'path'>): boolean {
  return call.method !== 'GET' && call.path.startsWith('/admin');
}
