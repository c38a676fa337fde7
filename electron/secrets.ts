import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { SafeStorage } from 'electron';
import { createFileSecretStore } from '../operator/environments/file-secret-store.ts';
import { OS_KEY_STORE_PREFIX, type SecretStore } from '../operator/environments/secret-store.ts';
import { createSessionSecretStore } from '../operator/environments/session-secret-store.ts';
import { OperatorError } from '../shared/contract/operator/reply.ts';

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const MASTER_KEY = 'os-master-key';

export type OsKeyStore = Pick<SafeStorage, 'isAsyncEncryptionAvailable' | 'getSelectedStorageBackend' | 'encryptStringAsync' | 'decryptStringAsync'>;

/**
 * Secrets under a key that the OS key store holds. On Linux without a key store Electron would encrypt with a password
 * that everyone knows (`basic_text`): then nothing is kept, and secrets last as long as the app is open.
 * The key is asked for once, here, so that reading and keeping a secret is immediate and on disk when it returns.
 * @throws OperatorError `secret_unreadable` when the key store no longer opens what it closed: nothing is overwritten
 */
export async function openOsSecretStore(home: string, osKeyStore: OsKeyStore, platform: NodeJS.Platform, randomBytes: (count: number) => Uint8Array): Promise<SecretStore> {
  if (!(await isProtected(osKeyStore, platform))) return createSessionSecretStore();
  const files = createFileSecretStore(home);
  const key = await masterKey(files, osKeyStore, randomBytes);
  return {
    kind: 'os-key-store',
    get(name) {
      const sealed = files.get(sealedName(name));
      return sealed === undefined ? undefined : unseal(key, name, sealed);
    },
    set: (name, value) => files.set(sealedName(name), seal(key, name, value, randomBytes(NONCE_BYTES))),
    remove: (name) => files.remove(sealedName(name)),
    elsewhere(name) {
      const text = files.get(name);
      return text === undefined ? 'none' : { text };
    },
    removeEverywhere: (name) => files.removeEverywhere(name),
  };
}

function sealedName(name: string): string {
  return `${OS_KEY_STORE_PREFIX}${name}`;
}

async function isProtected(osKeyStore: OsKeyStore, platform: NodeJS.Platform): Promise<boolean> {
  if (!(await osKeyStore.isAsyncEncryptionAvailable())) return false;
  if (platform !== 'linux') return true;
  const backend = osKeyStore.getSelectedStorageBackend();
  return backend !== 'basic_text' && backend !== 'unknown';
}

async function masterKey(files: SecretStore, osKeyStore: OsKeyStore, randomBytes: (count: number) => Uint8Array): Promise<Buffer> {
  const kept = files.get(MASTER_KEY);
  if (kept === undefined) {
    const fresh = Buffer.from(randomBytes(KEY_BYTES));
    await keepMasterKey(files, osKeyStore, fresh);
    return fresh;
  }
  const opened = await osKeyStore.decryptStringAsync(Buffer.from(kept, 'base64')).catch(() => undefined);
  if (opened === undefined) throw unreadable('The key store of this machine does not open what it once closed. Unlock it and start Drydock again.');
  const key = Buffer.from(opened.result, 'base64');
  if (key.length !== KEY_BYTES) throw unreadable('What the key store gave is not a key.');
  if (opened.shouldReEncrypt) await keepMasterKey(files, osKeyStore, key);
  return key;
}

async function keepMasterKey(files: SecretStore, osKeyStore: OsKeyStore, key: Buffer): Promise<void> {
  files.set(MASTER_KEY, (await osKeyStore.encryptStringAsync(key.toString('base64'))).toString('base64'));
}

/** The name goes in as associated data: one secret's file cannot stand in for another's. */
function seal(key: Buffer, name: string, value: string, nonce: Uint8Array): string {
  const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(name));
  const sealed = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64');
}

function unseal(key: Buffer, name: string, text: string): string {
  const bytes = Buffer.from(text, 'base64');
  try {
    const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES }).setAAD(Buffer.from(name));
    decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8');
  } catch {
    throw unreadable('Its file was changed, or belongs to another machine.');
  }
}

function unreadable(detail: string): OperatorError {
  return new OperatorError({ code: 'secret_unreadable', title: 'A stored secret cannot be read', detail, request_id: null });
}
