import { createCipheriv, createDecipheriv, createHmac, hash } from 'node:crypto';

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Personal data as it lies on disk: unreadable without the scope's key, and told by its own hash without it. */
export interface Sealed {
  readonly nonce: Uint8Array;
  /** Cipher text and, at its end, the tag. */
  readonly sealed: Uint8Array;
}

/** What the chain holds of sealed data. Neither tells the text: one is of random-looking bytes, the other keyed. */
export interface SealNote {
  readonly scope: string;
  readonly sha256: string;
  readonly hmac: string;
}

/** The key of one scope, as it is kept in the secret store. */
export function newScopeKey(randomBytes: (count: number) => Uint8Array): string {
  return Buffer.from(randomBytes(KEY_BYTES)).toString('base64');
}

/**
 * Seals a text with AES-256-GCM, bound to its place in the journal, so that sealed data cannot be moved to another
 * entry. `scopeKey` is what `newScopeKey` made.
 */
export function seal(scopeKey: string, scope: string, seq: number, text: string, randomBytes: (count: number) => Uint8Array): Sealed & { readonly note: SealNote } {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', subkey(scopeKey, 'seal'), nonce);
  cipher.setAAD(placeOf(scope, seq));
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return { nonce, sealed, note: { scope, sha256: sealedHash(nonce, sealed), hmac: keyedHash(scopeKey, text) } };
}

/** The text again; undefined when key, bytes or place are not those it was sealed with. */
export function unseal(scopeKey: string, scope: string, seq: number, { nonce, sealed }: Sealed): string | undefined {
  try {
    const decipher = createDecipheriv('aes-256-gcm', subkey(scopeKey, 'seal'), nonce);
    decipher.setAAD(placeOf(scope, seq));
    decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
    return Buffer.concat([decipher.update(sealed.subarray(0, sealed.length - TAG_BYTES)), decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}

/** The hash that the chain holds of sealed bytes: a change shows even when the key was destroyed. */
export function sealedHash(nonce: Uint8Array, sealed: Uint8Array): string {
  return hash('sha256', Buffer.concat([nonce, sealed]));
}

/** Keyed, since a bare hash of an e-mail address is as good as the address to whoever has a list of them. */
export function keyedHash(scopeKey: string, text: string): string {
  return createHmac('sha256', subkey(scopeKey, 'mac')).update(text).digest('hex');
}

function subkey(scopeKey: string, use: 'seal' | 'mac'): Buffer {
  return createHmac('sha256', Buffer.from(scopeKey, 'base64')).update(`drydock-journal-${use}`).digest();
}

function placeOf(scope: string, seq: number): Buffer {
  return Buffer.from(`${scope}\n${seq}`);
}
