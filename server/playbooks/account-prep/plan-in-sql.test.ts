import { sql } from 'kysely';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../shared/core/canonical-json.ts';
import type { CohortRecord } from '../../../shared/core/cohort.ts';
import { planHeaderLine, startPlanHash, type PlanHeader } from '../../../shared/core/plan-hash.ts';
import { summarizeKinds, summarizePlan } from '../../../shared/core/plan-summary.ts';
import { planActionSchema, planMatchSchema, type PlanRow } from '../../../shared/core/plan-row.ts';
import { planCohort, planRow } from '../../../shared/playbooks/account-prep/plan.ts';
import { warningWordings } from '../../../shared/playbooks/account-prep/wording.ts';
import { rowInputs, type World } from '../../../tests/support/account-prep-world.ts';
import { openTestStore, type TestStore } from '../../../tests/support/test-store.ts';
import { WORLD_MIGRATION, decisionsArbitrary, makeWorlds, recordsArbitrary, worldArbitrary } from '../../../tests/support/world-in-database.ts';
import { cohortOf, keepCohort, startSha256 } from '../../engine/cohort-store.ts';
import { fileKindsAndHash, openPlan } from '../../engine/plan-store.ts';
import type { PlannerTx } from '../../store/store.ts';
import { judgedRows, rivalQueries } from './decisions-in-sql.ts';
import { factsQuery, gatherFormFor, type GatherForm } from './facts-in-sql.ts';
import { filePlannedRows, onReplannedRows, prepareGathering } from './plan-in-sql.ts';

const SEED = 20_250_809;
/** The embedded database takes several times as long for each world. */
const worlds = (count: number): number => (test.store.kind === 'postgres' ? count : Math.ceil(count / 4));
const settings = { migration: WORLD_MIGRATION, cohortTag: 'gathered-csv', sourceFile: 'customers.csv' };

let test: TestStore;
let settle: (world: World) => Promise<void>;
beforeAll(async () => {
  test = await openTestStore();
  await test.store.inAdminTx(async (tx) => {
    await tx.insertInto('feature_flags').values({ name: 'f' }).execute();
    await tx.insertInto('migrations').values({ id: WORLD_MIGRATION, playbook: 'account-prep', title: 'M', flag: 'f', cohort_tag: settings.cohortTag }).execute();
  });
  settle = await makeWorlds(test);
});
afterAll(async () => test.store.close());

const header: PlanHeader = {
  environmentId: 'e', migration: WORLD_MIGRATION, playbook: 'account-prep', playbookVersion: '1', cohort: 'c', sourceFile: 'customers.csv', sourceSha256: null,
  settings: {}, credentialId: null, only: null, decisions: [],
};

class Undone extends Error {}
/** Nothing of it stays: the next world begins empty. */
async function undone<T>(work: (tx: PlannerTx) => Promise<T>): Promise<T> {
  let result: { readonly value: T } | undefined;
  await test.store
    .inPlannerTx(async (tx) => {
      result = { value: await work(tx) };
      throw new Undone();
    })
    .catch((error: unknown) => {
      if (!(error instanceof Undone)) throw error;
    });
  if (result === undefined) throw new Error('Nothing came of it.');
  return result.value;
}

async function keep(tx: PlannerTx, records: readonly CohortRecord[]): Promise<string> {
  const cohort = cohortOf(records);
  await keepCohort(tx, { sha256: cohort, recordCount: records.length, records }, { migrationId: WORLD_MIGRATION, sub: 'test' });
  return cohort;
}

function hashOf(rows: readonly PlanRow[]): string {
  const hash = startPlanHash(startSha256, header);
  for (const row of rows) hash.add(row);
  return hash.digestHex();
}

it('is asked about every warning and action there is', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(worldArbitrary, recordsArbitrary, decisionsArbitrary, (world, records, decisions) => {
      for (const row of planCohort(rowInputs(world, records, decisions), settings)) for (const code of [row.action, row.match, ...row.warnings]) seen.add(code);
    }),
    { seed: SEED, numRuns: 300 },
  );
  for (const code of [...Object.keys(warningWordings), ...planActionSchema.options, ...planMatchSchema.options]) expect([...seen]).toContain(code);
});

describe.each<GatherForm>(['look_up_few', 'look_up', 'join'])('the planner in SQL, gathering by %s', (form) => {
  it(`plans what the pure planner plans, row by row and hash by hash (seed ${String(SEED)})`, async () => {
    const onlyArbitrary = fc.option(fc.array(fc.nat({ max: 9 }), { minLength: 1 }));
    await fc.assert(
      fc.asyncProperty(worldArbitrary, recordsArbitrary, decisionsArbitrary, onlyArbitrary, async (world, records, decisions, places) => {
        await settle(world);
        const only = places === null ? undefined : new Set(places.flatMap((place) => records[place]?.email ?? []));
        const expected = planCohort(rowInputs(world, records, decisions), settings, only);
        const planned = await undone(async (tx) => {
          const cohort = await keep(tx, records);
          const { planNo } = await openPlan(tx, settings.migration);
          const kinds = await filePlannedRows(tx, planNo, { settings, cohort, decisions, only }, form);
          const filed = await sql<{ row: string; user_id: string | null }>`select row, user_id from plan_rows where plan_no = ${planNo} order by row_no`.execute(tx);
          return { kinds, rows: filed.rows, hash: await fileKindsAndHash(tx, planNo, planHeaderLine(header), kinds, form === 'look_up_few' ? 'few' : 'many') };
        });
        expect(planned.rows.map(({ row }) => row)).toEqual(expected.map((row) => canonicalJson(row)));
        expect(planned.rows.map((row) => row.user_id)).toEqual(expected.map((row) => row.user_id));
        expect(summarizeKinds(planned.kinds)).toEqual(summarizePlan(expected));
        expect(planned.hash).toBe(hashOf(expected));
      }),
      { seed: SEED, numRuns: worlds(60) },
    );
  });

  it(`plans each row again by itself as the pure planner does (seed ${String(SEED)})`, async () => {
    await fc.assert(
      fc.asyncProperty(worldArbitrary, recordsArbitrary, decisionsArbitrary, async (world, records, decisions) => {
        await settle(world);
        const expected = rowInputs(world, records, decisions).map((input) => canonicalJson(planRow(input, null, settings)));
        const again = await undone(async (tx) => {
          const cohort = await keep(tx, records);
          return onReplannedRows(tx, { settings, cohort, decisions, only: undefined }, form, async (replanned) =>
            sql<{ row: string }>`with ${replanned} select row from replanned order by row_no`.execute(tx));
        });
        expect(again.rows.map(({ row }) => row)).toEqual(expected);
      }),
      { seed: SEED, numRuns: worlds(20) },
    );
  });
});

describe('how much of the customers is read', () => {
  const CUSTOMERS = 20_000;
  const cohortOfSize = (size: number): CohortRecord[] =>
    Array.from({ length: size }, (_, index) => ({ email: `p${String(index * Math.floor(CUSTOMERS / size))}@example.org`, full_name: `Somebody ${String(index)}`, stripe_customer_id: `cus_${String(index)}` }));
  beforeAll(async () => {
    await settle([]);
    await test.asLogin(`insert into users (id, full_name, name_key) select gen_random_uuid(), 'P ' || i, 'p ' || i from generate_series(0, ${String(CUSTOMERS - 1)}) i`);
    await test.asLogin(`insert into user_emails (email, user_id, kind) select 'p' || substr(full_name, 3) || '@example.org', id, 'primary' from users`);
    await test.asLogin('analyze users');
    await test.asLogin('analyze user_emails');
  });

  async function explained(size: number, given?: GatherForm): Promise<{ readonly form: GatherForm; readonly steps: string }> {
    return undone(async (tx) => {
      const records = cohortOfSize(size);
      const cohort = await keep(tx, records);
      const form = given ?? (await gatherFormFor(tx, size));
      await prepareGathering(tx, form);
      const plan = await sql<Record<string, string>>`explain (costs off) ${factsQuery({ migration: WORLD_MIGRATION, cohort, decisions: new Map() }, form)}`.execute(tx);
      return { form, steps: plan.rows.map((row) => row['QUERY PLAN']).join('\n') };
    });
  }

  it.each<readonly [number, GatherForm]>([[60, 'look_up_few'], [501, 'look_up'], [1900, 'look_up']])('is a look-up for each of %i records, by %s, never a walk over all customers', async (size, expected) => {
    const { form, steps } = await explained(size);
    expect(form).toBe(expected);
    expect(steps).not.toMatch(/Seq Scan on (?:users|user_emails)/);
    expect(steps).toMatch(/Index (?:Only )?Scan using user_emails_pkey/);
  });

  it('is a look-up for each of a few records also where nothing rules a walk out', async () => {
    const { steps } = await explained(60, 'look_up');
    expect(steps).not.toMatch(/Seq Scan on (?:users|user_emails)/);
    expect(steps).toMatch(/Index (?:Only )?Scan using user_emails_pkey/);
  });

  it('is each table once for a cohort about as large, never a look-up for each record', async () => {
    const { form, steps } = await explained(CUSTOMERS);
    expect(form).toBe('join');
    expect(steps).toMatch(/(?:Hash|Merge) (?:Right |Left |Full )?(?:Outer )?Join/);
    expect(steps).not.toMatch(/Index Scan using user_emails_pkey/);
  });
});

describe('how often rivals are looked for', () => {
  const RECORDS = 30;
  type Step = { readonly 'Subplan Name'?: string; readonly 'Actual Loops': number; readonly Plans?: readonly Step[] };
  const stepsUnder = (step: Step): readonly Step[] => [step, ...(step.Plans ?? []).flatMap(stepsUnder)];

  /** Each step of judging a cohort that the database takes for empty: what it is, and how often it really ran. */
  async function stepsOnStaleStatistics(): Promise<readonly Step[]> {
    const facts = sql`facts`;
    const query = (cohort: string) => sql<Record<string, readonly { readonly Plan: Step }[]>>`
      explain (analyze, timing off, format json)
      with facts as materialized (${factsQuery({ migration: WORLD_MIGRATION, cohort, decisions: new Map() }, 'look_up')}), ${rivalQueries(facts)}
      select j.kind_no from (${judgedRows(facts, settings)}) j`;
    await test.asLogin(`update pg_class set reltuples = 0, relpages = 1 where oid = 'public.cohort_members'::regclass`);
    const explained = await undone(async (tx) => {
      const cohort = await keep(tx, Array.from({ length: RECORDS }, (_, index) => ({ email: `r${String(index)}@example.org`, full_name: `Rival ${String(index)}`, stripe_customer_id: 'cus_wanted_by_all' })));
      return query(cohort).execute(tx);
    });
    return (explained.rows[0]?.['QUERY PLAN'] ?? []).flatMap(({ Plan }) => stepsUnder(Plan));
  }

  it.each(['rival_targets', 'rival_stripe_ids'])('is once for a whole cohort, even one the database takes for empty: %s', async (name) => {
    const steps = await stepsOnStaleStatistics();
    expect(steps.filter((step) => step['Subplan Name'] === `CTE ${name}`).map((step) => step['Actual Loops'])).toEqual([1]);
  });
});
