import { sql } from 'kysely';
import { z } from 'zod';
import { customers } from '../directory/customer-relations.ts';
import { directory } from '../directory/directory.ts';
import type { KeptStatement } from '../store/engine.ts';
import type { SignInTx } from '../store/store.ts';
import type { SignInDecision } from './decide-sign-in.ts';
import { type AttemptEnd, attemptEndOf, endAttempt, type EndedAttempt, noted, notedValues, withoutWaitingForDisk } from './end-attempt.ts';
import { tokenHash } from './keyed-hash.ts';
import type { SignInStatements } from './short-waits.ts';

/** A session that is to be opened: its id, and the token of which only the hash is kept. */
export type NewSession = { readonly id: string; readonly token: string };

export type FullDecision = Extract<SignInDecision, { readonly kind: 'full' }>;
type RestrictedDecision = Extract<SignInDecision, { readonly kind: 'restricted' }>;
export type OwnDecision = Extract<RestrictedDecision, { readonly by: 'own' }>;
export type TemporaryDecision = Extract<RestrictedDecision, { readonly by: 'temporary' }>;
export type TaggedDecision = Extract<SignInDecision, { readonly kind: 'tagged_restricted' }>;

/**
 * What these open was decided on facts that may have changed since: between reading them and here the password was checked,
 * which takes long enough for somebody to revoke, roll back or change it. So each opens only if they still hold.
 * @returns whether it was opened.
 */
export async function openFullSession(store: SignInStatements, { userId, passwordHash, mustResetPassword }: FullDecision, session: NewSession): Promise<boolean> {
  return (await store.runSignIn(openFull, [session.id, tokenHash(session.token), userId, passwordHash, mustResetPassword])).length === 1;
}

/** By one's own password: the breaker has no say (A4). */
export async function openHeldByOwn(store: SignInStatements, decision: OwnDecision, session: NewSession): Promise<boolean> {
  return (await store.runSignIn(openByOwn, [...heldValues(decision, session), decision.passwordHash])).length === 1;
}

const openedSchema = z.object({ is_opened: z.boolean() });

/** By the temporary password: counted, and open only where breaker and declared rate let it be. */
export async function openHeldByTemporary(
  store: SignInStatements,
  decision: TemporaryDecision,
  session: NewSession,
  ended: EndedAttempt,
): Promise<AttemptEnd & { readonly isOpened: boolean }> {
  const [row] = await store.runSignIn(openByTemporary, [...heldValues(decision, session), ...notedValues(ended)]);
  return { ...attemptEndOf(row), isOpened: openedSchema.parse(row).is_opened };
}

/**
 * Validation's: uses up the key; of two attempts with one key the second finds it used. Re-arm waits for it, or has closed
 * the set before.
 * @throws ValidationSignInRaced, so that the transaction is given up and the key stays unused.
 */
export async function openTaggedSession(tx: SignInTx, decision: TaggedDecision, session: NewSession, ended: EndedAttempt): Promise<AttemptEnd & { readonly isOpened: boolean }> {
  const isSetOpen = await holdTestSet(tx, decision);
  await holdArmed(tx, decision);
  // Last: the lock of the address is held from here on.
  const end = await endAttempt(tx, ended);
  if (!end.isAdmitted || !isSetOpen || !(await spendKey(tx, decision))) return { ...end, isOpened: false };
  const opened = await sql`
    insert into sessions (id, token_hash, user_id, kind, migration_id, credential_id, validation_key_id, expires_at)
    select ${session.id}, ${tokenHash(session.token)}, m.user_id, ${decision.kind}, m.migration_id, ${decision.credentialId}::uuid, ${decision.validationKeyId}::uuid,
      now() + interval '10 minutes'
    from members m
    join migrations g on g.id = m.migration_id
    join feature_flags f on f.name = g.flag and f.enabled
    join temp_credentials c on c.id = ${decision.credentialId}::uuid and c.revoked_at is null and c.suspended_at is null and (c.expires_at is null or c.expires_at > clock_timestamp())
    where m.user_id = ${decision.userId} and m.migration_id = ${decision.migrationId} and m.state = 'armed'
    returning id`.execute(tx);
  if (opened.rows.length !== 1) throw new ValidationSignInRaced();
  await sql`update test_members set signed_in_at = coalesce(signed_in_at, now()) where run_id = ${decision.testRunId} and user_id = ${decision.userId}`.execute(tx);
  await sql`update test_sets set last_validation_at = now() where run_id = ${decision.testRunId}`.execute(tx);
  return { ...end, isOpened: true };
}

/** Holds customer and member as runs do, so that the statements after this one see what a run has just made of them. */
export async function holdArmed(tx: SignInTx, { userId, migrationId }: { readonly userId: string; readonly migrationId: string }): Promise<void> {
  await sql`select id from ${customers} where id = ${userId} for share`.execute(tx);
  await sql`select user_id from members where user_id = ${userId} and migration_id = ${migrationId} for no key update`.execute(tx);
}

async function holdTestSet(tx: SignInTx, decision: TaggedDecision): Promise<boolean> {
  const set = await sql`select run_id from test_sets where run_id = ${decision.testRunId} and state = 'open' for update`.execute(tx);
  return set.rows.length === 1;
}

async function spendKey(tx: SignInTx, decision: TaggedDecision): Promise<boolean> {
  const used = await sql`
    update validation_keys set used_at = now() where id = ${decision.validationKeyId} and used_at is null and voided_at is null returning id`.execute(tx);
  return used.rows.length === 1;
}

/** Something changed while the password was checked. */
export class ValidationSignInRaced extends Error {
  override readonly name = 'ValidationSignInRaced';
}

function heldValues(decision: RestrictedDecision, session: NewSession): readonly unknown[] {
  return [session.id, tokenHash(session.token), decision.userId, decision.migrationId, decision.credentialId];
}

/**
 * Whether the password that was checked is still the customer's: the hash in place, or the former one while validation's is in
 * place of it, as it was looked up.
 */
function isStillJudgedBy(hash: string): string {
  return `(u.password_hash = ${hash} or exists (
    select from validation_changes v where v.user_id = u.id and v.restored_at is null and v.left_password_hash = u.password_hash and v.prior_password_hash = ${hash}))`;
}

/**
 * The customer's record is held first: a batch that prepares them holds it too, and what it wrote is seen as it left it. Its
 * mark of the reset must be as it was when the password was judged, and no migration may hold them at the reset (A11).
 */
const openFull: KeptStatement = {
  name: 'open-full-session',
  text: `
insert into sessions (id, token_hash, user_id, kind, expires_at)
select $1::uuid, $2::text, u.id, 'full', now() + interval '30 days'
from (select id, password_hash from ${directory.customers} where id = $3::uuid and must_reset_password = $5::boolean for share) u
where ${isStillJudgedBy('$4::text')}
  and not exists (
    select from members m join migrations g on g.id = m.migration_id join feature_flags f on f.name = g.flag and f.enabled where m.user_id = u.id and m.state = 'armed')
returning id, ${withoutWaitingForDisk}`,
};

/**
 * The customer `$3` and their part in the migration `$4`, with the credential `$5`, where that part is armed and the flag on. Both
 * are held in the order in which runs hold them, so that a rollback either finds what comes of it, or is seen here.
 */
export function heldMember(condition = 'true'): string {
  return `
  select m.user_id, m.migration_id, $5::uuid as credential_id
  from (select id, password_hash from ${directory.customers} where id = $3::uuid for share) u
  join members m on m.user_id = u.id
  join migrations g on g.id = m.migration_id
  join feature_flags f on f.name = g.flag and f.enabled
  where m.migration_id = $4::text and m.state = 'armed' and ${condition}
  for no key update of m`;
}

/** Whether the credential of a held member `h` is live when it is held: the statement may have waited for it. */
export const isCredentialLive = `exists (
    select from temp_credentials c
    where c.id = h.credential_id and c.revoked_at is null and c.suspended_at is null and (c.expires_at is null or c.expires_at > clock_timestamp()))`;

/** Ten minutes: long enough to think of a password, short enough that a screen left open is no door. */
function openHeld(condition: string): string {
  return `
  insert into sessions (id, token_hash, user_id, kind, migration_id, credential_id, expires_at)
  select $1::uuid, $2::text, h.user_id, 'restricted', h.migration_id, h.credential_id, now() + interval '10 minutes'
  from held h where ${condition}
  returning user_id, migration_id`;
}

const noteSignedIn = `update members m set signed_in_at = now() from opened o where m.user_id = o.user_id and m.migration_id = o.migration_id and m.signed_in_at is null`;

const openByOwn: KeptStatement = {
  name: 'open-held-by-own',
  text: `
with held as materialized (${heldMember(isStillJudgedBy('$6::text'))}),
opened as (${openHeld(`(h.credential_id is null or ${isCredentialLive})`)}),
seen as (${noteSignedIn})
select user_id, ${withoutWaitingForDisk} from opened`,
};

const openByTemporary: KeptStatement = {
  name: 'open-held-by-temporary',
  text: `
with held as materialized (${heldMember()}),
noted as materialized (${noted(6, 'held')}),
opened as (${openHeld(`(select is_admitted from noted) and ${isCredentialLive}`)}),
seen as (${noteSignedIn})
select noted.*, exists (select from opened) as is_opened, ${withoutWaitingForDisk} from noted`,
};
