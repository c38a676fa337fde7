import { foldEmail } from '../../shared/core/email.ts';
import type { SignInLimits } from '../config/config-file.ts';
import { Refusal } from '../guards/refusal.ts';
import type { Store } from '../store/store.ts';
import { admitAttempt, type Attempt, recordSpread, stillAdmitSpread } from './attempt-limits.ts';
import { decideSignIn, type SignInDecision } from './decide-sign-in.ts';
import { keyedHash, tokenHash } from './keyed-hash.ts';
import { openSession, type NewSession, ValidationSignInRaced } from './open-session.ts';
import { dummyPasswordHash, type PasswordHashing } from './password-hashing.ts';
import { readSignInFacts } from './sign-in-facts.ts';
import { isTemporaryPassword } from './temporary-password.ts';

export type AuthDeps = {
  readonly store: Store;
  /** Key of every HMAC; never in the database. */
  readonly secretKey: Uint8Array;
  readonly limits: SignInLimits;
  readonly hashing: PasswordHashing;
  /** A new id (UUID). */
  readonly newId: () => string;
  /** A new session token, with at least 256 bits of chance. */
  readonly newToken: () => string;
};

export type SignInRequest = { readonly email: string; readonly password: string; readonly validationKey: string | null; readonly address: string };
export type SignInReply = { readonly sessionToken: string; readonly passwordResetRequired: boolean };

/**
 * Signs somebody in. Whoever it is for, an attempt makes one constant-time comparison with a credential's HMAC and one
 * argon2id verify (own hash or a stand-in), and only then does state decide: nobody can be told apart, and people outside
 * every cohort pay nothing (A4).
 * @throws Refusal `invalid_credentials`, or `too_many_attempts`.
 */
export async function signIn(deps: AuthDeps, request: SignInRequest): Promise<SignInReply> {
  const folded = foldEmail(request.email);
  const email = folded.ok ? folded.email : null;
  const attempt: Attempt = {
    account: keyedHash(deps.secretKey, 'sign-in-account', email ?? request.email),
    address: keyedHash(deps.secretKey, 'sign-in-address', request.address),
  };
  const validationKeyHash = request.validationKey === null ? null : tokenHash(request.validationKey);
  const { admission, facts } = await deps.store.inSignInTx(async (tx) => {
    const asked = await admitAttempt(tx, attempt, deps.limits);
    return { admission: asked, facts: asked.admitted && email !== null ? await readSignInFacts(tx, email, validationKeyHash) : null };
  });
  if (!admission.admitted) throw new Refusal('too_many_attempts', { retryAfterSeconds: admission.retryAfterSeconds });

  const checkedTemporary = isTemporaryPassword(deps.secretKey, request.password, facts?.credential_hmac ?? null);
  const checkedOwn = await deps.hashing.verify(facts?.password_hash ?? dummyPasswordHash, request.password);
  const decision = decideSignIn(facts, {
    isOwnPassword: checkedOwn,
    isTemporaryPassword: checkedTemporary,
    cameWithValidationKey: request.validationKey !== null,
  });
  const session: NewSession = { id: deps.newId(), token: deps.newToken() };
  const outcome = await carryOut(deps, decision, attempt, session);
  if (outcome.kind === 'blocked') throw new Refusal('too_many_attempts', { retryAfterSeconds: outcome.retryAfterSeconds });
  if (outcome.kind === 'refused') throw new Refusal('invalid_credentials');
  return { sessionToken: session.token, passwordResetRequired: decision.kind !== 'full' };
}

type Outcome = { readonly kind: 'open' } | { readonly kind: 'refused' } | { readonly kind: 'blocked'; readonly retryAfterSeconds: number };

/** Opens what was decided, or remembers the refusal. The breaker has the last word on all but one's own password. */
async function carryOut({ store, limits }: AuthDeps, decision: SignInDecision, attempt: Attempt, session: NewSession): Promise<Outcome> {
  try {
    return await store.inSignInTx(async (tx) => {
      if (isByOwnPassword(decision) && (await openSession(tx, decision, session))) return { kind: 'open' };
      const admission = await stillAdmitSpread(tx, attempt, limits);
      await recordSpread(tx, attempt);
      if (!admission.admitted) return { kind: 'blocked', retryAfterSeconds: admission.retryAfterSeconds };
      const isOpen = decision.kind !== 'refused' && !isByOwnPassword(decision) && (await openSession(tx, decision, session));
      return { kind: isOpen ? 'open' : 'refused' };
    });
  } catch (error) {
    if (error instanceof ValidationSignInRaced) return { kind: 'refused' };
    throw error;
  }
}

type OwnPassword = Extract<SignInDecision, { readonly kind: 'full' }> | (Extract<SignInDecision, { readonly kind: 'restricted' }> & { readonly by: 'own' });

function isByOwnPassword(decision: SignInDecision): decision is OwnPassword {
  return decision.kind === 'full' || (decision.kind === 'restricted' && decision.by === 'own');
}
