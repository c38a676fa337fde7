import type { Signer } from '../../shared/contract/admin/signers.ts';
import type { KeyState } from '../../shared/contract/operator/keys.ts';

/** Whether a key counts for what is signed at the moment. A revoked one counts for no moment at all, an ended one for those before its end. */
export function stateOfKey({ valid_until, revoked_at }: Pick<Signer, 'valid_until' | 'revoked_at'>, at: Date): KeyState {
  if (revoked_at !== null) return 'revoked';
  return valid_until !== null && Date.parse(valid_until) <= at.getTime() ? 'ended' : 'live';
}
