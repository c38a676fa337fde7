import { sql } from 'kysely';
import { z } from 'zod';
import { directory } from '../directory/directory.ts';
import { Refusal } from '../guards/refusal.ts';
import type { KeptStatement } from '../store/engine.ts';
import type { SignInTx } from '../store/store.ts';
import { attemptOf } from './attempt-limits.ts';
import type { AuthDeps, SignInReply } from './auth-deps.ts';
import type { SignInDecision } from './decide-sign-in.ts';
import { type AttemptEnd, attemptEndOf, type EndedAttempt, endRefused, noted, notedValues, withoutWaitingForDisk } from './end-attempt.ts';
import { keyedHash, tokenHash } from './keyed-hash.ts';
import { heldMember, holdArmed, isCredentialLive, type NewSession } from './open-session.ts';
import { refusingWhatIsHeld, type SignInStatements, waitingOutside } from './short-waits.ts';
import { lookUpSignIn } from './sign-in-look-up.ts';

/** How long a link is good. */
export const LINK_MINUTES = 15;

/**
 * The token of a link. It is derived, not drawn: the database holds its hash alone, and the mail that carries it is written
 * later, by whichever process sends it.
 */
export function deriveLinkToken(secretKey: Uint8Array, confirmationId: string): string {
  return keyedHash(secretKey, 'email-link', confirmationId);
}

export type ConfirmDecision = Extract<SignInDecision, { readonly kind: 'confirm_by_email' }>;

/**
 * Has a link sent to the address that the customer had before the migration, and opens nothing. An attempt soon after the
 * last one has none sent, however many come at once: whoever knows the word must not be able to fill somebody's mailbox.
 */
export async function askForLink(store: SignInStatements, secretKey: Uint8Array, decision: ConfirmDecision, id: string, ended: EndedAttempt): Promise<AttemptEnd> {
  const hashed = tokenHash(deriveLinkToken(secretKey, id));
  const [row] = await store.runSignIn(ask, [id, hashed, decision.userId, decision.migrationId, decision.credentialId, ...notedValues(ended)]);
  return attemptEndOf(row);
}

/** Not waited for on disk, as a refusal is not: the answer must take as long. What is lost is asked for again. */
const ask: KeptStatement = {
  name: 'ask-for-link',
  text: `
with held as materialized (${heldMember()}),
noted as materialized (${noted(6, 'held')}),
asked as (
  insert into email_confirmations (id, token_hash, user_id, migration_id, credential_id, address, expires_at)
  select $1::uuid, $2::text, h.user_id, h.migration_id, h.credential_id, e.email, now() + interval '${String(LINK_MINUTES)} minutes'
  from held h
  join ${directory.addresses} e on e.user_id = h.user_id and e.kind = 'primary'
  where (select is_admitted from noted) and ${isCredentialLive} and not drydock_was_link_asked(h.user_id)
)
select noted.*, ${withoutWaitingForDisk} from noted`,
};

/**
 * Opens the restricted session of a link (A11): once, while it is good, and while all that the temporary password rests on
 * still holds. Every other link of that customer ends with it. A link that is wrong, over or used is refused like a wrong
 * password, and counts like one.
 * @throws Refusal `invalid_credentials`, or `too_many_attempts`.
 */
export async function confirmByLink(deps: AuthDeps, request: ConfirmRequest): Promise<SignInReply> {
  return refusingWhatIsHeld(deps.watch, async () => judgeLink(deps, request));
}

type ConfirmRequest = { readonly token: string; readonly address: string; readonly requestId: string };

async function judgeLink(deps: AuthDeps, request: ConfirmRequest): Promise<SignInReply> {
  const { store, limits, watch } = deps;
  const statements = waitingOutside(deps);
  const hashed = tokenHash(request.token);
  const attempt = attemptOf(deps.secretKey, `link ${hashed}`, request.address);
  const found = await lookUpSignIn(statements, attempt, { email: null, validationKeyHash: null }, limits);
  if (!found.admitted) {
    watch.attempt(`limited_${found.limit}`);
    throw new Refusal('too_many_attempts', { retryAfterSeconds: found.retryAfterSeconds });
  }
  const session: NewSession = { id: deps.newId(), token: deps.newToken() };
  if (await store.inSignInTx(async (tx) => openByLink(tx, hashed, session))) {
    watch.attempt('restricted');
    return { sessionToken: session.token, passwordResetRequired: true };
  }
  const end = await endRefused(statements, { attempt, limits, credentialId: null, kind: 'refused', plainAddress: request.address, requestId: request.requestId });
  if (end.hasTripped) watch.alert({ kind: 'address_blocked', requestId: request.requestId });
  watch.attempt('refused');
  throw new Refusal('invalid_credentials');
}

const linkSchema = z.object({ user_id: z.string(), migration_id: z.string(), credential_id: z.string() });

async function openByLink(tx: SignInTx, hashed: string, session: NewSession): Promise<boolean> {
  // By the clock, not by the beginning of this transaction: it may wait for the customer.
  const isGood = sql`token_hash = ${hashed} and used_at is null and expires_at > clock_timestamp()`;
  const seen = await sql<Record<string, unknown>>`select user_id, migration_id, credential_id from email_confirmations where ${isGood}`.execute(tx);
  const [row] = seen.rows;
  if (row === undefined) return false;
  const { user_id: userId, migration_id: migrationId, credential_id: credentialId } = linkSchema.parse(row);
  // The customer before the link: a rollback that removes a profile takes its links with it, in that order.
  await holdArmed(tx, { userId, migrationId });
  const opened = await sql`
    insert into sessions (id, token_hash, user_id, kind, migration_id, credential_id, expires_at)
    select ${session.id}, ${tokenHash(session.token)}, m.user_id, 'restricted', m.migration_id, c.id, now() + interval '10 minutes'
    from members m
    join migrations g on g.id = m.migration_id
    join feature_flags f on f.name = g.flag and f.enabled
    join temp_credentials c on c.id = ${credentialId} and c.revoked_at is null and c.suspended_at is null and (c.expires_at is null or c.expires_at > clock_timestamp())
    where m.user_id = ${userId} and m.migration_id = ${migrationId} and m.state = 'armed' and exists (select from email_confirmations where ${isGood})
    returning id`.execute(tx);
  if (opened.rows.length !== 1) return false;
  // Used by what it opens, and by nothing else: of those that come at once the second sees it, having waited for the member.
  await sql`update email_confirmations set used_at = now() where user_id = ${userId} and used_at is null`.execute(tx);
  await sql`update members set signed_in_at = coalesce(signed_in_at, now()) where user_id = ${userId} and migration_id = ${migrationId}`.execute(tx);
  return true;
}
