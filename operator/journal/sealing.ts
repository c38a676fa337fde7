import { type KeyObject, createCipheriv, createDecipheriv, createHmac, createSecretKey, hash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Shorter texts gain nothing. */
const PACKED_FROM_BYTES = 4_096;
/** What a packed text begins with; no text of ours begins so. */
const PACKED = 0;

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
  const keys = subkeysOf(scopeKey);
  // Encoded once: a page of items is some hundred thousand characters.
  const bytes = Buffer.from(text);
  const cipher = createCipheriv('aes-256-gcm', keys.seal, nonce);
  cipher.setAAD(placeOf(scope, seq));
  const sealed = Buffer.concat([cipher.update(packed(bytes)), cipher.final(), cipher.getAuthTag()]);
  return { nonce, sealed, note: { scope, sha256: sealedHash(nonce, sealed), hmac: keyedHash(scopeKey, bytes) } };
}

/** The text again; undefined when key, bytes or place are not those it was sealed with. */
export function unseal(scopeKey: string, scope: string, seq: number, { nonce, sealed }: Sealed): string | undefined {
  try {
    const decipher = createDecipheriv('aes-256-gcm', subkeysOf(scopeKey).seal, nonce);
    decipher.setAAD(placeOf(scope, seq));
    decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
    const bytes = Buffer.concat([decipher.update(sealed.subarray(0, sealed.length - TAG_BYTES)), decipher.final()]);
    return (bytes[0] === PACKED ? inflateRawSync(bytes.subarray(1)) : bytes).toString('utf8');
  } catch {
    return undefined;
  }
}

/**
 * A page of items says the same things a thousand times: packed it is a tenth, which is what is encrypted, hashed, and
 * waited for until it is on disk.
 */
function packed(text: Buffer): Buffer {
  if (text.length < PACKED_FROM_BYTES && text[0] !== PACKED) return text;
  return Buffer.concat([Buffer.of(PACKED), deflateRawSync(text, { level: 1 })]);
}

/** The hash that the chain holds of sealed bytes: a change shows even when the key was destroyed. */
export function sealedHash(nonce: Uint8Array, sealed: Uint8Array): string {
  return hash('sha256', Buffer.concat([nonce, sealed]));
}

/** Keyed, since a bare hash of an e-mail address is as good as the address to whoever has a list of them. */
export function keyedHash(scopeKey: string, text: string | Uint8Array): string {
  return createHmac('sha256', subkeysOf(scopeKey).mac).update(text).digest('hex');
}

type Subkeys = { readonly scopeKey: string; readonly seal: KeyObject; readonly mac: KeyObject };

/** Those of the scope that was used last: a run is mirrored under one, batch after batch. Whoever asks has the scope's key, so an erased one opens nothing. */
let lastUsed: Subkeys | undefined;

function subkeysOf(scopeKey: string): Subkeys {
  if (lastUsed?.scopeKey !== scopeKey) lastUsed = { scopeKey, seal: subkey(scopeKey, 'seal'), mac: subkey(scopeKey, 'mac') };
  return lastUsed;
}

function subkey(scopeKey: string, use: 'seal' | 'mac'): KeyObject {
  return createSecretKey(createHmac('sha256', Buffer.from(scopeKey, 'base64')).update(`drydock-journal-${use}`).digest());
}

function placeOf(scope: string, seq: number): Buffer {
  return Buffer.from(`${scope}\n${seq}`);
}
