import { sql } from 'kysely';
import { customers } from '../directory/customer-relations.ts';
import type { SignInTx } from '../store/store.ts';
import type { Session } from './sessions.ts';

/**
 * Whether a reset would be open at this moment, with nothing locked: whoever is refused by it must cost no password hash.
 * {@link lockForReset} says whether it still is when the password is set.
 */
export async function isResetOpen(tx: SignInTx, session: Session): Promise<boolean> {
  const { rows } = await sql`
    select from members m
    join migrations g on g.id = m.migration_id
    join feature_flags f on f.name = g.flag and f.enabled
    where m.user_id = ${session.user_id} and m.migration_id = ${session.migration_id} and m.state = 'armed'
      and (${session.test_run_id}::uuid is null or exists (select from test_sets where run_id = ${session.test_run_id}::uuid and state = 'open'))
      and (${session.credential_id}::uuid is null or exists (
        select from temp_credentials c
        where c.id = ${session.credential_id}::uuid and c.revoked_at is null and c.suspended_at is null and (c.expires_at is null or c.expires_at > clock_timestamp())))`.execute(tx);
  return rows.length === 1;
}

/**
 * Locks everything that a reset rests on, in the order in which a run's batch locks (flag, user, then the rest), and says
 * whether it still holds: flag on, member still armed, and the credential of this session still live (not revoked, suspended or
 * expired, at the moment when all is locked). A session that one's own password opened when no credential was live rests on
 * none: revoking the word must lock nobody out. One that
 * validation opened also needs its test set open, and keeps re-arm waiting: what it changes now is there to be put back
 * then, and after re-arm it changes nothing.
 */
export async function lockForReset(tx: SignInTx, session: Session): Promise<boolean> {
  const flag = await sql<{ enabled: boolean }>`
    select f.enabled from feature_flags f join migrations g on g.flag = f.name where g.id = ${session.migration_id} for share of f`.execute(tx);
  if (flag.rows[0]?.enabled !== true) return false;
  if (session.test_run_id !== null) {
    const set = await sql`select run_id from test_sets where run_id = ${session.test_run_id} and state = 'open' for update`.execute(tx);
    if (set.rows.length !== 1) return false;
  }
  const user = await sql`select id from ${customers} where id = ${session.user_id} for update`.execute(tx);
  const member = await sql`
    select user_id from members where user_id = ${session.user_id} and migration_id = ${session.migration_id} and state = 'armed' for update`.execute(tx);
  if (user.rows.length !== 1 || member.rows.length !== 1) return false;
  if (session.credential_id === null) return true;
  const credential = await sql`
    select id from temp_credentials where id = ${session.credential_id} and revoked_at is null and suspended_at is null and (expires_at is null or expires_at > clock_timestamp()) for share`.execute(tx);
  return credential.rows.length === 1;
}
