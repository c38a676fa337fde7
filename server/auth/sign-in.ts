import { assertNever } from '../../shared/core/assert-never.ts';
import { foldEmail } from '../../shared/core/email.ts';
import { Refusal } from '../guards/refusal.ts';
import { attemptOf } from './attempt-limits.ts';
import type { AuthDeps, SignInReply } from './auth-deps.ts';
import { decideSignIn, type SignInDecision } from './decide-sign-in.ts';
import { type AttemptEnd, type EndedAttempt, endRefused } from './end-attempt.ts';
import { askForLink } from './email-confirmation.ts';
import { tokenHash } from './keyed-hash.ts';
import { type NewSession, openFullSession, openHeldByOwn, openHeldByTemporary, openTaggedSession, ValidationSignInRaced } from './open-session.ts';
import { dummyPasswordHash } from './password-hashing.ts';
import { busy, refusingWhatIsHeld, type SignInStatements, StillHeld, waitingOutside } from './short-waits.ts';
import { lookUpSignIn, type SignInFacts } from './sign-in-look-up.ts';
import { isTemporaryPassword } from './temporary-password.ts';

export type SignInRequest = { readonly email: string; readonly password: string; readonly validationKey: string | null; readonly address: string; readonly requestId: string };

/**
 * Signs somebody in. Whoever it is for, an attempt makes one constant-time comparison with a credential's HMAC and one
 * argon2id verify (own hash or a stand-in), and only then does state decide: nobody can be told apart, and people outside
 * every cohort pay nothing (A4).
 * @throws Refusal `invalid_credentials`, or `too_many_attempts`.
 */
export async function signIn(deps: AuthDeps, request: SignInRequest): Promise<SignInReply> {
  if (!deps.hashing.hasRoom()) {
    deps.watch.attempt('limited_server');
    throw busy();
  }
  return refusingWhatIsHeld(deps.watch, async () => judge(deps, request));
}

async function judge(deps: AuthDeps, request: SignInRequest): Promise<SignInReply> {
  const { limits, watch } = deps;
  const statements = waitingOutside(deps);
  const folded = foldEmail(request.email);
  const email = folded.ok ? folded.email : null;
  const attempt = attemptOf(deps.secretKey, email ?? request.email, request.address);
  const found = await lookUpSignIn(statements, attempt, { email, validationKeyHash: request.validationKey === null ? null : tokenHash(request.validationKey) }, limits);
  if (!found.admitted) {
    watch.attempt(`limited_${found.limit}`);
    throw new Refusal('too_many_attempts', { retryAfterSeconds: found.retryAfterSeconds });
  }
  const { facts } = found;
  const checkedTemporary = isTemporaryPassword(deps.secretKey, request.password, facts?.credential_hmac ?? null);
  const checkedOwn = await deps.hashing.verify(facts?.password_hash ?? dummyPasswordHash, request.password);
  const decision = decideSignIn(facts, {
    isOwnPassword: checkedOwn,
    isTemporaryPassword: checkedTemporary,
    cameWithValidationKey: request.validationKey !== null,
  });

  const session: NewSession = { id: deps.newId(), token: deps.newToken() };
  const ended = { attempt, limits, credentialId: heldCredential(facts), plainAddress: request.address, requestId: request.requestId };
  const outcome = await carryOut(deps, statements, decision, session, ended);
  if (outcome.end?.hasTripped === true) watch.alert({ kind: 'address_blocked', requestId: request.requestId });
  if (outcome.end?.hasSuspended === true) watch.alert({ kind: 'temporary_password_suspended', requestId: request.requestId, migrationId: facts?.migration_id ?? '' });
  if (outcome.isOpened && decision.kind !== 'refused' && decision.kind !== 'confirm_by_email') {
    watch.attempt(decision.kind === 'tagged_restricted' ? 'validation' : decision.kind);
    return { sessionToken: session.token, passwordResetRequired: decision.kind !== 'full' };
  }
  if (outcome.end?.isAdmitted === false && outcome.end.retryAfterSeconds !== null) {
    watch.attempt('limited_breaker');
    throw new Refusal('too_many_attempts', { retryAfterSeconds: outcome.end.retryAfterSeconds });
  }
  // Whoever only has a link sent must not be told by it, and can ask again.
  if (outcome.isHeld && decision.kind !== 'confirm_by_email') throw new StillHeld();
  // A link on its way is answered like a wrong password, byte for byte: the answer must not tell who is in a cohort.
  if (decision.kind === 'confirm_by_email') setImmediate(deps.onLinkAsked);
  watch.attempt(decision.kind === 'confirm_by_email' ? 'link_sent' : 'refused');
  throw new Refusal('invalid_credentials');
}

/** Counted against a declared rate: attempts on accounts that the temporary password would open now. */
function heldCredential(facts: SignInFacts | null): string | null {
  return facts !== null && facts.migration_id !== null && facts.is_flag_on && facts.is_credential_live ? facts.credential_id : null;
}

/** `isHeld`: a batch of a run had the customer for as long as this waits. */
type Outcome = { readonly isOpened: boolean; readonly isHeld?: true; readonly end: AttemptEnd | null };

/**
 * Opens what was decided. A batch of a run can hold the same customer: whoever loses that race tries once more, and is refused
 * like everybody else where the account has gone meanwhile; never an answer of its own kind.
 */
async function carryOut(deps: AuthDeps, statements: SignInStatements, decision: SignInDecision, session: NewSession, about: Omit<EndedAttempt, 'kind'>): Promise<Outcome> {
  for (let isSecond = false; ; isSecond = true) {
    try {
      return await openOrRefuse(deps, statements, decision, session, about);
    } catch (error) {
      // What the temporary password was tried on counts for the breaker, whatever comes of it; one's own does not.
      if (error instanceof StillHeld && isByTemporary(decision)) return { isOpened: false, isHeld: true, end: await endRefused(statements, { ...about, kind: 'refused' }) };
      const race = raceWithARun(error);
      if (race === undefined) throw error;
      if (race === 'gone' || isSecond) return { isOpened: false, end: await endRefused(statements, { ...about, kind: 'refused' }) };
    }
  }
}

function isByTemporary(decision: SignInDecision): boolean {
  return decision.kind === 'confirm_by_email' || (decision.kind === 'restricted' && decision.by === 'temporary');
}

/** `gone`: the profile was removed while the password was checked (foreign key). `deadlock`: both waited for each other. */
function raceWithARun(error: unknown): 'gone' | 'deadlock' | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  if (error.code === '23503') return 'gone';
  return error.code === '40P01' ? 'deadlock' : undefined;
}

/** Opens what was decided, or remembers the refusal. The breaker has the last word on all but one's own password. */
async function openOrRefuse(deps: AuthDeps, statements: SignInStatements, decision: SignInDecision, session: NewSession, about: Omit<EndedAttempt, 'kind'>): Promise<Outcome> {
  const opened: EndedAttempt = { ...about, kind: 'opened' };
  const refuse = async (): Promise<Outcome> => ({ isOpened: false, end: await endRefused(statements, { ...about, kind: 'refused' }) });
  switch (decision.kind) {
    case 'refused':
      return refuse();
    case 'full':
      return (await openFullSession(statements, decision, session)) ? { isOpened: true, end: null } : refuse();
    case 'restricted': {
      if (decision.by === 'own') return (await openHeldByOwn(statements, decision, session)) ? { isOpened: true, end: null } : refuse();
      const { isOpened, ...end } = await openHeldByTemporary(statements, decision, session, opened);
      return { isOpened, end };
    }
    case 'confirm_by_email':
      return { isOpened: false, end: await askForLink(statements, deps.secretKey, decision, session.id, opened) };
    case 'tagged_restricted':
      try {
        const { isOpened, ...end } = await deps.store.inSignInTx(async (tx) => openTaggedSession(tx, decision, session, opened));
        return { isOpened, end };
      } catch (error) {
        if (error instanceof ValidationSignInRaced) return refuse();
        throw error;
      }
    default:
      return assertNever(decision);
  }
}
