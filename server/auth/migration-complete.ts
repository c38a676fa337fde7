import { sql } from 'kysely';
import { customers, stripeLinks } from '../directory/customer-relations.ts';
import { KLAVIYO } from '../events/klaviyo.ts';
import type { SignInTx } from '../store/store.ts';

/** The one event of a migration (A12). */
export const MIGRATION_COMPLETE = 'Migration Complete';

export type CompletedUser = {
  readonly eventId: string;
  readonly outboxId: string;
  readonly userId: string;
  readonly migrationId: string;
  /** The test run whose validation this is; null for the customer. */
  readonly testRunId: string | null;
};

/**
 * Records the event and its way out in the transaction of the reset itself: either all of it happened or nothing. Address
 * and time are frozen here. What validation makes is held and never delivered. A second event of the same migration and
 * user cannot be recorded: a unique index refuses it.
 */
export async function recordMigrationComplete(tx: SignInTx, completed: CompletedUser): Promise<void> {
  const isHeld = completed.testRunId !== null;
  // A validation event has its test run in the id, so that the customer's own later event is another one.
  const uniqueId = [completed.migrationId, completed.userId, MIGRATION_COMPLETE, ...(completed.testRunId === null ? [] : [completed.testRunId])].join(':');
  await sql`
    with subject as (
      select m.cohort, m.key, jsonb_build_object(
        'user_id', u.id,
        'email', m.key,
        'stripe_customer_id', s.stripe_customer_id,
        'timestamp', to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
        'migration_cohort', u.migration_cohort,
        'source_file', u.migration_source_file
      ) as properties
      from members m
      join ${customers} u on u.id = m.user_id
      left join ${stripeLinks} s on s.user_id = u.id
      where m.migration_id = ${completed.migrationId} and m.user_id = ${completed.userId}
    ), event as (
      insert into events (id, migration_id, user_id, cohort, key, name, properties, state, test_run_id)
      select ${completed.eventId}, ${completed.migrationId}, ${completed.userId}, cohort, key, ${MIGRATION_COMPLETE}, properties,
        ${isHeld ? 'held' : 'recorded'}, ${completed.testRunId}::uuid
      from subject
    )
    insert into outbox (id, event_id, destination, unique_id, payload, state)
    select ${completed.outboxId}, ${completed.eventId}, ${KLAVIYO}, ${uniqueId}, properties, ${isHeld ? 'held' : 'pending'}
    from subject`.execute(tx);
}
