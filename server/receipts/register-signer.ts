import { sql } from 'kysely';
import { signerProofText } from '../../shared/contract/admin/signers.ts';
import { isPrincipal } from '../../shared/core/allowed-signers.ts';
import { keyFingerprint, parsePublicKeyLine, publicKeyLine } from '../../shared/core/ssh-public-key.ts';
import { sshsigNamespaces, verifySshsig } from '../../shared/core/sshsig.ts';
import { sameBytes } from '../../shared/core/ssh-wire.ts';
import { Refusal } from '../guards/refusal.ts';
import type { Caller } from '../guards/token.ts';
import type { AdminTx } from '../store/transactions.ts';
import { sha256Bytes, sha512Bytes, verifyEd25519 } from './ed25519.ts';
import { endSignerRecord, findSigner, insertSigner, lockSignersOf, type SignerRecord } from './signer-register.ts';

export type SignerRegistration = {
  readonly public_key: string;
  readonly sub?: string | undefined;
  readonly proof: string;
  readonly proof_by_former_key?: string | undefined;
  readonly ends_former_key?: boolean | undefined;
  readonly valid_until?: string | undefined;
};

/**
 * Enters an operator's key (N2). The key itself proves that it is held; a person's second key is vouched for by one
 * that the person still has, or by an approver: a stolen token alone cannot make somebody a new signature. A key that was
 * revoked or has ended vouches for none. The same key again is the same answer.
 * Throws `Refusal` `insufficient_scope`, `signer_proof_invalid`, `signer_conflict` or `invalid_request`.
 */
export async function registerSignerKey(tx: AdminTx, environmentId: string, caller: Pick<Caller, 'sub' | 'scopes'>, asked: SignerRegistration): Promise<{ readonly signer: SignerRecord; readonly isNew: boolean }> {
  const sub = asked.sub ?? caller.sub;
  const isApprover = caller.scopes.has('migration:approve');
  if (!isApprover && (sub !== caller.sub || !caller.scopes.has('migration:write'))) throw new Refusal('insufficient_scope');
  if (!isPrincipal(sub)) {
    throw new Refusal('invalid_request', { because: 'A name with commas, quotes, wildcards or other than printable ASCII cannot stand in allowed_signers.', errors: [{ path: 'sub', message: 'cannot be a principal' }] });
  }
  const publicKey = parsePublicKeyLine(asked.public_key);
  if (publicKey === null) throw new Refusal('invalid_request', { errors: [{ path: 'public_key', message: 'must be an OpenSSH ssh-ed25519 public key line' }] });
  const text = signerProofText(environmentId, sub, publicKeyLine(publicKey));
  const signedBy = signerOf(asked.proof, text);
  if (signedBy === undefined || !sameBytes(signedBy, publicKey)) throw new Refusal('signer_proof_invalid');

  const validUntil = await readEnd(tx, asked.valid_until);
  const former = await lockSignersOf(tx, sub);
  const vouching = vouchingKey(former, asked.proof_by_former_key, text);
  if (asked.ends_former_key === true && vouching === undefined) {
    throw new Refusal('signer_conflict', { because: 'The former key is revoked or has ended, or its proof does not fit: nothing was registered or ended.' });
  }
  const fingerprint = keyFingerprint(publicKey, sha256Bytes);
  const known = await findSigner(tx, fingerprint);
  if (known !== undefined) refuseUnlessUsable(known, sub);
  else if (former.length > 0 && !isApprover && vouching === undefined) throw new Refusal('signer_conflict');
  const signer = known ?? (await insertSigner(tx, sub, publicKey, validUntil));
  if (signer === undefined) throw new Refusal('signer_conflict', { because: 'This key is registered for another person.' });
  if (asked.ends_former_key === true && vouching !== undefined && vouching.fingerprint !== fingerprint) await endSignerRecord(tx, vouching.fingerprint);
  return { signer, isNew: known === undefined };
}

function refuseUnlessUsable(known: SignerRecord, sub: string): void {
  if (known.sub !== sub) throw new Refusal('signer_conflict', { because: 'This key is registered for another person.' });
  if (known.revokedAt !== null) throw new Refusal('signer_conflict', { because: 'This key was revoked. Make a new one.' });
  if (!known.isLive) throw new Refusal('signer_conflict', { because: 'This key has ended. Make a new one.' });
}

/** By the database's clock: one that has passed already would make a key that never counts. */
async function readEnd(tx: AdminTx, text: string | undefined): Promise<Date | null> {
  if (text === undefined) return null;
  const { rows } = await sql<{ is_ahead: boolean }>`select ${text}::timestamptz > now() as is_ahead`.execute(tx);
  if (rows[0]?.is_ahead !== true) throw new Refusal('invalid_request', { errors: [{ path: 'valid_until', message: 'must lie ahead' }] });
  return new Date(text);
}

/** The key of the same person that signed the proof and still counts. */
function vouchingKey(former: readonly SignerRecord[], proof: string | undefined, text: string): SignerRecord | undefined {
  const signedBy = proof === undefined ? undefined : signerOf(proof, text);
  if (signedBy === undefined) return undefined;
  const line = publicKeyLine(signedBy);
  return former.find((key) => key.isLive && key.publicKeyLine === line);
}

function signerOf(armored: string, text: string): Uint8Array | undefined {
  const verdict = verifySshsig({ armored, message: Buffer.from(text, 'utf8'), namespace: sshsigNamespaces.signer, verify: verifyEd25519, sha512: sha512Bytes });
  return verdict.verdict === 'good' ? verdict.publicKey : undefined;
}
