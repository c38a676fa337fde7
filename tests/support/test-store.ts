import { hash, randomUUID } from 'node:crypto';
import type { Engine, Script } from '../../server/store/engine.ts';
import { jsonText } from '../../server/store/json-text.ts';
import { openEngine, openStoreOn, type StoreLocation } from '../../server/store/open-store.ts';
import { seedPeople } from '../../server/practice/seed-people.ts';
import { openPlan } from '../../server/engine/plan-store.ts';
import type { Store } from '../../server/store/store.ts';
import { newTestDatabase } from './test-database.ts';

/** A store with its schema, empty, and the way past its roles that only tests and practice data need. */
export type TestStore = {
  readonly store: Store;
  readonly engine: Engine;
  /** One statement as the login, which on a test database is a superuser. */
  readonly asLogin: Script;
};

/** Opens an empty store with its schema; without a location on a new database of the kind that the project is for. */
export async function openTestStore(location?: StoreLocation): Promise<TestStore> {
  const engine = await openEngine(location ?? (await newTestDatabase()));
  const store = await openStoreOn(engine, 'migrate');
  return { store, engine, asLogin: async (text, values) => engine.withConnection('login', async (run) => run(text, values)) };
}

/** Declares a migration whose flag is on. */
export async function declareTestMigration(test: TestStore, migration: string): Promise<void> {
  await test.store.inAdminTx(async (tx) => {
    await tx.insertInto('feature_flags').values({ name: `migration.${migration}`, enabled: true }).execute();
    await tx
      .insertInto('migrations')
      .values({ id: migration, playbook: 'account-prep', title: migration, flag: `migration.${migration}`, cohort_tag: `${migration}-csv` })
      .execute();
  });
}

export type TestUser = { readonly email: string; readonly name?: string; readonly passwordHash?: string; readonly stripeCustomerId?: string };

/** Adds a customer as if it had always been there; gives its id. */
export async function addTestUser(test: TestStore, user: TestUser): Promise<string> {
  const id = randomUUID();
  const person = { userId: id, fullName: user.name ?? user.email, email: user.email, stripeCustomerId: user.stripeCustomerId ?? null, role: 'customer', passwordHash: user.passwordHash ?? null } as const;
  await test.engine.withConnection('login', async (run) => seedPeople(run, [person]));
  return id;
}

export type TestPlanRow = { readonly email: string; readonly userId: string | null };

/** Files a cohort, a plan of these rows and a run on it that is at work. */
export async function fileTestRun(test: TestStore, migration: string, rows: readonly TestPlanRow[]): Promise<{ readonly runId: string; readonly cohort: string; readonly planHash: string }> {
  const runId = randomUUID();
  const cohort = hash('sha256', runId);
  const planHash = hash('sha256', cohort);
  await test.store.inAdminTx(async (tx) => {
    await tx.insertInto('cohorts').values({ sha256: cohort, record_count: rows.length }).execute();
    await tx
      .insertInto('cohort_members')
      .values(rows.map((row, index) => ({ cohort, row_no: index + 1, key: row.email, record: jsonText({ email: row.email }) })))
      .execute();
  });
  const kindOf = (row: TestPlanRow) =>
    row.userId === null ? { kind_no: 1, match: 'NO_NAME_MATCH', action: 'CREATE_NEW' } : { kind_no: 2, match: 'MATCH_EMAIL', action: 'UPDATE_EXISTING' };
  await test.store.inPlannerTx(async (tx) => {
    const { planNo } = await openPlan(tx, migration);
    const kinds = new Map(rows.map((row) => [kindOf(row).kind_no, kindOf(row)]));
    const countOf = (kindNo: number): number => rows.filter((row) => kindOf(row).kind_no === kindNo).length;
    await tx
      .insertInto('plan_kinds')
      .values([...kinds.values()].map((kind) => ({ ...kind, plan_no: planNo, warnings: [], row_count: countOf(kind.kind_no) })))
      .execute();
    await tx
      .insertInto('plan_rows')
      .values(rows.map((row, index) => ({ plan_no: planNo, row_no: index + 1, kind_no: kindOf(row).kind_no, user_id: row.userId, row: '{}' })))
      .execute();
    await tx
      .insertInto('plans')
      .values({ plan_no: planNo, plan_hash: planHash, migration_id: migration, playbook_version: '1', cohort, row_count: rows.length, summary: '{}' })
      .execute();
  });
  await test.store.inAdminTx(async (tx) =>
    tx
      .insertInto('runs')
      .values({ id: runId, migration_id: migration, kind: 'execution', plan_hash: planHash, cohort, state: 'running', requested_by: 'test' })
      .execute(),
  );
  return { runId, cohort, planHash };
}

/** Prepares existing users through a run of their own, as the engine would. */
export async function armTestUsers(test: TestStore, migration: string, rows: readonly { readonly email: string; readonly userId: string }[]): Promise<{ readonly runId: string; readonly cohort: string; readonly planHash: string }> {
  const filed = await fileTestRun(test, migration, rows);
  await test.store.inRunnerTx(filed.runId, async (tx) => {
    for (const row of rows) {
      await tx.updateTable('users').set({ must_reset_password: true, migration_cohort: `${migration}-csv`, migration_source_file: 'cohort.csv' }).where('id', '=', row.userId).execute();
      await tx
        .insertInto('members')
        .values({ migration_id: migration, user_id: row.userId, cohort: filed.cohort, key: row.email, state: 'armed', armed_by_run: filed.runId })
        .execute();
    }
    await tx.updateTable('runs').set({ state: 'completed' }).where('id', '=', filed.runId).execute();
  });
  return filed;
}
