import { createHmac, hash, timingSafeEqual } from 'node:crypto';

/** What a keyed hash is of. The purpose is part of what is hashed, so that one can never pass for another. */
export type KeyedHashPurpose = 'temporary-password' | 'sign-in-account' | 'sign-in-address' | 'validation-key' | 'email-link';

/** HMAC-SHA-256 under the server's key, lower-case hex. */
export function keyedHash(secretKey: Uint8Array, purpose: KeyedHashPurpose, text: string): string {
  return createHmac('sha256', secretKey).update(`${purpose}\n${text}`, 'utf8').digest('hex');
}

/** Compares two hashes of the same length in constant time. */
export function isSameHash(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one, 'utf8'), Buffer.from(other, 'utf8')];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** How a random token is kept: it has enough chance in it that a plain SHA-256 gives nothing away. */
export function tokenHash(token: string): string {
  return hash('sha256', token);
}
