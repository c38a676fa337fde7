import { decodeBase64, encodeBase64 } from './base64.ts';
import { joinBytes, readSsh, sshString } from './ssh-wire.ts';

/** The only kind of key that Drydock makes and takes (RFC 8709). */
export const SSH_KEY_TYPE = 'ssh-ed25519';
const ED25519_PUBLIC_KEY_BYTES = 32;
const LINE = /^ssh-ed25519 ([A-Za-z0-9+/=]+)(?: [ -~]{0,255})?\n?$/;

/** A hash over bytes, passed in. */
export type HashBytes = (bytes: Uint8Array) => Uint8Array;

/** The wire form of an Ed25519 public key (RFC 8709 section 4). Throws `RangeError` when it is not 32 bytes. */
export function publicKeyBlob(publicKey: Uint8Array): Uint8Array<ArrayBuffer> {
  if (publicKey.length !== ED25519_PUBLIC_KEY_BYTES) throw new RangeError('An Ed25519 public key has 32 bytes.');
  return joinBytes([sshString(SSH_KEY_TYPE), sshString(publicKey)]);
}

/** The 32 bytes of the key in a wire-form blob, or null. */
export function readPublicKeyBlob(blob: Uint8Array): Uint8Array<ArrayBuffer> | null {
  const reader = readSsh(blob);
  if (reader.text() !== SSH_KEY_TYPE) return null;
  const key = reader.string();
  return key !== null && key.length === ED25519_PUBLIC_KEY_BYTES && reader.isAtEnd() ? Uint8Array.from(key) : null;
}

/** `ssh-ed25519 AAAA...`, without a comment: the form in which keys are stored, compared and sent. */
export function publicKeyLine(publicKey: Uint8Array): string {
  return `${SSH_KEY_TYPE} ${encodeBase64(publicKeyBlob(publicKey))}`;
}

/** The 32 bytes of the key in an OpenSSH public key line; a comment behind it is allowed. Null for anything else. */
export function parsePublicKeyLine(line: string): Uint8Array<ArrayBuffer> | null {
  const encoded = LINE.exec(line)?.[1];
  const blob = encoded === undefined ? null : decodeBase64(encoded);
  return blob === null ? null : readPublicKeyBlob(blob);
}

/** `SHA256:...` as `ssh-keygen -l` prints it: base64 of SHA-256 over the wire form, without padding. */
export function keyFingerprint(publicKey: Uint8Array, sha256: HashBytes): string {
  return `SHA256:${encodeBase64(sha256(publicKeyBlob(publicKey))).replace(/=+$/, '')}`;
}
