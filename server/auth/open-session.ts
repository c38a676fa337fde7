import { sql } from 'kysely';
import { assertNever } from '../../shared/core/assert-never.ts';
import type { SignInTx } from '../store/store.ts';
import type { SignInDecision } from './decide-sign-in.ts';
import { tokenHash } from './keyed-hash.ts';

const FULL_LIFETIME = '30 days';
/** Long enough to think of a password, short enough that a screen left open is no door. */
const RESTRICTED_LIFETIME = '10 minutes';

/** A session that is to be opened: its id, and the token of which only the hash is kept. */
export type NewSession = { readonly id: string; readonly token: string };

type OpenDecision = Exclude<SignInDecision, { readonly kind: 'refused' }>;

/**
 * Opens what was decided, if what it was decided on is still so: between reading and here the password was checked, which
 * takes long enough for somebody to revoke, roll back or change it.
 * @returns whether it was opened.
 */
export async function openSession(tx: SignInTx, decision: OpenDecision, session: NewSession): Promise<boolean> {
  switch (decision.kind) {
    case 'full':
      return openFullSession(tx, decision.userId, decision.passwordHash, session);
    case 'restricted':
      return openHeldSession(tx, decision, session);
    case 'tagged_restricted':
      return openTaggedSession(tx, decision, session);
    default:
      return assertNever(decision);
  }
}

async function openFullSession(tx: SignInTx, userId: string, passwordHash: string, session: NewSession): Promise<boolean> {
  const result = await sql`
    insert into sessions (id, token_hash, user_id, kind, expires_at)
    select ${session.id}, ${tokenHash(session.token)}, u.id, 'full', now() + ${FULL_LIFETIME}::interval
    from users u
    where u.id = ${userId} and (u.password_hash = ${passwordHash} or exists (
      select from validation_changes v where v.user_id = u.id and v.restored_at is null and v.prior_password_hash = ${passwordHash}))
    returning id`.execute(tx);
  return result.rows.length === 1;
}

async function openHeldSession(tx: SignInTx, decision: Extract<OpenDecision, { kind: 'restricted' | 'tagged_restricted' }>, session: NewSession): Promise<boolean> {
  const validationKeyId = decision.kind === 'tagged_restricted' ? decision.validationKeyId : null;
  const opened = await sql`
    insert into sessions (id, token_hash, user_id, kind, migration_id, credential_id, validation_key_id, expires_at)
    select ${session.id}, ${tokenHash(session.token)}, m.user_id, ${decision.kind}, m.migration_id, ${decision.credentialId}::uuid, ${validationKeyId}::uuid,
      now() + ${RESTRICTED_LIFETIME}::interval
    from members m
    join migrations g on g.id = m.migration_id
    join feature_flags f on f.name = g.flag and f.enabled
    where m.user_id = ${decision.userId} and m.migration_id = ${decision.migrationId} and m.state = 'armed'
      and (${decision.credentialId}::uuid is null or exists (
        select from temp_credentials c where c.id = ${decision.credentialId}::uuid and c.revoked_at is null and (c.expires_at is null or c.expires_at > now())))
    returning id`.execute(tx);
  if (opened.rows.length !== 1) return false;
  if (decision.kind === 'restricted') {
    await sql`update members set signed_in_at = coalesce(signed_in_at, now()) where user_id = ${decision.userId} and migration_id = ${decision.migrationId}`.execute(tx);
  }
  return true;
}

/** Uses up the key; of two attempts with one key the second finds it used. Re-arm waits for it, or has closed the set before. */
async function openTaggedSession(tx: SignInTx, decision: Extract<OpenDecision, { kind: 'tagged_restricted' }>, session: NewSession): Promise<boolean> {
  const set = await sql`select run_id from test_sets where run_id = ${decision.testRunId} and state = 'open' for update`.execute(tx);
  if (set.rows.length !== 1) return false;
  const used = await sql`
    update validation_keys set used_at = now() where id = ${decision.validationKeyId} and used_at is null and voided_at is null returning id`.execute(tx);
  if (used.rows.length !== 1) return false;
  if (!(await openHeldSession(tx, decision, session))) throw new ValidationSignInRaced();
  await sql`update test_members set signed_in_at = coalesce(signed_in_at, now()) where run_id = ${decision.testRunId} and user_id = ${decision.userId}`.execute(tx);
  await sql`update test_sets set last_validation_at = now() where run_id = ${decision.testRunId}`.execute(tx);
  return true;
}

/** Something changed while the password was checked: the transaction is given up, so that the key stays unused. */
export class ValidationSignInRaced extends Error {
  override readonly name = 'ValidationSignInRaced';
}
