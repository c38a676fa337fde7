import { sql } from 'kysely';
import { z } from 'zod';
import { customers } from '../directory/customer-relations.ts';
import { directory } from '../directory/directory.ts';
import type { ReadTx, RunnerTx } from '../store/store.ts';
import { voidValidationKeys } from './validation-keys.ts';

const rearmedSchema = z.object({ user_id: z.string(), email: z.string(), kept_changed_since: z.boolean() });

/** A test user after re-arm. Kept: the customer changed something meanwhile, and that is theirs. */
export type RearmedMember = z.infer<typeof rearmedSchema>;

/**
 * Puts back exactly what the tagged sessions of a test run changed (A14): the former password hash and must-reset state.
 * Ends those sessions, voids their keys and events, and closes the test set. Doing it again changes nothing.
 * `tx` must be the test run's own (`inRunnerTx(testRunId)`): its trigger lets a run touch passwords only where that run's
 * validation did.
 */
export async function rearmTestSet(tx: RunnerTx, testRunId: string): Promise<readonly RearmedMember[]> {
  // A validation that is at its reset ends first, and what it changed is seen below; one that comes later finds the set closed.
  await sql`select run_id from test_sets where run_id = ${testRunId} for update`.execute(tx);
  await sql`
    select u.id from ${customers} u join validation_changes v on v.user_id = u.id
    where v.run_id = ${testRunId} and v.restored_at is null order by u.id for update of u`.execute(tx);
  await sql`
    update test_members t set kept_changed_since = true
    from validation_changes v join ${customers} u on u.id = v.user_id
    where v.run_id = ${testRunId} and v.restored_at is null and t.run_id = v.run_id and t.user_id = v.user_id and not ${isAsValidationLeftIt}`.execute(tx);
  const found = sql`
    select v.user_id,
      v.prior_password_hash as password_hash,
      (v.prior ->> 'must_reset_password')::boolean as must_reset_password,
      (v.prior ->> 'password_last_set_at')::timestamptz as password_last_set_at,
      v.prior ->> 'password_set_method' as password_set_method
    from validation_changes v join ${customers} u on u.id = v.user_id
    where v.run_id = ${testRunId} and v.restored_at is null and ${isAsValidationLeftIt}`;
  await directory.putPasswordsBack(found).execute(tx);
  await sql`update validation_changes set restored_at = now() where run_id = ${testRunId} and restored_at is null`.execute(tx);

  await sql`
    update sessions set ended_at = now(), ended_because = 're-armed'
    where ended_at is null and validation_key_id in (select id from validation_keys where run_id = ${testRunId})`.execute(tx);
  await voidValidationKeys(tx, testRunId);
  await sql`update outbox set state = 'void' where state = 'held' and event_id in (select id from events where test_run_id = ${testRunId})`.execute(tx);
  await sql`update events set state = 'void' where state = 'held' and test_run_id = ${testRunId}`.execute(tx);
  await sql`update test_sets set state = 'closed', restored_at = coalesce(restored_at, now()) where run_id = ${testRunId}`.execute(tx);
  const members = await sql<Record<string, unknown>>`
    update test_members set restored_at = coalesce(restored_at, now()) where run_id = ${testRunId}
    returning user_id, key as email, kept_changed_since`.execute(tx);
  return z.array(rearmedSchema).parse(members.rows);
}

const isAsValidationLeftIt = sql`(u.password_hash = v.left_password_hash
  and jsonb_build_object('must_reset_password', u.must_reset_password, 'password_last_set_at', u.password_last_set_at, 'password_set_method', u.password_set_method) = v.left_as)`;

/** Test runs whose last step of validation is over for `quietMinutes`: the server re-arms them by itself. */
export async function dueForRearm(tx: ReadTx, quietMinutes: number): Promise<readonly string[]> {
  const due = await sql<{ run_id: string }>`
    select run_id from test_sets where state = 'open' and last_validation_at < now() - make_interval(mins => ${quietMinutes}::int) order by run_id`.execute(tx);
  return due.rows.map((row) => row.run_id);
}
