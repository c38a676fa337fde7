import { Refusal } from '../guards/refusal.ts';
import type { ReadToken } from '../guards/token.ts';
import type { Store } from '../store/store.ts';
import { findSession, sessionTokenOf } from './sessions.ts';

/**
 * A customer's session is no admin token; but one that is held at the reset, or that validation opened, is told so wherever it
 * knocks (A11): 403, not 401. A token that was good costs nothing for it.
 */
export function refuseHeldSessions(store: Pick<Store, 'inSignInTx'>, readToken: ReadToken): ReadToken {
  return async (authorization) =>
    readToken(authorization).catch(async (error: unknown) => {
      const token = sessionTokenOf(authorization);
      if (token === null || !(error instanceof Refusal) || error.code !== 'unauthenticated') throw error;
      const session = await store.inSignInTx(async (tx) => findSession(tx, token, 'look'));
      if (session?.kind === 'restricted' || session?.kind === 'tagged_restricted') throw new Refusal('password_reset_required');
      if (session?.kind === 'tagged_full') throw new Refusal('insufficient_scope', { because: 'A session of a validation reaches GET /me and nothing else.' });
      throw error;
    });
}
