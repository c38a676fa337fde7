import { sql } from 'kysely';
import { z } from 'zod';
import type { RunnerTx, SignInTx } from '../store/store.ts';
import { tokenHash } from './keyed-hash.ts';

const sessionSchema = z.object({
  id: z.string(),
  user_id: z.string(),
  kind: z.enum(['full', 'restricted', 'tagged_restricted', 'tagged_full']),
  migration_id: z.string().nullable(),
  credential_id: z.string().nullable(),
  validation_key_id: z.string().nullable(),
  test_run_id: z.string().nullable(),
});

/** A session that is open now. */
export type Session = z.infer<typeof sessionSchema>;

const BEARER = /^Bearer ([A-Za-z0-9_-]{16,256})$/i;

/** The session token of an `Authorization` header, null when it holds none. */
export function sessionTokenOf(authorization: string | undefined): string | null {
  return BEARER.exec(authorization ?? '')?.[1] ?? null;
}

/**
 * Finds the session of a token that is open at this moment, however long the transaction has waited for something else; with
 * `lock` nobody else can end or use it until this transaction is over.
 */
export async function findSession(tx: SignInTx, token: string, lock: 'lock' | 'look'): Promise<Session | null> {
  const result = await sql<Record<string, unknown>>`
    select s.id, s.user_id, s.kind, s.migration_id, s.credential_id, s.validation_key_id,
      (select k.run_id from validation_keys k where k.id = s.validation_key_id) as test_run_id
    from sessions s
    where s.token_hash = ${tokenHash(token)} and s.ended_at is null and s.expires_at > clock_timestamp()
    ${lock === 'lock' ? sql`for update` : sql``}`.execute(tx);
  const [row] = result.rows;
  return row === undefined ? null : sessionSchema.parse(row);
}

/** Ends a session; one that is over stays as it ended. */
export async function endSession(tx: SignInTx, sessionId: string, because: string): Promise<void> {
  await sql`update sessions set ended_at = now(), ended_because = ${because} where id = ${sessionId} and ended_at is null`.execute(tx);
}

/** Ends every session of a user but one. */
export async function endOtherSessions(tx: SignInTx, userId: string, keptSessionId: string, because: string): Promise<void> {
  await sql`update sessions set ended_at = now(), ended_because = ${because} where user_id = ${userId} and id <> ${keptSessionId} and ended_at is null`.execute(tx);
}

/** Ends the sessions of these users that are held at the reset: a rollback makes them void (A20). */
export async function endRestrictedSessions(tx: RunnerTx, userIds: readonly string[], because: string): Promise<void> {
  await sql`update sessions set ended_at = now(), ended_because = ${because}
    where user_id = any (${[...userIds]}::uuid[]) and kind in ('restricted', 'tagged_restricted', 'tagged_full') and ended_at is null`.execute(tx);
}
