import { z } from 'zod';
import { canonicalJson } from '../../shared/core/canonical-json.ts';
import { addOutcomes, noCounts } from '../../shared/core/run-counts.ts';
import { nameKey } from '../../shared/core/person-name.ts';
import { valuesAfter, valuesBefore } from '../../shared/playbooks/account-prep/fields.ts';
import { accountPrep } from '../../shared/playbooks/account-prep/playbook.ts';
import { directory } from '../directory/directory.ts';
import type { Script } from '../store/engine.ts';
import { runStatement } from '../store/script-statement.ts';
import { earlierPlan, type EarlierPlan, practiceCohortTag } from './earlier-plan.ts';
import { practiceMigration } from './environment.ts';
import { practiceStory, sampleFileName } from './sample.ts';

const earlierRunId = '5a17d0c5-0000-4000-9000-000000000001';
const eventId = '5a17d0c5-0000-4000-9000-000000000002';

/**
 * What an earlier, short run left behind: one customer armed with all fields as the sample plans them, one who has
 * completed. Written as that run and as that customer's sign-in, under their database roles, so the schema's own
 * guards hold here too.
 */
export async function seedStory(run: Script): Promise<void> {
  const plan = earlierPlan();
  const { complete, completeStripeId } = practiceStory();
  await filePlan(run, plan);
  await run(
    `insert into runs (id, migration_id, kind, plan_hash, cohort, state, requested_by, rows_total, cursor, next_seq, counts, message, started_at, ended_at)
     values ($1, $2, 'execution', $3, $4, 'stopped', 'an earlier operator', $5::bigint, $5::bigint, $5::bigint + 1, $6::jsonb, 'Stopped after its first two rows.', now(), now())`,
    [earlierRunId, practiceMigration, plan.planHash, plan.cohort, plan.rows.length, JSON.stringify(addOutcomes(noCounts, plan.rows.map(() => 'applied' as const)))],
  );
  await armAsThatRun(run, plan.cohort, plan.rows.map((row, place) => ({ user_id: row.user_id, key: row.email, stripe_customer_id: plan.records[place]?.stripe_customer_id })));
  for (const row of plan.rows) {
    const item = { seq: row.row, row: row.row, email: row.email, user_id: row.user_id, outcome: 'applied', before: valuesBefore(row), after: valuesAfter(row) };
    await run(
      `insert into run_items (run_id, seq, row_no, cohort, key, user_id, outcome, item)
       select $1::uuid, $2::bigint, $2::bigint, $3, $4, $5::uuid, 'applied', $6::jsonb || jsonb_build_object('at', to_char(now() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))`,
      [earlierRunId, row.row, plan.cohort, row.email, row.user_id, JSON.stringify(item)],
    );
  }
  await completeAsThatCustomer(run, plan.cohort, complete.userId, complete.email, completeStripeId);
}

async function filePlan(run: Script, plan: EarlierPlan): Promise<void> {
  await run('insert into cohorts (sha256, record_count) values ($1, $2)', [plan.cohort, plan.records.length]);
  for (const [place, row] of plan.rows.entries()) {
    const record = plan.records[place];
    await run('insert into cohort_members (cohort, row_no, key, record, name_key) values ($1, $2, $3, $4::jsonb, $5)', [plan.cohort, row.row, row.email, JSON.stringify(record), nameKey(record?.full_name ?? '')]);
  }
  // Rows first, then the plan that is made of them, in one transaction.
  await run('begin');
  await run('insert into plan_bodies default values');
  for (const [place, row] of plan.rows.entries()) {
    const kind = [row.match, row.action, row.warnings];
    await run(
      `insert into plan_kinds (plan_no, kind_no, match, action, warnings, row_count) select drydock_open_plan(), $1, $2, $3, $4, 1
       on conflict (plan_no, match, action, warnings) do update set row_count = plan_kinds.row_count + 1`,
      [place + 1, ...kind],
    );
    await run(
      `insert into plan_rows (plan_no, row_no, kind_no, user_id, row)
       select plan_no, $1, kind_no, $2, $3 from plan_kinds where plan_no = drydock_open_plan() and match = $4 and action = $5 and warnings = $6`,
      [row.row, row.user_id, canonicalJson(row), ...kind],
    );
  }
  await run(
    `insert into plans (plan_no, plan_hash, migration_id, playbook_version, cohort, source_file, source_sha256, settings, row_count, summary)
     select drydock_open_plan(), $1, $2, $3, $4, $5, $6, $7::jsonb, $8, $9::jsonb`,
    [plan.planHash, practiceMigration, accountPrep.version, plan.cohort, sampleFileName, plan.sourceSha256, JSON.stringify({ cohort_tag: practiceCohortTag }), plan.rows.length, JSON.stringify(plan.summary)],
  );
  await run('commit');
}

async function armAsThatRun(run: Script, cohort: string, targets: readonly { readonly user_id: string | null; readonly key: string; readonly stripe_customer_id: string | undefined }[]): Promise<void> {
  const values = [JSON.stringify(targets)];
  const given = 'jsonb_to_recordset($1::jsonb) as given(user_id uuid, key text, stripe_customer_id text)';
  await run('begin');
  await run('set local role drydock_runner');
  await run(`select set_config('drydock.run_id', $1, true)`, [earlierRunId]);
  await run(`create temporary table batch on commit drop as select key, user_id, false as is_new, null::text as full_name, null::text as name_key, stripe_customer_id as stripe from ${given}`, values);
  for (const statement of directory.prepare({ runId: earlierRunId, cohortTag: practiceCohortTag, sourceFile: sampleFileName })) await runStatement(run, statement);
  await run(
    `insert into members (migration_id, user_id, cohort, key, state, armed_by_run) select '${practiceMigration}', user_id, '${cohort}', key, 'armed', '${earlierRunId}'::uuid from ${given}`,
    values,
  );
  await run('commit');
}

async function completeAsThatCustomer(run: Script, cohort: string, userId: string, email: string, stripeId: string): Promise<void> {
  await run('begin');
  await run('set local role drydock_sign_in');
  const [customer] = await run(`select password_hash from ${directory.customers} where id = $1`, [userId]);
  const passwordHash = z.string().parse(customer?.['password_hash']);
  await runStatement(run, directory.setPassword({ userId, passwordHash, method: 'forced-migration-reset' }));
  await run(`update members set state = 'completed', signed_in_at = now(), completed_at = now() where user_id = $1`, [userId]);
  await run(
    `insert into events (id, migration_id, user_id, cohort, key, name, properties, state)
     select $1::uuid, '${practiceMigration}', $2::uuid, $3, $4, 'Migration Complete', $5::jsonb || jsonb_build_object('timestamp', to_char(now() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')), 'recorded'`,
    [eventId, userId, cohort, email, JSON.stringify({ user_id: userId, email, stripe_customer_id: stripeId, migration_cohort: practiceCohortTag, source_file: sampleFileName })],
  );
  await run('commit');
}
