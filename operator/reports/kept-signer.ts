import type { Signer } from '../../shared/contract/admin/signers.ts';
import { parsePublicKeyLine } from '../../shared/core/ssh-public-key.ts';
import { sshsigNamespaces } from '../../shared/core/sshsig.ts';
import type { SecretStore } from '../environments/secret-store.ts';
import type { KnownSigners } from '../keys/known-signers.ts';
import { type OperatorKey, storedOperatorKey } from '../keys/operator-key.ts';
import { notKept } from './gather-kept-report.ts';
import { judgeKey, trustedFromServer } from './trusted-keys.ts';

export interface KeptSignerParts {
  readonly secrets: SecretStore;
  readonly known: Pick<KnownSigners, 'remembered'>;
  readonly environmentId: string;
  /** The environment's pinned receipt key: of several servers that say one id, the one that is meant. */
  readonly receiptPublicKey: string;
  /** Of the receipt: the moment at which the key must have counted. */
  readonly issuedAt: Date;
}

/**
 * The operator's key where the server, as it last said, takes it for the moment of the receipt; no key is made or registered.
 * @throws OperatorError `report_not_kept` where whoever checked the report would refuse it, or as the key's store does
 */
export function keptSigner({ secrets, known, environmentId, receiptPublicKey, issuedAt }: KeptSignerParts): { readonly key: OperatorKey; readonly sub: string; readonly signers: readonly Signer[] } {
  const said = known.remembered(environmentId).find((memory) => memory.receipt_public_key === receiptPublicKey);
  const sub = said?.sub ?? null;
  const key = sub === null ? undefined : storedOperatorKey({ secrets, environmentId, sub });
  const publicKey = key === undefined ? null : parsePublicKeyLine(key.publicKeyLine);
  if (said === undefined || sub === null || key === undefined || publicKey === null) throw notKept('Your report key is not known to the server yet: it is made and registered with the first report.');
  const { verdict } = judgeKey(trustedFromServer(said.signers, receiptPublicKey, 'remembered', ''), publicKey, sshsigNamespaces.report, issuedAt);
  if (verdict !== 'allowed') throw notKept(`Your report key did not count on ${issuedAt.toISOString()}, when the receipt was issued that is kept here: whoever checked the report would refuse it.`);
  return { key, sub, signers: said.signers };
}
