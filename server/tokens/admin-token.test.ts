import { describe, expect, it } from 'vitest';
import { createTokenReader } from '../guards/token.ts';
import { readScopes, readTtlSeconds, signAdminToken } from './admin-token.ts';

const secret = new TextEncoder().encode('k'.repeat(32));
const now = new Date('2025-08-09T10:00:00Z');
const claims = { environmentId: 'acme', sub: 'ann', scopes: ['migration:write'], tokenId: 't1', issuedAt: now, ttlSeconds: 3600 } as const;

describe('an admin token', () => {
  it('is read as what it was signed for', async () => {
    const caller = await createTokenReader({ kind: 'secret', secret }, 'acme', () => now)(`Bearer ${await signAdminToken(secret, claims)}`);
    expect(caller).toMatchObject({ sub: 'ann', jti: 't1', expiresAt: new Date('2025-08-09T11:00:00Z') });
    expect([...caller.scopes]).toEqual(['migration:write']);
  });

  it.each([
    ['another environment', 'other', now],
    ['an hour too late', 'acme', new Date('2025-08-09T11:00:01Z')],
  ])('is refused for %s', async (_why, environment, at) => {
    await expect(createTokenReader({ kind: 'secret', secret }, environment, () => at)(`Bearer ${await signAdminToken(secret, claims)}`)).rejects.toMatchObject({ code: 'unauthenticated' });
  });
});

describe('the words of the token command', () => {
  it.each([
    ['migration:read', ['migration:read']],
    ['migration:approve migration:read', ['migration:read', 'migration:approve']],
    ['migration:write,migration:read', ['migration:read', 'migration:write']],
    ['migration:write:none', null],
    ['', null],
    ['migration:write everything', null],
  ])('scopes %j', (text, expected) => {
    expect(readScopes(text)).toEqual(expected);
  });

  it.each([
    ['8h', 28_800],
    ['30m', 1800],
    ['90', 90],
    ['7d', 604_800],
    ['0h', null],
    ['8 hours', null],
    ['999d', null],
    ['-1h', null],
  ])('time %j', (text, expected) => {
    expect(readTtlSeconds(text)).toBe(expected);
  });
});
