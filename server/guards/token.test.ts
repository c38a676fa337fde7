import { createServer } from 'node:http';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, type CryptoKey, type JWTPayload } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { ADMIN_AUDIENCE, createTokenReader, type ReadToken } from './token.ts';

const now = new Date('2025-08-09T10:00:00Z');
const nowSeconds = now.getTime() / 1000;
const secret = new TextEncoder().encode('k'.repeat(32));
const good: JWTPayload = { iss: 'acme', aud: ADMIN_AUDIENCE, sub: 'ann', jti: 't1', iat: nowSeconds, exp: nowSeconds + 3600, scope: 'migration:read' };

/** A token of these claims; one that is `undefined` is left out. */
async function signed(claims: Record<string, unknown>, { alg = 'HS256', kid, key = secret }: { readonly alg?: string; readonly kid?: string; readonly key?: CryptoKey | Uint8Array } = {}): Promise<string> {
  const payload = Object.fromEntries(Object.entries({ ...good, ...claims }).filter(([, value]) => value !== undefined));
  return `Bearer ${await new SignJWT(payload).setProtectedHeader(kid === undefined ? { alg } : { alg, kid }).sign(key)}`;
}

const outcome = async (read: ReadToken, token: string): Promise<string> =>
  read(token).then(
    ({ sub }) => sub,
    (error: unknown) => (typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : String(error)),
  );

describe('a token under the shared secret', () => {
  const read = createTokenReader({ kind: 'secret', secret }, 'acme', () => now);

  it.each([
    ['as it should be', {}, 'ann'],
    ['without the time of its issue', { iat: undefined }, 'ann'],
    ['issued by a clock that is a little ahead', { iat: nowSeconds + 5 }, 'ann'],
    ['issued in the future, which would outlive its revocation', { iat: nowSeconds + 6 }, 'unauthenticated'],
    ['in its last second', { exp: nowSeconds + 1 }, 'ann'],
    ['that ends now', { exp: nowSeconds }, 'unauthenticated'],
    ['that never ends', { exp: undefined }, 'unauthenticated'],
    ['that has begun', { nbf: nowSeconds }, 'ann'],
    ['that has not begun', { nbf: nowSeconds + 1 }, 'unauthenticated'],
    ['of another environment', { iss: 'other' }, 'unauthenticated'],
    ['of no environment', { iss: undefined }, 'unauthenticated'],
    ['for another service', { aud: 'billing' }, 'unauthenticated'],
    ['for no service', { aud: undefined }, 'unauthenticated'],
    ['of nobody', { sub: undefined }, 'unauthenticated'],
    ['without an id, so that nobody could revoke it', { jti: undefined }, 'unauthenticated'],
    ['without a scope', { scope: undefined }, 'unauthenticated'],
  ])('%s', async (_what, claims, expected) => {
    expect(await outcome(read, await signed(claims))).toBe(expected);
  });

  it('is refused under another algorithm, or none with something in place of a signature', async () => {
    expect(await outcome(read, await signed({}, { alg: 'HS512', key: new TextEncoder().encode('k'.repeat(64)) }))).toBe('unauthenticated');
    const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    expect(await outcome(read, `Bearer ${part({ alg: 'none' })}.${part(good)}.c2lnbmF0dXJl`)).toBe('unauthenticated');
  });
});

describe('a token under the keys of an issuer', () => {
  let published: unknown[] = [];
  let status = 200;
  let url: URL;
  const server = createServer((_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ keys: published }));
  });
  const pair = async (kid: string) => {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    return { kid, key: privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' } };
  };
  let first: Awaited<ReturnType<typeof pair>>;
  let second: Awaited<ReturnType<typeof pair>>;

  beforeAll(async () => {
    [first, second] = [await pair('first'), await pair('second')];
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    url = new URL(`http://127.0.0.1:${String(typeof address === 'object' && address !== null ? address.port : 0)}/keys`);
  });
  afterAll(async () => new Promise((resolve) => void server.close(resolve)));
  afterEach(() => {
    status = 200;
    vi.useRealTimers();
  });
  const reader = (): ReadToken => createTokenReader({ kind: 'jwks', url }, 'acme', () => now);
  const by = async ({ kid, key }: { readonly kid: string; readonly key: CryptoKey }): Promise<string> => signed({}, { alg: 'ES256', kid, key });

  it('is taken when one of them signed it, and refused when none of them did', async () => {
    published = [first.jwk];
    const read = reader();
    expect(await outcome(read, await by(first))).toBe('ann');
    expect(await outcome(read, await by({ kid: 'first', key: second.key }))).toBe('unauthenticated');
    expect(await outcome(read, await by(second))).toBe('unauthenticated');
  });

  it('is refused when a public key, which everybody knows, is used as a shared secret', async () => {
    published = [first.jwk];
    for (const known of [await exportSPKI(first.publicKey), JSON.stringify(first.jwk)]) {
      expect(await outcome(reader(), await signed({}, { alg: 'HS256', kid: 'first', key: new TextEncoder().encode(known) }))).toBe('unauthenticated');
    }
  });

  it('follows a rotation: the new key within a minute, and the old one no longer than ten', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now });
    published = [first.jwk];
    const read = reader();
    expect(await outcome(read, await by(first))).toBe('ann');
    published = [second.jwk];
    vi.setSystemTime(now.getTime() + 60_000);
    expect(await outcome(read, await by(second))).toBe('ann');
    expect(await outcome(read, await by(first))).toBe('unauthenticated');
    published = [first.jwk];
    vi.setSystemTime(now.getTime() + 60_000 + 600_001);
    expect(await outcome(read, await by(second))).toBe('unauthenticated');
  });

  it('is not called a bad one when its issuer cannot be asked', async () => {
    status = 500;
    expect(await outcome(reader(), await by(first))).toBe('not_ready');
    expect(await outcome(createTokenReader({ kind: 'jwks', url: new URL('http://127.0.0.1:9/keys') }, 'acme', () => now), await by(first))).toBe('not_ready');
  });
});
