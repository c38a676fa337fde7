import { SignJWT } from 'jose';
import { type Scope, scopes } from '../../shared/contract/admin/endpoint.ts';
import { ADMIN_AUDIENCE } from '../guards/token.ts';

/** What a new admin token says. */
export interface AdminTokenClaims {
  /** The environment's id: a token of one environment opens no other. */
  readonly environmentId: string;
  readonly sub: string;
  readonly scopes: readonly Scope[];
  /** A token id that nobody had before. */
  readonly tokenId: string;
  readonly issuedAt: Date;
  readonly ttlSeconds: number;
}

/** Signs an admin token (A17) with the environment's shared secret, HS256. */
export async function signAdminToken(secret: Uint8Array, claims: AdminTokenClaims): Promise<string> {
  const issuedAtSeconds = Math.floor(claims.issuedAt.getTime() / 1000);
  return new SignJWT({ scope: claims.scopes.join(' ') })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setIssuer(claims.environmentId)
    .setAudience(ADMIN_AUDIENCE)
    .setSubject(claims.sub)
    .setJti(claims.tokenId)
    .setIssuedAt(issuedAtSeconds)
    .setExpirationTime(issuedAtSeconds + claims.ttlSeconds)
    .sign(secret);
}

/** Reads `--scope "migration:read migration:write"`; null when one of the words is no scope. */
export function readScopes(text: string): readonly Scope[] | null {
  const words = text.split(/[\s,]+/).filter((word) => word !== '');
  const known = scopes.filter((scope) => words.includes(scope));
  return words.length > 0 && known.length === new Set(words).size ? known : null;
}

const secondsOfUnit: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Reads `8h`, `30m`, `7d` or seconds; null when it is no length of time, or longer than a year. */
export function readTtlSeconds(text: string): number | null {
  const parts = /^(\d{1,9})([smhd]?)$/.exec(text);
  if (parts === null) return null;
  const seconds = Number(parts[1]) * (secondsOfUnit[parts[2] ?? ''] ?? 1);
  return seconds > 0 && seconds <= 366 * 86_400 ? seconds : null;
}
