import { hash, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { addTestUser, armTestUsers, declareTestMigration, fileTestRun, openTestStore, type TestStore } from '../../tests/support/test-store.ts';
import { openPlan } from '../engine/plan-store.ts';
import type { PlannerTx, RunnerTx, SignInTx } from './store.ts';

/** Goes past the code and its types, straight in SQL, as somebody who made a mistake would. */
describe('the database itself refuses', () => {
  let test: TestStore;
  let count = 0;
  let migration: string;
  let inside: string;
  let outside: string;
  let run: { readonly runId: string; readonly cohort: string; readonly planHash: string };

  beforeAll(async () => {
    test = await openTestStore();
  });
  afterAll(async () => {
    await test.store.close();
  });
  beforeEach(async () => {
    count += 1;
    migration = `m${String(count)}`;
    await declareTestMigration(test, migration);
    inside = await addTestUser(test, { email: `in${String(count)}@example.org` });
    outside = await addTestUser(test, { email: `out${String(count)}@example.org` });
    run = await fileTestRun(test, migration, [
      { email: `in${String(count)}@example.org`, userId: inside },
      { email: `new${String(count)}@example.org`, userId: null },
    ]);
  });

  async function asRunner(statement: (tx: RunnerTx) => Promise<unknown>, runId = run.runId): Promise<string> {
    return test.store.inRunnerTx(runId, statement).then(() => 'done', codeOf);
  }
  async function asPlanner(statement: (tx: PlannerTx) => Promise<unknown>): Promise<string> {
    return test.store.inPlannerTx(statement).then(() => 'done', codeOf);
  }
  async function asSignIn(statement: (tx: SignInTx) => Promise<unknown>): Promise<string> {
    return test.store.inSignInTx(statement).then(() => 'done', codeOf);
  }
  const NO_RIGHT = '42501';

  it('lets a run change a user of its plan', async () => {
    expect(await asRunner(async (tx) => sql`update users set migration_cohort = 'x', must_reset_password = true where id = ${inside}`.execute(tx))).toBe('done');
  });

  it('a run that writes to a user outside its plan', async () => {
    expect(await asRunner(async (tx) => sql`update users set migration_cohort = 'x' where id = ${outside}`.execute(tx))).toBe('DD002');
    expect(await asRunner(async (tx) => sql`update users set must_reset_password = true`.execute(tx))).toBe('DD002');
    expect(await asRunner(async (tx) => sql`insert into stripe_links values (${`cus_${outside}`}, ${outside})`.execute(tx))).toBe('DD002');
    expect(await asRunner(async (tx) => sql`delete from user_emails where user_id = ${outside}`.execute(tx))).toBe('DD002');
  });

  it('a run outside the rows it was given, although they are in its plan', async () => {
    await test.asLogin('update runs set only_keys = $1 where id = $2', [[`new${String(count)}@example.org`], run.runId]);
    expect(await asRunner(async (tx) => sql`update users set migration_cohort = 'x' where id = ${inside}`.execute(tx))).toBe('DD002');
  });

  it('a run role without a run, or with one that does not exist', async () => {
    expect(await asRunner(async (tx) => sql`update users set migration_cohort = 'x' where id = ${inside}`.execute(tx), '')).toBe('DD001');
    expect(await asRunner(async (tx) => sql`update users set migration_cohort = 'x' where id = ${inside}`.execute(tx), randomUUID())).toBe('DD001');
  });

  it('arming anybody who is not in the plan, and arming in another run or migration', async () => {
    const arm = async (tx: RunnerTx | SignInTx, userId: string, key: string, armedBy = run.runId, of = migration): Promise<unknown> =>
      sql`insert into members (migration_id, user_id, cohort, key, state, armed_by_run) values (${of}, ${userId}, ${run.cohort}, ${key}, 'armed', ${armedBy})`.execute(tx);
    const key = `in${String(count)}@example.org`;
    expect(await asRunner(async (tx) => arm(tx, outside, key))).toBe('DD002');
    await declareTestMigration(test, `${migration}-other`);
    expect(await asRunner(async (tx) => arm(tx, inside, key, run.runId, `${migration}-other`))).toBe('DD002');
    expect(await asRunner(async (tx) => arm(tx, inside, `nobody@example.org`))).toBe('23503');
    expect(await asRunner(async (tx) => arm(tx, inside, key))).toBe('done');
  });

  it('arming by sign-in, which may disarm', async () => {
    await test.asLogin(`update runs set state = 'completed' where id = $1`, [run.runId]);
    await armTestUsers(test, migration, [{ email: `in${String(count)}@example.org`, userId: inside }]);
    expect(await asSignIn(async (tx) => sql`update members set state = 'completed', completed_at = now() where user_id = ${inside}`.execute(tx))).toBe('done');
    expect(await asSignIn(async (tx) => sql`update users set must_reset_password = false, password_hash = 'x' where id = ${inside}`.execute(tx))).toBe('done');
    expect(await asSignIn(async (tx) => sql`update members set state = 'armed', completed_at = null where user_id = ${inside}`.execute(tx))).toBe('DD003');
    expect(await asSignIn(async (tx) => sql`update users set must_reset_password = true where id = ${inside}`.execute(tx))).toBe('DD003');
    expect(await asSignIn(async (tx) => sql`update users set migration_cohort = 'x' where id = ${inside}`.execute(tx))).toBe(NO_RIGHT);
    expect(await asSignIn(async (tx) => sql`insert into members select * from members`.execute(tx))).toBe(NO_RIGHT);
    expect(await asSignIn(async (tx) => sql`insert into user_emails values ('added@example.org', ${inside}, 'added', ${run.runId})`.execute(tx))).toBe(NO_RIGHT);
  });

  it('a run that sets a password no validation changed', async () => {
    expect(await asRunner(async (tx) => sql`update users set password_hash = 'x' where id = ${inside}`.execute(tx))).toBe('DD003');
    expect(await asRunner(async (tx) => sql`update users set full_name = 'x' where id = ${inside}`.execute(tx))).toBe(NO_RIGHT);
  });

  it('a profile made for no row of the plan, or for an address that is another row', async () => {
    const create = async (tx: RunnerTx, createdFor: string, email: string, role = 'customer'): Promise<unknown> => {
      const id = randomUUID();
      await sql`insert into users (id, full_name, name_key, role, created_by_run, created_for) values (${id}, 'N', 'n', ${role}, ${run.runId}, ${createdFor})`.execute(tx);
      return sql`insert into user_emails (email, user_id, kind) values (${email}, ${id}, 'primary')`.execute(tx);
    };
    const key = `new${String(count)}@example.org`;
    expect(await asRunner(async (tx) => create(tx, 'stranger@example.org', 'stranger@example.org'))).toBe('DD002');
    expect(await asRunner(async (tx) => create(tx, key, 'stranger@example.org'))).toBe('DD002');
    expect(await asRunner(async (tx) => create(tx, key, key, 'staff'))).toBe('DD003');
    expect(await asRunner(async (tx) => create(tx, key, key))).toBe('done');
  });

  it('an added address that is not the row of its user', async () => {
    const add = async (tx: RunnerTx, email: string): Promise<unknown> =>
      sql`insert into user_emails (email, user_id, kind, added_by_run) values (${email}, ${inside}, 'added', ${run.runId})`.execute(tx);
    expect(await asRunner(async (tx) => add(tx, `new${String(count)}@example.org`))).toBe('DD002');
    expect(await asRunner(async (tx) => add(tx, 'stranger@example.org'))).toBe('DD002');
  });

  it.each([
    ['changes a user', `update users set must_reset_password = false`],
    ['makes a user', `insert into users (id, full_name, name_key) values (gen_random_uuid(), 'x', 'x')`],
    ['deletes a user', `delete from users`],
    ['adds an address', `insert into user_emails select 'x@example.org', id, 'primary', null from users limit 1`],
    ['links a Stripe id', `insert into stripe_links select 'cus_x', id from users limit 1`],
    ['arms', `insert into members select * from members`],
    ['reads a password', `select password_hash from users`],
    ['reads a credential', `select hmac from temp_credentials`],
    ['turns a flag on', `update feature_flags set enabled = true`],
  ])('planning that %s', async (_what, statement) => {
    expect(await asPlanner(async (tx) => sql.raw(statement).execute(tx))).toBe(NO_RIGHT);
  });

  it('planning that adds rows to a plan that has its hash, or to none', async () => {
    const [plan] = await test.asLogin('select plan_no from plans where plan_hash = $1', [run.planHash]);
    const add = async (tx: PlannerTx, planNo: unknown): Promise<unknown> => sql`insert into plan_rows (plan_no, row_no, kind_no, row) values (${planNo}, 3, 1, '{}')`.execute(tx);
    expect(await asPlanner(async (tx) => add(tx, plan?.['plan_no']))).toBe(NO_RIGHT);
    expect(await asPlanner(async (tx) => openPlan(tx, migration).then(async () => add(tx, plan?.['plan_no'])))).toBe(NO_RIGHT);
    expect(await asPlanner(async (tx) => openPlan(tx, migration).then(async ({ planNo }) => add(tx, planNo + 1)))).toBe(NO_RIGHT);
    expect(await asPlanner(async (tx) => sql`update plan_rows set row = '{"x":1}'`.execute(tx))).toBe(NO_RIGHT);
  });

  it('a plan with a row that is not in its cohort, of no kind, or not counted', async () => {
    const file = async (tx: PlannerTx, rowNo: number, kindNo: number, rowCount: number): Promise<unknown> => {
      const { planNo } = await openPlan(tx, migration);
      await sql`insert into plan_kinds (plan_no, kind_no, match, action, warnings, row_count) values (${planNo}, 1, 'NO_NAME_MATCH', 'CREATE_NEW', '{}', 1)`.execute(tx);
      await sql`insert into plan_rows (plan_no, row_no, kind_no, row) values (${planNo}, ${rowNo}, ${kindNo}, '{}')`.execute(tx);
      return sql`insert into plans (plan_no, plan_hash, migration_id, playbook_version, cohort, row_count, summary)
        values (${planNo}, ${hash('sha256', randomUUID())}, ${migration}, '1', ${run.cohort}, ${rowCount}, '{}')`.execute(tx);
    };
    expect(await asPlanner(async (tx) => file(tx, 3, 1, 1))).toBe('23503');
    expect(await asPlanner(async (tx) => file(tx, 2, 2, 1))).toBe('23503');
    expect(await asPlanner(async (tx) => file(tx, 2, 1, 2))).toBe('23514');
    expect(await asPlanner(async (tx) => file(tx, 2, 1, 1))).toBe('done');
  });

  it('a member of no cohort, and a cohort taken away under its members', async () => {
    const add = async (tx: PlannerTx, cohort: string): Promise<unknown> => sql`insert into cohort_members (cohort, row_no, key, record) values (${cohort}, 9, 'nine@example.org', '{}')`.execute(tx);
    expect(await asPlanner(async (tx) => add(tx, hash('sha256', 'no cohort')))).toBe('23503');
    expect(await asPlanner(async (tx) => add(tx, run.cohort))).toBe('done');
    const remove = test.asLogin('delete from cohorts where sha256 = $1', [run.cohort]);
    expect(await remove.then(() => 'done', codeOf)).toBe('23503');
  });

  it('planning that files a run which is not a finished dry run', async () => {
    const file = async (tx: PlannerTx, runKind: string): Promise<unknown> =>
      sql`insert into runs (id, migration_id, kind, state, requested_by) values (${randomUUID()}, ${migration}, ${runKind}, 'completed', 'x')`.execute(tx);
    expect(await asPlanner(async (tx) => file(tx, 'rollback'))).toBe('DD003');
    expect(await asPlanner(async (tx) => file(tx, 'dry_run'))).toBe('done');
  });

  it('planning that writes an item of a run that changes customers', async () => {
    const write = async (tx: PlannerTx): Promise<unknown> =>
      sql`insert into run_items (run_id, seq, cohort, key, outcome, item) values (${run.runId}, 1, ${run.cohort}, ${`in${String(count)}@example.org`}, 'applied', '{}')`.execute(tx);
    expect(await asPlanner(write)).toBe('DD003');
  });

  it('administration that writes a customer', async () => {
    const outcome = await test.store.inAdminTx(async (tx) => sql`update users set full_name = 'x'`.execute(tx)).then(() => 'done', codeOf);
    expect(outcome).toBe(NO_RIGHT);
  });

  it('anybody, the owner too, who arms without a run or rewrites what only grows', async () => {
    const asLogin = async (statement: string, values: readonly unknown[]): Promise<string> => test.asLogin(statement, values).then(() => 'done', codeOf);
    expect(await asLogin('update users set must_reset_password = true where id = $1', [inside])).toBe('DD003');
    await asLogin(`insert into journal_heads values ('j', 1, $1, 's')`, ['0'.repeat(64)]);
    expect(await asLogin('delete from journal_heads where seq = $1', [1])).toBe('DD003');
  });

  it('two runs of one migration at a time, two owners of one address, and two live credentials', async () => {
    await expect(fileTestRun(test, migration, [{ email: 'second@example.org', userId: null }])).rejects.toThrow(/runs_one_active/);
    await expect(addTestUser(test, { email: `in${String(count)}@example.org` })).rejects.toThrow(/user_emails_pkey/);
    const credential = async (): Promise<unknown> =>
      test.store.inAdminTx(async (tx) =>
        tx.insertInto('temp_credentials').values({ id: randomUUID(), migration_id: migration, hmac: 'a'.repeat(64), created_by: 'x' }).execute(),
      );
    await credential();
    await expect(credential()).rejects.toThrow(/temp_credentials_one_live/);
  });
});

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
