import { afterAll, beforeAll, expect, it } from 'vitest';
import { declareTestMigration, openTestStore, type TestStore } from '../../tests/support/test-store.ts';
import { previewRollback } from './preview-rollback.ts';

const MIGRATION = 'fixed';
const COHORT = 'c'.repeat(64);
const RUN = '00000000-0000-4000-8000-00000000000a';
const idOf = (place: number): string => `00000000-0000-4000-8000-00000000000${String(place)}`;
const keyOf = (place: number): string => `person${String(place)}@example.org`;
const stateOf = (place: number, stripeId: string | null): string =>
  JSON.stringify({
    must_reset_password: false, migration_cohort: null, migration_source_file: null, password_last_set_at: null, password_set_method: null,
    stripe_customer_id: stripeId, emails: [keyOf(place)], arming: null,
  });

let test: TestStore;
beforeAll(async () => {
  test = await openTestStore();
  await declareTestMigration(test, MIGRATION);
  await test.asLogin('insert into cohorts (sha256, record_count) values ($1, 3)', [COHORT]);
  await test.asLogin(`insert into runs (id, migration_id, kind, cohort, state, requested_by, created_at) values ($1, $2, 'execution', $3, 'completed', 'wendy', '2025-08-09T00:00:00Z')`, [RUN, MIGRATION, COHORT]);
  // One goes back to another Stripe id, one was changed since, one has no profile any more.
  for (const place of [1, 2, 3]) {
    await test.asLogin(`insert into cohort_members (cohort, row_no, key, record) values ($1, $2, $3, '{}')`, [COHORT, place, keyOf(place)]);
    if (place < 3) {
      await test.asLogin(`insert into users (id, full_name, name_key) values ($1, 'Zoë', 'zoe')`, [idOf(place)]);
      await test.asLogin(`insert into user_emails (email, user_id, kind) values ($1, $2, 'primary')`, [keyOf(place), idOf(place)]);
      await test.asLogin('insert into stripe_links values ($1, $2)', [`cus_now${String(place)}`, idOf(place)]);
    }
    await test.asLogin('insert into snapshots (run_id, user_id, migration_id, cohort, key, existed, prior, left_as) values ($1, $2, $3, $4, $5, true, $6, $7)', [
      RUN, idOf(place), MIGRATION, COHORT, keyOf(place), stateOf(place, `cus_before${String(place)}`), stateOf(place, place === 1 ? 'cus_now1' : 'cus_left'),
    ]);
  }
});
afterAll(async () => test.store.close());

// Hashes that were approved are kept: what computes them may change, they may not.
it('gives a preview of each outcome the hash that it has always had', async () => {
  const plan = await test.store.inPlannerTx(async (tx) => previewRollback(tx, { environmentId: 'environment', migrationId: MIGRATION, selection: { all: true } }, 'wendy'));
  expect(plan.counts).toEqual({ reverted: 1, kept_changed_since: 1, nothing_to_revert: 1 });
  expect(plan.rollbackHash).toBe('048480dae065fd64d60b321318c21b46f75a6a8a77d43f61171ecb6098ffc3f1');
});
