import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { nameKey } from '../../../shared/core/person-name.ts';
import { customer, gather, type World, type WorldUser } from '../../../tests/support/account-prep-world.ts';
import { openTestStore, type TestStore } from '../../../tests/support/test-store.ts';
import type { CohortRecord } from '../../../shared/core/cohort.ts';
import type { Script } from '../../store/engine.ts';
import { gatherFacts } from './gather.ts';

const MIGRATION = 'gathered';
const OTHER = 'another-migration';
const SEED = 20_250_809;
const NAMES = ['Ann Lee', 'ANN  LEE', 'Bob Ray', 'Zoë Ångström', 'ZOË ÅNGSTRÖM'] as const;
const EMAILS = ['a@example.org', 'b@example.org', 'c@example.org', 'd@example.org', 'e@example.org', 'f@example.org'] as const;
const STRIPE_IDS = ['cus_1', 'cus_2', 'cus_3', 'cus_4'] as const;

let test: TestStore;
const runOf = new Map<string, string>();
/** Worlds are put together freely here; what keys and triggers allow is tested elsewhere. */
const freely: Script = async (text, values) =>
  test.engine.withConnection('login', async (run) => {
    await run('set session_replication_role = replica');
    return run(text, values);
  });
beforeAll(async () => {
  test = await openTestStore();
  for (const migration of [MIGRATION, OTHER]) {
    const runId = randomUUID();
    runOf.set(migration, runId);
    await freely(`insert into runs (id, migration_id, kind, state, requested_by) values ($1, $2, 'execution', 'completed', 'test')`, [runId, migration]);
  }
});
afterAll(async () => test.store.close());

const userArbitrary = fc.record({
  name: fc.constantFrom(...NAMES),
  mustReset: fc.boolean(),
  role: fc.constantFrom('customer', 'staff'),
  armedBy: fc.constantFrom(null, MIGRATION, OTHER),
  hasCompleted: fc.boolean(),
  isCreatedHere: fc.boolean(),
  tag: fc.constantFrom(null, 'some-tag'),
});

/** Each address and each Stripe id belongs to one user at most, as the schema has it. */
const worldArbitrary = fc
  .record({
    users: fc.array(userArbitrary, { maxLength: 5 }),
    emailOwners: fc.array(fc.nat({ max: 6 }), { minLength: EMAILS.length, maxLength: EMAILS.length }),
    stripeOwners: fc.array(fc.nat({ max: 6 }), { minLength: STRIPE_IDS.length, maxLength: STRIPE_IDS.length }),
  })
  .map(({ users, emailOwners, stripeOwners }): World =>
    users.map((user, index) => {
      const stripe = stripeOwners.indexOf(index);
      return customer(randomUUID(), {
        fullName: user.name,
        emails: EMAILS.filter((_email, place) => emailOwners[place] === index),
        mustReset: user.mustReset,
        stripeCustomerId: stripe === -1 ? null : (STRIPE_IDS[stripe] ?? null),
        cohortTag: user.tag,
        sourceFile: user.tag,
        role: user.role,
        armedBy: user.armedBy,
        hasCompleted: user.hasCompleted,
        isCreatedHere: user.isCreatedHere,
      });
    }),
  );

const recordsArbitrary = fc
  .uniqueArray(fc.constantFrom(...EMAILS), { minLength: 1 })
  .chain((emails) => fc.tuple(...emails.map((email) => fc.record({ email: fc.constant(email), full_name: fc.constantFrom(...NAMES), stripe_customer_id: fc.constantFrom(...STRIPE_IDS) }))));

async function settle(world: World): Promise<void> {
  await freely('delete from events');
  await freely('delete from members');
  await freely('delete from stripe_links');
  await freely('delete from user_emails');
  await freely('delete from users');
  for (const user of world) await insert(user);
}

async function insert(user: WorldUser): Promise<void> {
  await freely(
    `insert into users (id, full_name, name_key, role, must_reset_password, migration_cohort, migration_source_file, created_by_run, created_for)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [user.userId, user.fullName, nameKey(user.fullName), user.role, user.mustReset, user.cohortTag, user.sourceFile, user.isCreatedHere ? (runOf.get(MIGRATION) ?? null) : null, user.isCreatedHere ? user.userId : null],
  );
  for (const email of user.emails) await freely(`insert into user_emails (email, user_id, kind, added_by_run) values ($1, $2, 'added', $3)`, [email, user.userId, runOf.get(OTHER)]);
  if (user.stripeCustomerId !== null) await freely('insert into stripe_links values ($1, $2)', [user.stripeCustomerId, user.userId]);
  if (user.armedBy !== null) {
    await freely(`insert into members (migration_id, user_id, cohort, key, state, armed_by_run) values ($1, $2, 'c', $4, 'armed', $3)`, [user.armedBy, user.userId, runOf.get(user.armedBy), user.userId]);
  }
  for (const state of user.hasCompleted ? ['recorded', 'void'] : ['void']) {
    await freely(`insert into events (id, migration_id, user_id, cohort, key, name, properties, state, test_run_id) values ($1, $2, $3, 'c', 'k', 'Migration Complete', '{}', $4, $5)`, [randomUUID(), MIGRATION, user.userId, state, runOf.get(OTHER)]);
  }
}

/** Addresses come in no order that is promised. */
function inOrder(facts: ReturnType<typeof gather>): unknown {
  return JSON.parse(JSON.stringify(facts, (name, value: unknown) => (name === 'emails' && Array.isArray(value) ? value.map(String).sort((one, other) => (one < other ? -1 : 1)) : name === 'isCreatedHere' ? undefined : value)));
}

it(`finds in two statements what looking at every user one by one finds (seed ${String(SEED)})`, async () => {
  await fc.assert(
    fc.asyncProperty(worldArbitrary, recordsArbitrary, async (world, records: CohortRecord[]) => {
      await settle(world);
      const found = await test.store.inPlannerTx(async (tx) => gatherFacts(tx, MIGRATION, records.map((record, index) => ({ row: index + 1, record }))));
      for (const [index, record] of records.entries()) {
        const plain = gather(world, record);
        // A name is not looked up where the address has said who it is.
        const expected = plain.byEmail === null ? plain : { ...plain, byName: { kind: 'none' as const } };
        const facts = found.get(index + 1);
        expect(facts === undefined ? undefined : inOrder(facts)).toEqual(inOrder(expected));
      }
    }),
    { seed: SEED, numRuns: 40 },
  );
});
