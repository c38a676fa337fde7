import { createPrivateKey, createPublicKey, hash, type KeyObject, sign, verify } from 'node:crypto';

const SEED_BYTES = 32;
/** What DER puts before the 32 bytes of an Ed25519 private and public key (RFC 8410). */
const PRIVATE_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const PUBLIC_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

export type Ed25519Key = { readonly publicKey: Uint8Array; readonly sign: (bytes: Uint8Array) => Uint8Array };

/** The key of a 32-byte seed (RFC 8032). Throws `RangeError` for another length. */
export function ed25519FromSeed(seed: Uint8Array): Ed25519Key {
  if (seed.length !== SEED_BYTES) throw new RangeError('The seed of an Ed25519 key has 32 bytes.');
  const privateKey = createPrivateKey({ key: Buffer.concat([PRIVATE_PREFIX, seed]), format: 'der', type: 'pkcs8' });
  return { publicKey: rawPublicKey(privateKey), sign: (bytes) => sign(null, bytes, privateKey) };
}

/** Whether the signature fits. False, too, for bytes that are no key or no signature at all. */
export function verifyEd25519(publicKey: Uint8Array, bytes: Uint8Array, signature: Uint8Array): boolean {
  try {
    return verify(null, bytes, createPublicKey({ key: Buffer.concat([PUBLIC_PREFIX, publicKey]), format: 'der', type: 'spki' }), signature);
  } catch {
    return false;
  }
}

export function sha256Bytes(bytes: Uint8Array): Uint8Array {
  return hash('sha256', bytes, 'buffer');
}

export function sha512Bytes(bytes: Uint8Array): Uint8Array {
  return hash('sha512', bytes, 'buffer');
}

function rawPublicKey(privateKey: KeyObject): Uint8Array {
  return Uint8Array.from(createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(PUBLIC_PREFIX.length));
}
