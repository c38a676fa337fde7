import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type OsKeyStore, openOsSecretStore } from './secrets.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'drydock-secrets-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

/** A key store that keeps what it closed under a mark of its own, as the OS would under its key. */
function keyStore(options: { readonly available?: boolean; readonly backend?: ReturnType<OsKeyStore['getSelectedStorageBackend']>; readonly shouldReEncrypt?: boolean; readonly mark?: string } = {}): OsKeyStore {
  const mark = options.mark ?? 'closed:';
  const turned = (text: string): string => Array.from(text).reverse().join('');
  return {
    isAsyncEncryptionAvailable: async () => options.available ?? true,
    getSelectedStorageBackend: () => options.backend ?? 'gnome_libsecret',
    encryptStringAsync: async (text) => Buffer.from(mark + turned(text)),
    decryptStringAsync: async (bytes) => {
      const text = bytes.toString();
      if (!text.startsWith(mark)) throw new Error('not mine');
      return { result: turned(text.slice(mark.length)), shouldReEncrypt: options.shouldReEncrypt ?? false };
    },
  };
}

const everythingOnDisk = (): string => readdirSync(home).map((name) => readFileSync(join(home, name), 'utf8')).join('\n');

test('a secret is there in the next launch, and in no file as it is', async () => {
  const store = await openOsSecretStore(home, keyStore(), 'linux', randomBytes);
  store.set('token-staging', 'canary-token');
  const next = await openOsSecretStore(home, keyStore(), 'linux', randomBytes);
  expect(next.kind).toBe('os-key-store');
  expect(next.get('token-staging')).toBe('canary-token');
  expect(everythingOnDisk()).not.toContain('canary-token');
  expect(everythingOnDisk()).not.toContain(Buffer.from('canary-token').toString('base64').slice(0, 12));
  next.remove('token-staging');
  expect(next.get('token-staging')).toBeUndefined();
});

test.each([
  ['linux', keyStore({ backend: 'basic_text' })],
  ['linux', keyStore({ backend: 'unknown' })],
  ['linux', keyStore({ available: false })],
  ['win32', keyStore({ available: false })],
] as const)('where the key store of %s protects nothing, secrets last for the session and no file is written', async (platform, osKeyStore) => {
  const store = await openOsSecretStore(home, osKeyStore, platform, randomBytes);
  store.set('token-staging', 'canary-token');
  expect([store.kind, store.get('token-staging')]).toEqual(['session-only', 'canary-token']);
  expect(readdirSync(home)).toEqual([]);
});

test('a backend is asked for on Linux alone', async () => {
  expect((await openOsSecretStore(home, keyStore({ backend: 'unknown' }), 'darwin', randomBytes)).kind).toBe('os-key-store');
});

test('one secret cannot be passed off as another, and a changed one is refused', async () => {
  const store = await openOsSecretStore(home, keyStore(), 'linux', randomBytes);
  store.set('a', 'first');
  store.set('b', 'second');
  writeFileSync(join(home, 'secrets-os-b'), readFileSync(join(home, 'secrets-os-a')));
  expect(() => store.get('b')).toThrow('secret_unreadable');
  writeFileSync(join(home, 'secrets-os-a'), Buffer.alloc(40).toString('base64'));
  expect(() => store.get('a')).toThrow('secret_unreadable');
});

test('a key store that no longer opens its own stops the start, and nothing is overwritten', async () => {
  (await openOsSecretStore(home, keyStore(), 'linux', randomBytes)).set('a', 'first');
  const before = everythingOnDisk();
  await expect(openOsSecretStore(home, keyStore({ mark: 'other:' }), 'linux', randomBytes)).rejects.toThrow('secret_unreadable');
  expect(everythingOnDisk()).toBe(before);
});

test('a key that the key store wants closed anew is closed anew, and opens the same secrets', async () => {
  (await openOsSecretStore(home, keyStore(), 'linux', randomBytes)).set('a', 'first');
  const turning = await openOsSecretStore(home, keyStore({ shouldReEncrypt: true }), 'linux', randomBytes);
  expect(turning.get('a')).toBe('first');
});
