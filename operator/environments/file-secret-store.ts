import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { writeDurably } from '../durable-file.ts';
import { problem } from '../problems.ts';
import { OS_KEY_STORE_PREFIX, type SecretStore } from './secret-store.ts';
import { systemCode } from '../system-code.ts';

const NAME = /^[a-z0-9][a-z0-9-]{0,120}$/;

/**
 * Secrets in 0600 files under `home`, one each, named `secrets-<name>`: two processes that keep different secrets at
 * once cannot lose each other's, and destroying one rewrites none of the others.
 */
export function createFileSecretStore(home: string): SecretStore {
  function pathOf(name: string): string {
    if (!NAME.test(name)) throw new RangeError('A secret is named with a-z, 0-9 and hyphens.');
    return join(home, `secrets-${name}`);
  }
  function remove(name: string): void {
    const path = pathOf(name);
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) return;
    // Overwritten first: an erased run must not come back from a disk that still holds the old bytes.
    overwrite(path, found.size);
    rmSync(path, { force: true });
  }
  return {
    kind: 'file',
    get(name) {
      try {
        return readFileSync(pathOf(name), 'utf8');
      } catch (thrown) {
        if (systemCode(thrown) === 'ENOENT') return undefined;
        throw problem('secret_unreadable', 'A stored secret cannot be read', `Look at the rights of ${pathOf(name)}: it must be yours and readable.`);
      }
    },
    set(name, value) {
      const path = pathOf(name);
      try {
        mkdirSync(home, { recursive: true, mode: 0o700 });
        writeDurably(path, value);
      } catch {
        throw problem('secret_not_kept', 'A secret could not be stored', `${home} must be writable and have room. Nothing was sent.`);
      }
    },
    remove,
    elsewhere: (name) => (existsSync(pathOf(`${OS_KEY_STORE_PREFIX}${name}`)) ? 'closed' : 'none'),
    removeEverywhere(name) {
      remove(name);
      remove(`${OS_KEY_STORE_PREFIX}${name}`);
    },
  };
}

function overwrite(path: string, bytes: number): void {
  const file = openSync(path, 'r+');
  try {
    writeSync(file, Buffer.alloc(bytes));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
