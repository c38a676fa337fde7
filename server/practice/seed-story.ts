import { hash } from 'node:crypto';
import { canonicalRecordLine, type CohortRecord } from '../../shared/core/cohort.ts';
import { addOutcomes, noCounts } from '../../shared/core/run-counts.ts';
import { nameKey } from '../../shared/core/person-name.ts';
import type { Script } from '../store/engine.ts';
import { practiceMigration } from './environment.ts';
import { practiceStory, sampleFileName } from './sample.ts';

const cohortTag = '2025-08-09-csv';
const earlierRunId = '5a17d0c5-0000-4000-9000-000000000001';
const eventId = '5a17d0c5-0000-4000-9000-000000000002';

/**
 * What an earlier, short run left behind: one customer armed with all fields as the sample plans them, one who has
 * completed. Written as that run and as that customer's sign-in, under their database roles, so the schema's own
 * guards hold here too.
 */
export async function seedStory(run: Script): Promise<void> {
  const story = practiceStory();
  const people = [
    { person: story.armed, stripeId: story.armedStripeId },
    { person: story.complete, stripeId: story.completeStripeId },
  ];
  const records: CohortRecord[] = people.map(({ person, stripeId }) => ({ email: person.email, full_name: person.fullName, stripe_customer_id: stripeId }));
  const cohort = hash('sha256', records.map((record) => `${canonicalRecordLine(record)}\n`).join(''));
  const planHash = hash('sha256', `earlier practice run of ${cohort}`);

  await run('insert into cohorts (sha256, record_count) values ($1, $2)', [cohort, records.length]);
  await run(
    `insert into plans (plan_hash, migration_id, playbook_version, cohort, source_file, row_count, summary) values ($1, $2, '1', $3, $4, $5, $6::jsonb)`,
    [planHash, practiceMigration, cohort, sampleFileName, records.length, JSON.stringify({ rows: records.length, by_match: {}, by_action: {}, warnings: {} })],
  );
  for (const [place, { person }] of people.entries()) {
    await run('insert into cohort_members (cohort, row_no, key, record, name_key) values ($1, $2, $3, $4::jsonb, $5)', [cohort, place + 1, person.email, JSON.stringify(records[place]), nameKey(person.fullName)]);
    await run(
      `insert into plan_rows (plan_hash, cohort, row_no, key, email_match, match, action, user_id, row) values ($1, $2, $3, $4, 'MATCH_EMAIL', 'MATCH_EMAIL', 'UPDATE_EXISTING', $5, '{}')`,
      [planHash, cohort, place + 1, person.email, person.userId],
    );
  }
  await run(
    `insert into runs (id, migration_id, kind, plan_hash, cohort, state, requested_by, rows_total, cursor, next_seq, counts, message, started_at, ended_at)
     values ($1, $2, 'execution', $3, $4, 'stopped', 'an earlier operator', $5::bigint, $5::bigint, $5::bigint + 1, $6::jsonb, 'Stopped after its first two rows.', now(), now())`,
    [earlierRunId, practiceMigration, planHash, cohort, records.length, JSON.stringify(addOutcomes(noCounts, ['applied', 'applied']))],
  );
  await armAsThatRun(run, cohort, people.map(({ person, stripeId }) => ({ user_id: person.userId, key: person.email, stripe_customer_id: stripeId })));
  for (const [place, { person, stripeId }] of people.entries()) {
    const after = { 'auth.must_reset_password': true, stripe_customer_id: stripeId, 'migration.cohort': cohortTag, 'migration.source_file': sampleFileName };
    const before = { 'auth.must_reset_password': false, stripe_customer_id: person.stripeCustomerId, 'migration.cohort': null, 'migration.source_file': null };
    await run(
      `insert into run_items (run_id, seq, row_no, cohort, key, user_id, outcome, item)
       select $1::uuid, $2::bigint, $2::bigint, $3, $4, $5::uuid, 'applied', $6::jsonb || jsonb_build_object('at', to_char(now() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))`,
      [earlierRunId, place + 1, cohort, person.email, person.userId, JSON.stringify({ seq: place + 1, row: place + 1, email: person.email, user_id: person.userId, outcome: 'applied', before, after })],
    );
  }
  await completeAsThatCustomer(run, cohort, story.complete.userId, story.complete.email, story.completeStripeId);
}

async function armAsThatRun(run: Script, cohort: string, targets: readonly { readonly user_id: string; readonly key: string; readonly stripe_customer_id: string }[]): Promise<void> {
  const values = [JSON.stringify(targets)];
  const given = 'jsonb_to_recordset($1::jsonb) as given(user_id uuid, key text, stripe_customer_id text)';
  await run('begin');
  await run('set local role drydock_runner');
  await run(`select set_config('drydock.run_id', $1, true)`, [earlierRunId]);
  await run(`update users set must_reset_password = true, migration_cohort = '${cohortTag}', migration_source_file = '${sampleFileName}' from ${given} where users.id = given.user_id`, values);
  await run(`insert into stripe_links (stripe_customer_id, user_id) select stripe_customer_id, user_id from ${given} on conflict do nothing`, values);
  await run(
    `insert into members (migration_id, user_id, cohort, key, state, armed_by_run) select '${practiceMigration}', user_id, '${cohort}', key, 'armed', '${earlierRunId}'::uuid from ${given}`,
    values,
  );
  await run('commit');
}

async function completeAsThatCustomer(run: Script, cohort: string, userId: string, email: string, stripeId: string): Promise<void> {
  await run('begin');
  await run('set local role drydock_sign_in');
  await run(`update users set must_reset_password = false, password_last_set_at = now(), password_set_method = 'forced-migration-reset' where id = $1`, [userId]);
  await run(`update members set state = 'completed', signed_in_at = now(), completed_at = now() where user_id = $1`, [userId]);
  await run(
    `insert into events (id, migration_id, user_id, cohort, key, name, properties, state)
     select $1::uuid, '${practiceMigration}', $2::uuid, $3, $4, 'Migration Complete', $5::jsonb || jsonb_build_object('timestamp', to_char(now() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')), 'recorded'`,
    [eventId, userId, cohort, email, JSON.stringify({ user_id: userId, email, stripe_customer_id: stripeId, migration_cohort: cohortTag, source_file: sampleFileName })],
  );
  await run('commit');
}
