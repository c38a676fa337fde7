import { hash } from 'node:crypto';
import { decodeBase64, encodeBase64 } from '../../shared/core/base64.ts';
import { keyFingerprint, publicKeyLine } from '../../shared/core/ssh-public-key.ts';
import { signSshsig, type SshsigNamespace } from '../../shared/core/sshsig.ts';
import type { SecretStore } from '../environments/secret-store.ts';
import { problem } from '../problems.ts';
import { ed25519FromSeed, sha256Bytes, sha512Bytes } from './ed25519.ts';

const SEED_BYTES = 32;

/** The key with which one person signs reports of one environment (N2). Its private half never leaves this value. */
export interface OperatorKey {
  /** `ssh-ed25519 AAAA...`, without a comment. */
  readonly publicKeyLine: string;
  readonly fingerprint: string;
  /** Armored SSHSIG over the text as UTF-8. */
  sign(namespace: SshsigNamespace, text: string): string;
}

export interface OperatorKeyParts {
  readonly secrets: SecretStore;
  readonly environmentId: string;
  readonly sub: string;
  /** Cryptographically strong. */
  readonly randomBytes: (count: number) => Uint8Array;
}

/**
 * The operator's key, made at first use. One for each environment and person: a home may hold tokens of several
 * people, and a signature must say which of them it was; and one environment cannot lend its signatures to another.
 * @throws OperatorError `secret_not_kept`, `secret_unreadable`, `signer_key_damaged`
 */
export function openOperatorKey(parts: OperatorKeyParts): OperatorKey {
  const { secrets, randomBytes } = parts;
  const name = secretName(parts);
  if (secrets.get(name) === undefined) secrets.set(name, encodeBase64(randomBytes(SEED_BYTES)));
  // Read back: a second process may have made one at the same time, and what is stored is the key from now on.
  const seed = decodeBase64(secrets.get(name) ?? '');
  if (seed?.length !== SEED_BYTES) {
    throw problem('signer_key_damaged', 'Your signing key cannot be read', `The stored secret ${name} is damaged. Restore it, or remove it: then a new key is made, which an approver must let in.`);
  }
  const key = ed25519FromSeed(seed);
  return {
    publicKeyLine: publicKeyLine(key.publicKey),
    fingerprint: keyFingerprint(key.publicKey, sha256Bytes),
    sign: (namespace, text) => signSshsig({ message: Buffer.from(text, 'utf8'), namespace, publicKey: key.publicKey, sign: key.sign, sha512: sha512Bytes }),
  };
}

/** A new key in place of one that was revoked, which is destroyed. @throws OperatorError as `openOperatorKey` */
export function renewOperatorKey(parts: OperatorKeyParts): OperatorKey {
  parts.secrets.remove(secretName(parts));
  return openOperatorKey(parts);
}

function secretName({ environmentId, sub }: OperatorKeyParts): string {
  return `signer-${hash('sha256', `${environmentId}\n${sub}`).slice(0, 32)}`;
}
