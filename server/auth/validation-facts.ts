import { sql } from 'kysely';
import type { SignInTx } from '../store/store.ts';

/** The server saw a test user's session refused because a password must be set first. */
export async function noteHeldAtReset(tx: SignInTx, testRunId: string, userId: string): Promise<void> {
  // The set before its members, as everybody locks them.
  await sql`update test_sets set last_validation_at = now() where run_id = ${testRunId}`.execute(tx);
  await sql`update test_members set held_at_reset_at = coalesce(held_at_reset_at, now()) where run_id = ${testRunId} and user_id = ${userId}`.execute(tx);
}

/**
 * The server saw the new password set and the event recorded. The password was set through a session that could do nothing
 * else until then, so the reset has held, whether or not anybody tried to get past it. With the last test user the set has
 * passed.
 */
export async function noteValidatedReset(tx: SignInTx, testRunId: string, userId: string): Promise<void> {
  await sql`
    update test_members t set
      held_at_reset_at = coalesce(held_at_reset_at, now()),
      password_set_at = coalesce(password_set_at, now()),
      event_recorded_at = case
        when event_recorded_at is null and exists (select from events e where e.test_run_id = t.run_id and e.user_id = t.user_id and e.state = 'held') then now()
        else event_recorded_at end
    where run_id = ${testRunId} and user_id = ${userId}`.execute(tx);
  await sql`
    update test_sets set last_validation_at = now(), passed_at = case
      when passed_at is null and not exists (
        select from test_members m where m.run_id = ${testRunId}
          and (m.signed_in_at is null or m.held_at_reset_at is null or m.password_set_at is null or m.event_recorded_at is null)) then now()
      else passed_at end
    where run_id = ${testRunId}`.execute(tx);
}
