import { z } from 'zod';
import { type Scope, scopes } from '../../shared/contract/admin/endpoint.ts';

const claimsSchema = z.object({ iss: z.string().optional(), sub: z.string().optional(), exp: z.number().optional(), scope: z.string().optional() });

/** What a token says of itself. It is believed in nothing: only the server judges it. It spares a person a refusal, and a token a journey to the wrong server. */
export interface TokenClaims {
  /** Id of the environment that it was issued for. */
  readonly issuer: string | null;
  readonly subject: string | null;
  readonly scopes: readonly Scope[];
  readonly expiresAt: Date | null;
}

/** Reads a JWT without judging its signature; undefined where the token is none. */
export function claimsOf(token: string): TokenClaims | undefined {
  const [, body, signature] = token.split('.');
  if (body === undefined || signature === undefined) return undefined;
  try {
    const { iss, sub, exp, scope } = claimsSchema.parse(JSON.parse(Buffer.from(body, 'base64url').toString('utf8')));
    const named = new Set((scope ?? '').split(' '));
    const expiresAt = exp === undefined ? null : new Date(exp * 1000);
    return { issuer: iss ?? null, subject: sub ?? null, scopes: scopes.filter((one) => named.has(one)), expiresAt: expiresAt === null || Number.isNaN(expiresAt.getTime()) ? null : expiresAt };
  } catch {
    return undefined;
  }
}
