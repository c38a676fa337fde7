import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileSecretStore } from './file-secret-store.ts';

let home = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'drydock-secrets-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

describe('secrets in files', () => {
  it('are each in a file of their own that its owner alone may read', () => {
    const store = createFileSecretStore(home);
    store.set('token-staging', 'one');
    store.set('token-staging', 'two');
    store.set('token-other', 'three');
    expect(store.get('token-staging')).toBe('two');
    expect(readdirSync(home).toSorted()).toEqual(['secrets-token-other', 'secrets-token-staging']);
    for (const name of readdirSync(home)) expect(statSync(join(home, name)).mode & 0o777).toBe(0o600);
  });

  it('are gone when removed, and removing what is not there is fine', () => {
    const store = createFileSecretStore(home);
    store.set('token-staging', 'one');
    store.remove('token-staging');
    store.remove('token-staging');
    expect(store.get('token-staging')).toBeUndefined();
    expect(readdirSync(home)).toEqual([]);
  });

  it.each(['../journal.sqlite', 'a/b', '', 'Token'])('take no name such as %j, which could be another file', (name) => {
    expect(() => createFileSecretStore(home).set(name, 'x')).toThrow(RangeError);
  });
});
