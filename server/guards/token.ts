import { createRemoteJWKSet, errors, jwtVerify, type JWTVerifyGetKey, type JWTVerifyOptions } from 'jose';
import { z } from 'zod';
import { scopes, type Scope } from '../../shared/contract/admin/endpoint.ts';
import { Refusal } from './refusal.ts';

/** The audience of every admin token. */
export const ADMIN_AUDIENCE = 'drydock-admin';

/** Who is asking, as their token says and as nothing in the request can change. */
export type Caller = {
  readonly sub: string;
  readonly jti: string;
  readonly scopes: ReadonlySet<Scope>;
  /** Seconds since the epoch; absent where the issuer does not say. */
  readonly issuedAtSeconds: number | undefined;
  readonly expiresAt: Date;
};

/** Where the key comes from: a shared secret (HS256), or the public keys of an issuer. */
export type TokenKey = { readonly kind: 'secret'; readonly secret: Uint8Array } | { readonly kind: 'jwks'; readonly url: URL };

/**
 * Reads the `Authorization` header; throws `Refusal('unauthenticated')` for anything but a valid token, and `not_ready` where the
 * issuer's keys cannot be read: a good token is then not taken for a bad one.
 */
export type ReadToken = (authorization: string | undefined) => Promise<Caller>;

/** How far the clock of whoever issues tokens may be ahead. A token from further ahead would outlive its revocation, which counts by `iat`. */
const ISSUED_AHEAD_SECONDS_MAX = 5;

const BEARER = /^Bearer ([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)$/i;

const claimsSchema = z.object({
  sub: z.string().min(1).max(256),
  jti: z.string().min(1).max(256),
  exp: z.number(),
  iat: z.number().optional(),
  scope: z.string().max(1024),
});

/**
 * Makes the reader of admin tokens (A17): algorithm, issuer (the environment), audience, expiry, subject and token id
 * are all required, judged at `now()`. Scopes are compared whole: `migration:write:none` is not `migration:write`.
 */
export function createTokenReader(key: TokenKey, environmentId: string, now: () => Date): ReadToken {
  const verify = verifierFor(key);
  return async (authorization) => {
    const token = BEARER.exec(authorization ?? '')?.[1];
    if (token === undefined) throw new Refusal('unauthenticated');
    const payload = await verify(token, {
      issuer: environmentId,
      audience: ADMIN_AUDIENCE,
      requiredClaims: ['sub', 'jti', 'exp', 'scope'],
      currentDate: now(),
    }).catch((error: unknown) => {
      if (error instanceof KeysUnreadable) throw new Refusal('not_ready', { because: 'The keys of the token issuer cannot be read.' });
      return undefined;
    });
    const claims = claimsSchema.safeParse(payload);
    if (!claims.success) throw new Refusal('unauthenticated');
    const { sub, jti, exp, iat, scope } = claims.data;
    if (iat !== undefined && iat > now().getTime() / 1000 + ISSUED_AHEAD_SECONDS_MAX) throw new Refusal('unauthenticated');
    const given = new Set(scope.split(' '));
    return {
      sub,
      jti,
      scopes: new Set(scopes.filter((name) => given.has(name))),
      issuedAtSeconds: iat,
      expiresAt: new Date(exp * 1000),
    };
  };
}

function verifierFor(key: TokenKey): (token: string, options: JWTVerifyOptions) => Promise<unknown> {
  if (key.kind === 'secret') {
    return async (token, options) => (await jwtVerify(token, key.secret, { ...options, algorithms: ['HS256'] })).payload;
  }
  const keys = readableKeys(createRemoteJWKSet(key.url));
  const algorithms = ['RS256', 'PS256', 'ES256', 'EdDSA'];
  return async (token, options) => (await jwtVerify(token, keys, { ...options, algorithms })).payload;
}

/** The issuer does not answer, or not with keys. */
class KeysUnreadable extends Error {
  override readonly name = 'KeysUnreadable';
}

/** Tells a token whose key the issuer does not have from an issuer that cannot be asked. */
function readableKeys(keys: JWTVerifyGetKey): JWTVerifyGetKey {
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys || error instanceof errors.JOSENotSupported) throw error;
      throw new KeysUnreadable('The keys cannot be read.', { cause: error });
    }
  };
}
