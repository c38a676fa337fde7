import type { SecretStore } from './secret-store.ts';

/** Secrets in memory, gone with the process: where there is no safe place, and for tests. */
export function createSessionSecretStore(): SecretStore {
  const secrets = new Map<string, string>();
  return {
    kind: 'session-only',
    get: (name) => secrets.get(name),
    set: (name, value) => void secrets.set(name, value),
    remove: (name) => void secrets.delete(name),
    elsewhere: () => 'none',
    removeEverywhere: (name) => void secrets.delete(name),
  };
}
