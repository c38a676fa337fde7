import { hash } from 'node:crypto';
import { z } from 'zod';
import { fileTestRun, type TestStore } from './test-store.ts';

/** An event as the reset leaves it behind: in the outbox, or held because validation made it. */
export type FiledEvent = { readonly email: string; readonly uniqueId: string; readonly eventId: string };

const kinds = {
  pending: { event: 'recorded', outbox: 'pending' },
  held: { event: 'held', outbox: 'held' },
  void: { event: 'void', outbox: 'void' },
} as const;

/** Files `count` events of a declared migration, each of another customer, in a few statements. `label` keeps several lots apart. */
export async function fileTestEvents(test: TestStore, migration: string, label: string, count: number, kind: keyof typeof kinds = 'pending'): Promise<readonly FiledEvent[]> {
  const { event, outbox } = kinds[kind];
  const { cohort, runId } = kind === 'pending' ? await fileCohort(test, migration, label, count) : await fileTestSet(test, migration, label, count);
  await test.asLogin(
    `insert into events (id, migration_id, user_id, cohort, key, name, properties, state, test_run_id)
    select gen_random_uuid(), $2, gen_random_uuid(), $1, key, 'Migration Complete', '{}'::jsonb, $3, $4::uuid from cohort_members where cohort = $1`,
    [cohort, migration, event, runId],
  );
  await test.asLogin(
    `update events set properties = jsonb_build_object('user_id', user_id, 'email', key, 'stripe_customer_id', 'cus_' || left(user_id::text, 8),
      'timestamp', '2026-01-02T03:04:05.678Z', 'migration_cohort', $1 || '-csv', 'source_file', 'cohort.csv') where migration_id = $1 and cohort = $2`,
    [migration, cohort],
  );
  const rows = await test.asLogin(
    `insert into outbox (id, event_id, destination, unique_id, payload, state)
    select gen_random_uuid(), id, 'klaviyo', migration_id || ':' || user_id || ':' || name, properties, $3 from events where migration_id = $1 and cohort = $2
    returning event_id, unique_id, payload ->> 'email' as email`,
    [migration, cohort, outbox],
  );
  return rows.map((row) => ({ email: String(row['email']), uniqueId: String(row['unique_id']), eventId: String(row['event_id']) }));
}

async function fileCohort(test: TestStore, migration: string, label: string, count: number): Promise<{ readonly cohort: string; readonly runId: null }> {
  const cohort = hash('sha256', `${migration} ${label}`);
  await test.asLogin(`insert into cohorts (sha256, record_count) values ('${cohort}', ${count})`);
  await test.asLogin(
    `insert into cohort_members (cohort, row_no, key, record) select $1, n, $2 || n || '@example.com', '{}'::jsonb from generate_series(1, $3::int) n`,
    [cohort, `${label}.`, count],
  );
  return { cohort, runId: null };
}

/** Validation's events belong to a test run. */
async function fileTestSet(test: TestStore, migration: string, label: string, count: number): Promise<{ readonly cohort: string; readonly runId: string }> {
  const { cohort, runId, planHash } = await fileTestRun(test, migration, Array.from({ length: count }, (_, place) => ({ email: `${label}.${place + 1}@example.com`, userId: null })));
  await test.asLogin(`update runs set state = 'completed' where id = $1`, [runId]);
  await test.asLogin(
    `with credential as (
      insert into temp_credentials (id, migration_id, hmac, created_by, revoked_at) values (gen_random_uuid(), $2, repeat('0', 64), 'test', now()) returning id
    )
    insert into test_sets (run_id, migration_id, cohort, plan_hash, credential_id, state) select $1::uuid, $2, $3, $4, id, 'closed' from credential`,
    [runId, migration, cohort, planHash],
  );
  return { cohort, runId };
}

const outboxRowSchema = z.object({ unique_id: z.string(), state: z.string(), attempts: z.coerce.number(), last_error: z.string().nullable() });

/** Every row of the outbox by state, with how often it was tried. */
export async function outboxRows(test: TestStore): Promise<readonly { readonly uniqueId: string; readonly state: string; readonly attempts: number; readonly lastError: string | null }[]> {
  const rows = await test.asLogin('select unique_id, state, attempts, last_error from outbox order by unique_id');
  return rows.map((row) => {
    const { unique_id: uniqueId, state, attempts, last_error: lastError } = outboxRowSchema.parse(row);
    return { uniqueId, state, attempts, lastError };
  });
}

/** Lets the time pass that claims and waits last, without waiting for it: everything that is pending is due now, also what somebody sends at this moment, and no hold is on. */
export async function letTimePass(test: TestStore): Promise<void> {
  await makeDue(test, 'claim_id is not null');
  await letWaitsPass(test);
}

/** Lets the time pass that waits last, and no claim: what somebody sends at this moment stays theirs. */
export async function letWaitsPass(test: TestStore): Promise<void> {
  await makeDue(test, 'claim_id is null');
  await test.asLogin(`update event_destinations set held_until = now() - interval '1 second' where held_until is not null`);
  await test.asLogin(`update event_grants set granted_at = granted_at - interval '2 minutes'`);
}

/** Leaves out what a sender is writing at this moment: waiting for its rows, in another order than it takes them, could deadlock. */
async function makeDue(test: TestStore, which: string): Promise<void> {
  await test.asLogin(`
    update outbox set next_attempt_at = now() - interval '1 second'
    where id in (select id from outbox where state = 'pending' and ${which} for update skip locked)`);
}
