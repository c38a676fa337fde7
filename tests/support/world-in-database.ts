import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { nameKey } from '../../shared/core/person-name.ts';
import type { CohortRecord } from '../../shared/core/cohort.ts';
import { customer, type World } from './account-prep-world.ts';
import type { TestStore } from './test-store.ts';

/** The migration that worlds are made for, and another one that may have armed people of theirs. */
export const WORLD_MIGRATION = 'gathered';
const OTHER_MIGRATION = 'another-migration';
const NAMES = ['Ann Lee', 'ANN  LEE', 'Bob Ray', 'Zoë Ångström', 'ZOË ÅNGSTRÖM', 'Cat Fox', 'Dan Oak'] as const;
const EMAILS = ['a@example.org', 'b@example.org', 'c@example.org', 'd@example.org', 'e@example.org', 'f@example.org', `o'neill+%_{x}@example.org`] as const;
const STRIPE_IDS = ['cus_1', 'cus_2', 'cus_3', 'cus_4', 'cus_5', 'cus_6', 'cus_7'] as const;
const TAGS = [null, 'gathered-csv', 'some "tag"\\'] as const;
const FILES = [null, 'customers.csv', 'Zoë\u0001\t\u2028/😀.csv'] as const;

const userArbitrary = fc.record({
  name: fc.constantFrom(...NAMES),
  mustReset: fc.boolean(),
  role: fc.constantFrom('customer', 'customer', 'customer', 'staff'),
  armedBy: fc.constantFrom(null, null, WORLD_MIGRATION, OTHER_MIGRATION),
  hasCompleted: fc.constantFrom(false, false, false, true),
  isCreatedHere: fc.constantFrom(false, false, true),
  tag: fc.constantFrom(...TAGS),
  file: fc.constantFrom(...FILES),
  /** Just as the migration would leave them. */
  isPrepared: fc.constantFrom(false, false, true),
});

/** Each address and each Stripe id belongs to one user at most, as the schema has it. */
export const worldArbitrary: fc.Arbitrary<World> = fc
  .record({
    users: fc.array(userArbitrary, { maxLength: 6, size: 'max' }),
    emailOwners: fc.array(fc.nat({ max: 8 }), { minLength: EMAILS.length, maxLength: EMAILS.length }),
    stripeOwners: fc.array(fc.nat({ max: 12 }), { minLength: STRIPE_IDS.length, maxLength: STRIPE_IDS.length }),
  })
  .map(({ users, emailOwners, stripeOwners }): World =>
    users.map((user, index) => {
      const emails = EMAILS.filter((_email, place) => emailOwners[place] === index);
      const own = user.isPrepared ? EMAILS.findIndex((email) => email === emails[0]) : stripeOwners.indexOf(index);
      const isTaken = users.some((other, place) => place < index && !other.isPrepared && stripeOwners.indexOf(place) === own);
      return customer(randomUUID(), {
        fullName: user.name,
        emails,
        mustReset: user.isPrepared || user.mustReset,
        stripeCustomerId: own === -1 || isTaken || (!user.isPrepared && stripeIdIsPrepared(users, emailOwners, own)) ? null : (STRIPE_IDS[own] ?? null),
        cohortTag: user.isPrepared ? 'gathered-csv' : user.tag,
        sourceFile: user.isPrepared ? 'customers.csv' : user.file,
        role: user.role,
        armedBy: user.isPrepared ? WORLD_MIGRATION : user.armedBy,
        hasCompleted: user.hasCompleted && !user.isPrepared,
        isCreatedHere: user.isCreatedHere,
      });
    }),
  );

/** Whether somebody who is prepared has that Stripe id for their first address: then nobody else may. */
function stripeIdIsPrepared(users: readonly { readonly isPrepared: boolean }[], emailOwners: readonly number[], stripe: number): boolean {
  return users.some((user, index) => user.isPrepared && emailOwners.indexOf(index) === stripe);
}

/** A cohort: each address once, its Stripe id mostly the one that goes with it. */
export const recordsArbitrary: fc.Arbitrary<CohortRecord[]> = fc.uniqueArray(
  fc
    .record({ place: fc.nat({ max: EMAILS.length - 1 }), full_name: fc.constantFrom(...NAMES), other: fc.constantFrom(...Array.from({ length: 14 }, () => null), ...STRIPE_IDS) })
    .map(({ place, full_name, other }) => ({ email: EMAILS[place] ?? '', full_name, stripe_customer_id: other ?? STRIPE_IDS[place] ?? '' })),
  { minLength: 1, maxLength: EMAILS.length, selector: (record) => record.email, size: 'max' },
);

export const decisionsArbitrary: fc.Arbitrary<ReadonlyMap<string, 'create' | 'skip'>> = fc
  .array(fc.tuple(fc.constantFrom(...EMAILS), fc.constantFrom<'create' | 'skip'>('create', 'skip')), { maxLength: 3 })
  .map((pairs) => new Map(pairs));

/** Makes the database the world, past keys and triggers: what those allow is tested elsewhere. */
export async function makeWorlds(test: TestStore): Promise<(world: World) => Promise<void>> {
  const freely = async (statements: readonly (readonly [string, ...unknown[]])[]): Promise<void> =>
    test.engine.withConnection('login', async (run) => {
      await run('begin');
      await run('set local session_replication_role = replica');
      for (const [text, ...values] of statements) await run(text, values);
      await run('commit');
    });
  const runOf = new Map([WORLD_MIGRATION, OTHER_MIGRATION].map((migration) => [migration, randomUUID()]));
  // Runs of migrations that need not be there.
  await freely([...runOf].map(([migration, id]) => [`insert into runs (id, migration_id, kind, state, requested_by) values ($1, $2, 'execution', 'completed', 'test')`, id, migration]));
  const here = runOf.get(WORLD_MIGRATION);
  const other = runOf.get(OTHER_MIGRATION);
  return async (world) => {
    const users = JSON.stringify(world.map((user) => ({ ...user, nameKey: nameKey(user.fullName) })));
    const given = `jsonb_to_recordset($1::text::jsonb) as w ("userId" uuid, "fullName" text, "nameKey" text, role text, "mustReset" boolean, "cohortTag" text, "sourceFile" text,
      "isCreatedHere" boolean, emails jsonb, "stripeCustomerId" text, "armedBy" text, "hasCompleted" boolean)`;
    await freely([
      ['delete from events'],
      ['delete from members'],
      ['delete from stripe_links'],
      ['delete from user_emails'],
      ['delete from users'],
      [
        `insert into users (id, full_name, name_key, role, must_reset_password, migration_cohort, migration_source_file, created_by_run, created_for)
         select "userId", "fullName", "nameKey", role, "mustReset", "cohortTag", "sourceFile", case when "isCreatedHere" then $2::uuid end, case when "isCreatedHere" then "userId"::text end from ${given}`,
        users,
        here,
      ],
      [`insert into user_emails (email, user_id, kind, added_by_run) select e, "userId", 'added', $2::uuid from ${given}, jsonb_array_elements_text(emails) e`, users, other],
      [`insert into stripe_links select "stripeCustomerId", "userId" from ${given} where "stripeCustomerId" is not null`, users],
      [
        `insert into members (migration_id, user_id, cohort, key, state, armed_by_run)
         select "armedBy", "userId", 'c', "userId"::text, 'armed', case when "armedBy" = '${WORLD_MIGRATION}' then $2::uuid else $3::uuid end from ${given} where "armedBy" is not null`,
        users,
        here,
        other,
      ],
      [
        `insert into events (id, migration_id, user_id, cohort, key, name, properties, state, test_run_id)
         select gen_random_uuid(), '${WORLD_MIGRATION}', "userId", 'c', 'k', 'Migration Complete', '{}', s, $2::uuid
         from ${given} cross join (values ('recorded'), ('void')) as states (s) where s = 'void' or "hasCompleted"`,
        users,
        other,
      ],
    ]);
  };
}
