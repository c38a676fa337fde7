import { isSameHash, keyedHash } from './keyed-hash.ts';

/**
 * How a migration's temporary password is kept: one HMAC under a key outside the database (A10). The word is known to
 * the whole cohort, so a slow hash would protect nothing, and would cost every sign-in.
 */
export function temporaryPasswordHmac(secretKey: Uint8Array, password: string): string {
  return keyedHash(secretKey, 'temporary-password', password);
}

const noCredential = '0'.repeat(64);

/** Compares a password with a credential's HMAC in constant time; with a stand-in of the same length where there is none. */
export function isTemporaryPassword(secretKey: Uint8Array, password: string, credentialHmac: string | null): boolean {
  const isSame = isSameHash(temporaryPasswordHmac(secretKey, password), credentialHmac ?? noCredential);
  return isSame && credentialHmac !== null;
}
