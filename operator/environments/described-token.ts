import type { TokenDescription } from '../../shared/contract/operator/environments.ts';
import type { StoredEnvironment } from './environment-file.ts';
import { claimsOf } from './token-claims.ts';

/** From here on a token is called expiring: long enough to ask for another one before a run. */
const EXPIRING_MS = 60 * 60_000;

/** How the token of an environment stands, by what it says of itself. Its text is not in it. `nowMs` as `Date.getTime`. */
export function describedToken(stored: StoredEnvironment, token: string | undefined, from: TokenDescription['from'], nowMs: number): TokenDescription {
  const nothing = { from, subject: null, issuer: null, scopes: [], expires_at: null };
  if (token === undefined) return { ...nothing, state: 'none' };
  const claims = claimsOf(token);
  if (claims === undefined) return { ...nothing, state: 'opaque' };
  const { issuer, subject, scopes, expiresAt } = claims;
  const told = { from, subject, issuer, scopes: [...scopes], expires_at: expiresAt?.toISOString() ?? null };
  if (isOfAnother(stored, issuer)) return { ...told, state: 'of_another_environment' };
  if (expiresAt !== null && expiresAt.getTime() <= nowMs) return { ...told, state: 'expired' };
  return { ...told, state: expiresAt !== null && expiresAt.getTime() - nowMs < EXPIRING_MS ? 'expiring' : 'valid' };
}

/** Whether a token names another environment than the one that was pinned. */
export function isOfAnother({ pins }: StoredEnvironment, issuer: string | null): boolean {
  return pins !== null && issuer !== null && issuer !== pins.environment_id;
}
