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
  return openKey(parts, secretName(parts));
}

/** The key as it is kept, if there is one: nothing is made. @throws OperatorError as `openOperatorKey` */
export function storedOperatorKey(parts: Omit<OperatorKeyParts, 'randomBytes'>): OperatorKey | undefined {
  return storedKey(parts.secrets, secretName(parts));
}

/**
 * The key that is to take the place of the one in use: made, or what a replacement that was cut short has left. It lies
 * beside the one in use until the server has it, so that at no moment a key that the server knows is missing here.
 * @throws OperatorError as `openOperatorKey`
 */
export function openNextKey(parts: OperatorKeyParts): OperatorKey {
  // One that has taken the place already was left by a process that was killed: it replaces nothing.
  if (waitingKey(parts) === undefined) parts.secrets.remove(nextName(parts));
  return openKey(parts, nextName(parts));
}

/** The key that waits to take the place, if there is one. @throws OperatorError as `openOperatorKey` */
export function waitingKey(parts: Omit<OperatorKeyParts, 'randomBytes'>): OperatorKey | undefined {
  const waiting = storedKey(parts.secrets, nextName(parts));
  // Cut short between its two steps, taking the place leaves the same key in both.
  return waiting?.fingerprint === storedOperatorKey(parts)?.fingerprint ? undefined : waiting;
}

/**
 * Puts the waiting key in the place of the one in use, whose private half is destroyed. The new one is kept first.
 * @throws OperatorError as `openOperatorKey`
 */
export function adoptWaitingKey(parts: Omit<OperatorKeyParts, 'randomBytes'>): void {
  const { secrets } = parts;
  const seed = secrets.get(nextName(parts));
  if (seed === undefined) return;
  secrets.set(secretName(parts), seed);
  secrets.remove(nextName(parts));
}

function openKey(parts: OperatorKeyParts, name: string): OperatorKey {
  if (parts.secrets.get(name) === undefined) parts.secrets.set(name, encodeBase64(parts.randomBytes(SEED_BYTES)));
  // Read back: a second process may have made one at the same time, and what is stored is the key from now on.
  return storedKey(parts.secrets, name) ?? keyOf('', name);
}

function storedKey(secrets: SecretStore, name: string): OperatorKey | undefined {
  const text = secrets.get(name);
  return text === undefined ? undefined : keyOf(text, name);
}

function keyOf(text: string, name: string): OperatorKey {
  const seed = decodeBase64(text);
  if (seed?.length !== SEED_BYTES) {
    throw problem('signer_key_damaged', 'Your signing key cannot be read', `The stored secret ${name} is damaged. Restore it, or remove it: then a new key is made, which an approver must let in.`);
  }
  const key = ed25519FromSeed(seed);
  return {
    publicKeyLine: publicKeyLine(key.publicKey),
    fingerprint: keyFingerprint(key.publicKey, sha256Bytes),
    sign: (namespace, message) => signSshsig({ message: Buffer.from(message, 'utf8'), namespace, publicKey: key.publicKey, sign: key.sign, sha512: sha512Bytes }),
  };
}

function secretName({ environmentId, sub }: Pick<OperatorKeyParts, 'environmentId' | 'sub'>): string {
  return `signer-${hash('sha256', `${environmentId}\n${sub}`).slice(0, 32)}`;
}

function nextName(parts: Pick<OperatorKeyParts, 'environmentId' | 'sub'>): string {
  return `${secretName(parts)}-next`;
}
