import { decodeBase64, encodeBase64 } from '../../shared/core/base64.ts';
import { keyFingerprint, publicKeyLine } from '../../shared/core/ssh-public-key.ts';
import { signSshsig, sshsigNamespaces } from '../../shared/core/sshsig.ts';
import { ed25519FromSeed, sha256Bytes, sha512Bytes } from './ed25519.ts';

/** The key with which this server signs receipts. Its private half never leaves this value. */
export type ReceiptKey = {
  /** `ssh-ed25519 AAAA...`, what clients pin. */
  readonly publicKeyLine: string;
  readonly fingerprint: string;
  readonly publicKey: Uint8Array;
  /** Armored SSHSIG in namespace `drydock-receipt` over the text as UTF-8. */
  readonly sign: (receipt: string) => string;
};

/**
 * Reads the text of `DRYDOCK_RECEIPT_KEY`: base64 (or base64url) of the 32-byte seed of an Ed25519 key, as
 * `openssl rand -base64 32` gives one. Throws `RangeError` with one line that can be shown and holds nothing of the text.
 */
export function readReceiptKey(setting: string): ReceiptKey {
  const plain = setting.trim().replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '');
  const seed = decodeBase64(plain.padEnd(Math.ceil(plain.length / 4) * 4, '='));
  if (seed?.length !== 32) throw new RangeError('DRYDOCK_RECEIPT_KEY must be base64 of 32 random bytes (openssl rand -base64 32).');
  const key = ed25519FromSeed(seed);
  return {
    publicKeyLine: publicKeyLine(key.publicKey),
    fingerprint: keyFingerprint(key.publicKey, sha256Bytes),
    publicKey: key.publicKey,
    sign: (receipt) => signSshsig({ message: Buffer.from(receipt, 'utf8'), namespace: sshsigNamespaces.receipt, publicKey: key.publicKey, sign: key.sign, sha512: sha512Bytes }),
  };
}

/** The text of a new key's setting, for a practice server to keep in its own folder. */
export function newReceiptKeySetting(randomBytes: (count: number) => Uint8Array): string {
  return encodeBase64(randomBytes(32));
}

/** The server's principal in `allowed_signers`. */
export function receiptPrincipal(environmentId: string): string {
  return `drydock-server@${environmentId}`;
}
