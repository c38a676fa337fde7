import type { Signer } from '../../shared/contract/admin/signers.ts';
import { type AllowedSigner, isAllowed, parseAllowedSigners } from '../../shared/core/allowed-signers.ts';
import { parsePublicKeyLine } from '../../shared/core/ssh-public-key.ts';
import { sameBytes } from '../../shared/core/ssh-wire.ts';
import type { SshsigNamespace } from '../../shared/core/sshsig.ts';

/** Who was asked whose keys count: the server now, what it once said, the key pinned when it was first reached, or the person's own file. */
export type TrustBasis = 'server' | 'remembered' | 'pinned' | 'file';

/** Whose signatures count, as somebody other than the report says. */
export interface TrustedKeys {
  readonly basis: TrustBasis;
  /** In words, where this comes from, for the verdict. */
  readonly origin: string;
  readonly allowed: readonly AllowedSigner[];
  readonly revoked: readonly { readonly principal: string; readonly publicKey: Uint8Array; readonly at: string }[];
}

export type KeyVerdict =
  | { readonly verdict: 'allowed'; readonly principal: string }
  | { readonly verdict: 'unknown' }
  | { readonly verdict: 'revoked'; readonly principal: string; readonly at: string }
  | { readonly verdict: 'expired'; readonly principal: string; readonly until: string }
  | { readonly verdict: 'not_yet_valid'; readonly principal: string; readonly from: string };

/** The keys a server lists, and the receipt key that was pinned when it was first reached. */
export function trustedFromServer(signers: readonly Signer[], pinnedReceiptKey: string | undefined, basis: TrustBasis, origin: string): TrustedKeys {
  const pinned = pinnedReceiptKey === undefined ? null : parsePublicKeyLine(pinnedReceiptKey);
  const lines = signers.filter((signer) => signer.revoked_at === null).map((signer) => signer.allowed_signers_line);
  const { signers: allowed } = parseAllowedSigners(lines.join('\n'));
  const isListed = pinned !== null && allowed.some((signer) => sameBytes(signer.publicKey, pinned));
  const revoked = signers.flatMap((signer) => {
    const publicKey = parsePublicKeyLine(signer.public_key);
    return signer.revoked_at === null || publicKey === null ? [] : [{ principal: signer.principal, publicKey, at: signer.revoked_at }];
  });
  const pin: readonly AllowedSigner[] = pinned === null || isListed ? [] : [{ principals: ['the pinned server'], namespaces: ['drydock-receipt'], validAfterSeconds: null, validBeforeSeconds: null, publicKey: pinned }];
  return { basis, origin, allowed: [...allowed, ...pin], revoked };
}

/** The keys of an `allowed_signers` file; where it names none for receipts, the pinned key stands in. */
export function trustedFromFile(text: string, pinnedReceiptKey: string | undefined, origin: string): TrustedKeys & { readonly unreadableLines: readonly number[] } {
  const { signers, unreadableLines } = parseAllowedSigners(text);
  const namesReceipts = signers.some((signer) => signer.namespaces === null || signer.namespaces.includes('drydock-receipt'));
  const pin = namesReceipts ? [] : trustedFromServer([], pinnedReceiptKey, 'pinned', origin).allowed;
  return { basis: 'file', origin, allowed: [...signers, ...pin], revoked: [], unreadableLines };
}

/** Whether the key is one with which that environment signs, or signed, receipts. */
export function knowsReceiptKey({ allowed }: TrustedKeys, publicKey: Uint8Array): boolean {
  return allowed.some((signer) => sameBytes(signer.publicKey, publicKey) && (signer.namespaces === null || signer.namespaces.includes('drydock-receipt')));
}

/** Whether a key may have signed in the namespace at the moment. A revocation counts for all times: who stole a key can date back. */
export function judgeKey(trusted: TrustedKeys, publicKey: Uint8Array, namespace: SshsigNamespace, at: Date): KeyVerdict {
  const revoked = trusted.revoked.find((one) => sameBytes(one.publicKey, publicKey));
  if (revoked !== undefined) return { verdict: 'revoked', principal: revoked.principal, at: revoked.at };
  const known = trusted.allowed.filter((signer) => sameBytes(signer.publicKey, publicKey) && (signer.namespaces === null || signer.namespaces.includes(namespace)));
  const allowed = known.find((signer) => isAllowed(signer, namespace, at));
  if (allowed !== undefined) return { verdict: 'allowed', principal: allowed.principals.join(',') };
  const [first] = known;
  if (first === undefined) return { verdict: 'unknown' };
  const principal = first.principals.join(',');
  const { validAfterSeconds: from, validBeforeSeconds: until } = first;
  if (from !== null && Math.floor(at.getTime() / 1000) < from) return { verdict: 'not_yet_valid', principal, from: momentOf(from) };
  return { verdict: 'expired', principal, until: until === null ? 'no known day' : momentOf(until) };
}

function momentOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
