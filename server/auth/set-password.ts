import { sql } from 'kysely';
import { passwordProblem } from '../../shared/core/password-policy.ts';
import { customers } from '../directory/customer-relations.ts';
import { directory } from '../directory/directory.ts';
import { Refusal } from '../guards/refusal.ts';
import type { SignInTx } from '../store/store.ts';
import type { AuthDeps } from './auth-deps.ts';
import { tokenHash } from './keyed-hash.ts';
import { recordMigrationComplete } from './migration-complete.ts';
import { isResetOpen, lockForReset } from './reset-lock.ts';
import { endOtherSessions, endSession, findSession, type Session } from './sessions.ts';
import { busy } from './short-waits.ts';
import { isTemporaryPassword } from './temporary-password.ts';
import { noteValidatedReset } from './validation-facts.ts';

const FORCED_RESET = 'forced-migration-reset';
const FULL_LIFETIME = '30 days';
/** A validation's session lives until re-arm, which comes by itself soon after. */
const TAGGED_LIFETIME = '1 hour';

/**
 * Sets the new password of a session that is held at the reset (A11, A12): the customer's record, the one event with its
 * way out, a fresh session and the end of all others, in one transaction. A session that validation opened changes the
 * same, remembers what was before, holds its event, and ends nobody's session (A14).
 * @returns the token of the fresh session.
 * @throws Refusal `password_reset_not_open` or `password_policy`; `too_many_attempts` where the server has no room for another
 * password to hash.
 */
export async function setPassword(deps: AuthDeps, token: string | null, newPassword: string): Promise<string> {
  const asked = token === null ? null : await deps.store.inSignInTx(async (tx) => readReset(tx, token));
  if (token === null || asked === null) throw new Refusal('password_reset_not_open');
  const problem = passwordProblem(newPassword, (password) => asked.credentialHmacs.map((hmac) => isTemporaryPassword(deps.secretKey, password, hmac)).includes(true));
  if (problem !== null) throw new Refusal('password_policy', { errors: [{ path: 'new_password', message: problem.message }] });
  if (!deps.hashing.hasRoom()) throw busy();
  const passwordHash = await deps.hashing.hash(newPassword);

  const fresh = { id: deps.newId(), token: deps.newToken() };
  const ids = { eventId: deps.newId(), outboxId: deps.newId() };
  const isSet = await deps.store.inSignInTx(async (tx) => {
    const session = await lockHeldSession(tx, token);
    if (session === null) return false;
    const { migration_id: migrationId } = session;
    if (migrationId === null) return false;
    if (session.test_run_id === null) await changePassword(tx, session.user_id, passwordHash);
    else await changePasswordForValidation(tx, session.test_run_id, session.user_id, passwordHash);
    await sql`
      insert into sessions (id, token_hash, user_id, kind, validation_key_id, expires_at)
      values (${fresh.id}, ${tokenHash(fresh.token)}, ${session.user_id}, ${session.test_run_id === null ? 'full' : 'tagged_full'}, ${session.validation_key_id}::uuid,
        now() + ${session.test_run_id === null ? FULL_LIFETIME : TAGGED_LIFETIME}::interval)`.execute(tx);
    await recordMigrationComplete(tx, { ...ids, userId: session.user_id, migrationId, testRunId: session.test_run_id });
    if (session.test_run_id === null) {
      await sql`update members set state = 'completed', signed_in_at = coalesce(signed_in_at, now()), completed_at = now()
        where migration_id = ${migrationId} and user_id = ${session.user_id}`.execute(tx);
      await endOtherSessions(tx, session.user_id, fresh.id, 'password set');
    } else {
      await endSession(tx, session.id, 'password set');
      await noteValidatedReset(tx, session.test_run_id, session.user_id);
    }
    return true;
  });
  if (!isSet) throw new Refusal('password_reset_not_open');
  return fresh.token;
}

/**
 * The session, locked with all that its reset rests on, if that still holds. The session itself comes last: whoever ends
 * sessions (another reset of the same customer, re-arm) has the customer first, and two that began with their own session
 * would wait for each other.
 */
async function lockHeldSession(tx: SignInTx, token: string): Promise<Session | null> {
  const seen = await findSession(tx, token, 'look');
  if (seen === null || !isHeldAtReset(seen) || !(await lockForReset(tx, seen))) return null;
  return findSession(tx, token, 'lock');
}

function isHeldAtReset(session: Session): boolean {
  return session.kind === 'restricted' || session.kind === 'tagged_restricted';
}

/** What a reset that is open is judged by, every word its migration ever had: a former temporary password is known to a whole cohort too. */
async function readReset(tx: SignInTx, token: string): Promise<{ readonly credentialHmacs: readonly string[] } | null> {
  const session = await findSession(tx, token, 'look');
  if (session === null || !isHeldAtReset(session) || !(await isResetOpen(tx, session))) return null;
  const credentials = await tx.selectFrom('temp_credentials').select('hmac').where('migration_id', '=', session.migration_id).execute();
  return { credentialHmacs: credentials.map((credential) => credential.hmac) };
}

async function changePassword(tx: SignInTx, userId: string, passwordHash: string): Promise<void> {
  await directory.setPassword({ userId, passwordHash, method: FORCED_RESET }).execute(tx);
}

async function changePasswordForValidation(tx: SignInTx, testRunId: string, userId: string, passwordHash: string): Promise<void> {
  await sql`
    insert into validation_changes (run_id, user_id, prior, left_as, prior_password_hash, left_password_hash)
    select ${testRunId}, u.id,
      jsonb_build_object('must_reset_password', u.must_reset_password, 'password_last_set_at', u.password_last_set_at, 'password_set_method', u.password_set_method),
      jsonb_build_object('must_reset_password', false, 'password_last_set_at', now(), 'password_set_method', ${FORCED_RESET}::text),
      u.password_hash, ${passwordHash}
    from ${customers} u where u.id = ${userId}
    on conflict (run_id, user_id) do update set left_as = excluded.left_as, left_password_hash = excluded.left_password_hash, changed_at = now()`.execute(tx);
  await changePassword(tx, userId, passwordHash);
}
