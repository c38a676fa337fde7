import { decodeBase64, encodeBase64 } from './base64.ts';
import { type HashBytes, SSH_KEY_TYPE, publicKeyBlob, readPublicKeyBlob } from './ssh-public-key.ts';
import { asciiBytes, joinBytes, readSsh, sameBytes, sshString, uint32 } from './ssh-wire.ts';

/** What a signature is for. A verifier asks for one, so that a signature made for one thing proves nothing of another. */
export const sshsigNamespaces = { report: 'drydock-report', receipt: 'drydock-receipt', signer: 'drydock-signer' } as const;
export type SshsigNamespace = (typeof sshsigNamespaces)[keyof typeof sshsigNamespaces];

const MAGIC = 'SSHSIG';
const VERSION = 1;
const HASH = 'sha512';
const SIGNATURE_BYTES = 64;
const LINE_LENGTH = 70;
const LONGEST_ARMOR = 4096;
const BEGIN = '-----BEGIN SSH SIGNATURE-----';
const END = '-----END SSH SIGNATURE-----';
const ARMOR = new RegExp(`^${BEGIN}\n((?:[A-Za-z0-9+/=]{1,76}\n)+)${END}\n?$`);

/** The parts of an OpenSSH signature that are not fixed. */
type Sshsig = {
  readonly publicKey: Uint8Array<ArrayBuffer>;
  readonly namespace: string;
  readonly signature: Uint8Array<ArrayBuffer>;
};

type SshsigVerdict =
  | { readonly verdict: 'good'; readonly publicKey: Uint8Array<ArrayBuffer> }
  | { readonly verdict: 'bad'; readonly why: 'not_a_signature' | 'other_namespace' | 'does_not_fit' };

/**
 * Signs a message as `ssh-keygen -Y sign` does (OpenSSH PROTOCOL.sshsig, Ed25519, SHA-512) and gives the armored
 * text, ended by LF (N2). `sign` makes the 64-byte Ed25519 signature. Throws `RangeError` for parts of a wrong size.
 */
export function signSshsig(asked: {
  readonly message: Uint8Array;
  readonly namespace: SshsigNamespace;
  readonly publicKey: Uint8Array;
  readonly sign: (bytes: Uint8Array) => Uint8Array;
  readonly sha512: HashBytes;
}): string {
  const signature = asked.sign(signedBytes(asked.namespace, asked.sha512(asked.message)));
  if (signature.length !== SIGNATURE_BYTES) throw new RangeError('An Ed25519 signature has 64 bytes.');
  const blob = joinBytes([
    asciiBytes(MAGIC),
    uint32(VERSION),
    sshString(publicKeyBlob(asked.publicKey)),
    sshString(asked.namespace),
    sshString(''),
    sshString(HASH),
    sshString(joinBytes([sshString(SSH_KEY_TYPE), sshString(signature)])),
  ]);
  const lines = encodeBase64(blob).match(new RegExp(`.{1,${LINE_LENGTH}}`, 'g')) ?? [];
  return `${[BEGIN, ...lines, END].join('\n')}\n`;
}

/**
 * The parts of an armored signature, or null for anything that is not exactly one: other armor, another kind of
 * key or hash, a filled reserved field (OpenSSH leaves it out of what is signed), bytes too many. Never throws.
 */
export function parseSshsig(armored: string): Sshsig | null {
  const body = armored.length > LONGEST_ARMOR ? undefined : ARMOR.exec(armored)?.[1];
  const blob = body === undefined ? null : decodeBase64(body.replaceAll('\n', ''));
  if (blob === null) return null;
  const reader = readSsh(blob);
  const magic = reader.bytes(MAGIC.length);
  if (magic === null || !sameBytes(magic, asciiBytes(MAGIC)) || reader.uint32() !== VERSION) return null;
  const publicKey = readPublicKeyBlob(reader.string() ?? new Uint8Array());
  const namespace = reader.text();
  const reserved = reader.string();
  const hash = reader.text();
  const signature = readSignatureBlob(reader.string() ?? new Uint8Array());
  if (!reader.isAtEnd() || publicKey === null || signature === null) return null;
  if (namespace === null || namespace === '' || reserved?.length !== 0 || hash !== HASH) return null;
  return { publicKey, namespace, signature };
}

/**
 * Whether an armored signature is a good one over the message, in the namespace. Says nothing of whose key it is:
 * compare `publicKey` with who may sign. `verify` checks an Ed25519 signature and may not throw.
 */
export function verifySshsig(asked: {
  readonly armored: string;
  readonly message: Uint8Array;
  readonly namespace: SshsigNamespace;
  readonly verify: (publicKey: Uint8Array<ArrayBuffer>, bytes: Uint8Array, signature: Uint8Array) => boolean;
  readonly sha512: HashBytes;
}): SshsigVerdict {
  const parsed = parseSshsig(asked.armored);
  if (parsed === null) return { verdict: 'bad', why: 'not_a_signature' };
  if (parsed.namespace !== asked.namespace) return { verdict: 'bad', why: 'other_namespace' };
  const isGood = asked.verify(parsed.publicKey, signedBytes(asked.namespace, asked.sha512(asked.message)), parsed.signature);
  return isGood ? { verdict: 'good', publicKey: parsed.publicKey } : { verdict: 'bad', why: 'does_not_fit' };
}

function signedBytes(namespace: string, hash: Uint8Array): Uint8Array<ArrayBuffer> {
  return joinBytes([asciiBytes(MAGIC), sshString(namespace), sshString(''), sshString(HASH), sshString(hash)]);
}

function readSignatureBlob(blob: Uint8Array): Uint8Array<ArrayBuffer> | null {
  const reader = readSsh(blob);
  if (reader.text() !== SSH_KEY_TYPE) return null;
  const signature = reader.string();
  return signature !== null && signature.length === SIGNATURE_BYTES && reader.isAtEnd() ? Uint8Array.from(signature) : null;
}
