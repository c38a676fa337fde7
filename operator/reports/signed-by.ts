import type { ReportVerdict } from '../../shared/contract/operator/reports.ts';
import { type SshsigNamespace, verifySshsig } from '../../shared/core/sshsig.ts';
import { sha512Bytes, verifyEd25519 } from '../keys/ed25519.ts';
import { assertNever } from '../../shared/core/assert-never.ts';
import { readSmallFile } from './report-files.ts';
import { judgeKey, type KeyVerdict, type TrustedKeys } from './trusted-keys.ts';

type Basis = ReportVerdict['checks'][number]['basis'];

/** Which key made a signature that fits; else why there is none. */
export type SignedBy = { readonly publicKey: Uint8Array; readonly why: null } | { readonly publicKey: null; readonly why: string };

export async function signedBy(folder: string, signatureName: string, message: Buffer | null, namespace: SshsigNamespace): Promise<SignedBy> {
  const signature = await readSmallFile(folder, signatureName);
  if (message === null || signature === null) return { publicKey: null, why: `${signatureName} or what it signs is missing.` };
  const verdict = verifySshsig({ armored: signature.toString('latin1'), message, namespace, verify: verifyEd25519, sha512: sha512Bytes });
  if (verdict.verdict === 'good') return { publicKey: verdict.publicKey, why: null };
  const whys = {
    not_a_signature: `${signatureName} is no signature.`,
    other_namespace: `${signatureName} was made for something else.`,
    does_not_fit: `${signatureName} does not fit: what it signs was changed.`,
  };
  return { publicKey: null, why: whys[verdict.why] };
}

/** Whether a key may have signed, in words; `principal` only where it may. */
export type Judged = { readonly verdict: 'passed' | 'failed' | 'not_checked'; readonly detail: string; readonly advice: string | null; readonly basis: Basis; readonly principal: string | null };

/** Judged at the moment that the receipt names: a key that ended later does no harm. */
export function judge(trusted: TrustedKeys | undefined, { publicKey }: SignedBy, namespace: SshsigNamespace, at: Date | null): Judged {
  const undecided = (detail: string, advice: string): Judged => ({ verdict: 'not_checked', detail, advice, basis: null, principal: null });
  if (publicKey === null) return undecided('There is no good signature to judge.', 'See the check of the signature itself.');
  if (at === null) return undecided('receipt.json cannot be read, so it is not known who was to sign, and when.', 'Ask for the report again, as it was exported.');
  if (trusted === undefined) {
    return undecided('Nobody here knows who may sign in that environment.', "Get the file allowed_signers from the environment's owner, not from whoever handed you the report, and verify with it; or connect to the environment.");
  }
  const verdict = judgeKey(trusted, publicKey, namespace, at);
  if (verdict.verdict === 'allowed') return { verdict: 'passed', detail: `${verdict.principal}, ${trusted.origin}.`, advice: null, basis: trusted.basis, principal: verdict.principal };
  const { detail, advice } = wrongWithKey(verdict, at);
  return { verdict: 'failed', detail: `${detail} (${trusted.origin})`, advice, basis: trusted.basis, principal: null };
}

function wrongWithKey(verdict: Exclude<KeyVerdict, { readonly verdict: 'allowed' }>, at: Date): { readonly detail: string; readonly advice: string } {
  switch (verdict.verdict) {
    case 'unknown':
      return { detail: 'The key is not known.', advice: "Somebody signed who is not on the list of signers. If your list may be old, get a new one from the environment's owner; else do not rely on this." };
    case 'revoked':
      return { detail: `The key of ${verdict.principal} was revoked on ${verdict.at}.`, advice: 'Somebody else may have the key, and can date back what they sign. Have the report exported again with a key that counts.' };
    case 'expired':
      return { detail: `The key of ${verdict.principal} was not valid on ${at.toISOString()}: it ended on ${verdict.until}.`, advice: 'It was signed with a key that no longer counted then. Have the report exported again; "drydock keys rotate" makes a new key.' };
    case 'not_yet_valid':
      return { detail: `The key of ${verdict.principal} was not valid on ${at.toISOString()}: it begins on ${verdict.from}.`, advice: 'The receipt is older than the key. Have the report exported again, which asks for a new receipt.' };
    default:
      return assertNever(verdict);
  }
}
