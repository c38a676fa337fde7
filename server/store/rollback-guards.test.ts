import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fileTestRollback } from '../../tests/support/filed-rollback.ts';
import { addTestUser, armTestUsers, declareTestMigration, fileTestRun, openTestStore, type TestStore } from '../../tests/support/test-store.ts';

/** Goes past the code, straight in SQL: what a rollback run may do is what its preview says, and nothing beside it. */
describe('the database itself refuses a rollback', () => {
  let test: TestStore;
  let count = 0;
  let migration: string;
  /** Put back, kept, and of another plan. */
  let ann: string;
  let kept: string;
  let outside: string;
  /** A profile that the run made and the preview removes, and one that stays. */
  let made: string;
  let stays: string;
  let executed: { readonly runId: string; readonly cohort: string };
  let rollback: string;

  const key = (name: string): string => `${name}${String(count)}@example.org`;

  beforeAll(async () => {
    test = await openTestStore();
  });
  afterAll(async () => test.store.close());
  beforeEach(async () => {
    count += 1;
    migration = `m${String(count)}`;
    await declareTestMigration(test, migration);
    [ann, kept, outside] = [await addTestUser(test, { email: key('ann') }), await addTestUser(test, { email: key('kept') }), await addTestUser(test, { email: key('outside') })];
    [made, stays] = [randomUUID(), randomUUID()];
    const filed = await fileTestRun(test, migration, [
      { email: key('ann'), userId: ann }, { email: key('kept'), userId: kept }, { email: key('made'), userId: null }, { email: key('stays'), userId: null },
    ]);
    executed = filed;
    await test.store.inRunnerTx(filed.runId, async (tx) => {
      for (const [id, name] of [[made, 'made'], [stays, 'stays']] as const) await sql`insert into users (id, full_name, name_key, created_by_run, created_for) values (${id}, 'N', 'n', ${filed.runId}, ${key(name)})`.execute(tx);
      for (const [id, name] of [[ann, 'ann'], [kept, 'kept']] as const) await sql`insert into members (migration_id, user_id, cohort, key, state, armed_by_run) values (${migration}, ${id}, ${filed.cohort}, ${key(name)}, 'armed', ${filed.runId})`.execute(tx);
      await tx.updateTable('runs').set({ state: 'completed' }).where('id', '=', filed.runId).execute();
    });
    for (const [id, name] of [[ann, 'ann'], [kept, 'kept']] as const) {
      await test.asLogin(`insert into snapshots (run_id, user_id, migration_id, cohort, key, existed, prior, left_as) values ($1, $2, $3, $4, $5, true, '{}', '{}')`, [filed.runId, id, migration, filed.cohort, key(name)]);
    }
    rollback = await fileTestRollback(test, migration, filed.cohort, [
      { key: key('ann'), userId: ann, outcome: 'reverted', stripeCustomerId: `cus_before${String(count)}`, snapshotRuns: [filed.runId] },
      { key: key('kept'), userId: kept, outcome: 'kept_changed_since', snapshotRuns: [filed.runId] },
      { key: key('made'), userId: made, outcome: 'reverted', removesProfile: true },
      { key: key('stays'), userId: stays, outcome: 'reverted', removesProfile: false },
    ]);
  });

  /** How a statement of the rollback's own run ends. */
  const doing = async (text: string, runId = rollback): Promise<string> =>
    test.store.inRunnerTx(runId, async (tx) => sql.raw(text).execute(tx)).then(() => 'done', (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error)));

  it('that changes somebody whom its preview keeps, or does not know', async () => {
    for (const [whom, expected] of [[ann, 'done'], [kept, 'DD002'], [outside, 'DD002']] as const) {
      expect(await doing(`update users set must_reset_password = false where id = '${whom}'`)).toBe(expected);
      expect(await doing(`delete from user_emails where user_id = '${whom}'`)).toBe(expected);
      expect(await doing(`update members set state = 'rolled_back', rolled_back_at = now() where user_id = '${whom}'`)).toBe(whom === outside ? 'done' : expected);
    }
  });

  it('that removes a profile which its preview leaves, which no run made, or which has a password', async () => {
    expect(await doing(`delete from users where id = '${stays}'`)).toBe('DD002');
    await test.asLogin(`update users set password_hash = 'x' where id = $1`, [made]);
    expect(await doing(`delete from users where id = '${made}'`)).toBe('DD003');
    await test.asLogin(`update users set password_hash = null where id = $1`, [made]);
    expect(await doing(`delete from users where id = '${made}'`)).toBe('done');

    const own = await addTestUser(test, { email: key('own') });
    await test.asLogin('delete from user_emails where user_id = $1', [own]);
    const mistaken = await previewAgain([{ key: key('ann'), userId: own, outcome: 'reverted', removesProfile: true }]);
    expect(await doing(`delete from users where id = '${own}'`, mistaken)).toBe('DD003');
  });

  it('that does anything to a member but disarm', async () => {
    expect(await doing(`update members set signed_in_at = now() where user_id = '${ann}'`)).toBe('DD003');
    expect(await doing(`update members set state = 'completed', completed_at = now() where user_id = '${ann}'`)).toBe('DD003');
    expect(await doing(`update members set state = 'rolled_back', rolled_back_at = now() where user_id = '${ann}'`)).toBe('done');
  });

  it('that links a Stripe id which the customer did not have, new or in place of another', async () => {
    expect(await doing(`insert into stripe_links values ('cus_other${String(count)}', '${ann}')`)).toBe('DD002');
    expect(await doing(`insert into stripe_links values ('cus_before${String(count)}', '${ann}')`)).toBe('done');
    expect(await doing(`update stripe_links set stripe_customer_id = 'cus_other${String(count)}' where user_id = '${ann}'`)).toBe('DD002');
  });

  it('that marks as put back what it does not put back, or in the name of another rollback', async () => {
    const mark = async (userId: string, by: string, runId = rollback): Promise<string> => doing(`insert into reverted_snapshots (run_id, user_id, reverted_by) values ('${executed.runId}', '${userId}', '${by}')`, runId);
    expect(await mark(kept, rollback)).toBe('DD002');
    expect(await mark(ann, executed.runId)).toBe('DD002');
    expect(await mark(ann, rollback)).toBe('done');
    const withoutSnapshot = await previewAgain([{ key: key('kept'), userId: kept, outcome: 'reverted' }]);
    expect(await mark(kept, withoutSnapshot, withoutSnapshot)).toBe('DD002');
  });

  it('that notes as removed whom it does not remove, in another name or migration', async () => {
    const note = async (name: string, over: { readonly of?: string; readonly by?: string } = {}): Promise<string> =>
      doing(`insert into removed_profiles (migration_id, key, cohort, removed_by) values ('${over.of ?? migration}', '${key(name)}', '${executed.cohort}', '${over.by ?? rollback}')`);
    await declareTestMigration(test, `${migration}-other`);
    expect(await note('stays')).toBe('DD002');
    expect(await note('kept')).toBe('DD002');
    expect(await note('made', { by: executed.runId })).toBe('DD002');
    expect(await note('made', { of: `${migration}-other` })).toBe('DD002');
    expect(await note('made')).toBe('done');
  });

  it('whose preview is changed after it has its hash', async () => {
    const [plan] = await test.asLogin('select rollback_no from runs where id = $1', [rollback]);
    const asPlanner = async (text: string): Promise<string> => test.store.inPlannerTx(async (tx) => sql.raw(text).execute(tx)).then(() => 'done', (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error)));
    const no = String(plan?.['rollback_no']);
    expect(await asPlanner(`insert into rollback_rows (rollback_no, place, cohort, key, row_no, outcome, decision) select ${no}, 9, '${executed.cohort}', c.key, 9, 'nothing_to_revert', '{}' from cohort_members c
      where c.cohort = '${executed.cohort}' and not exists (select from rollback_rows r where r.rollback_no = ${no} and r.key = c.key)`)).toBe('done');
    await test.asLogin('insert into cohort_members (cohort, row_no, key, record) values ($1, 9, $2, $3)', [executed.cohort, key('late'), '{}']);
    expect(await asPlanner(`insert into rollback_rows (rollback_no, place, cohort, key, row_no, outcome, decision) values (${no}, 9, '${executed.cohort}', '${key('late')}', 9, 'nothing_to_revert', '{}')`)).toBe('DD003');
    expect(await asPlanner(`update rollback_plans set row_count = 0 where rollback_no = ${no}`)).toBe('DD003');
  });

  /** Another preview at work, in place of the first. */
  async function previewAgain(rows: Parameters<typeof fileTestRollback>[3]): Promise<string> {
    await test.asLogin(`update runs set state = 'stopped' where id = $1`, [rollback]);
    return fileTestRollback(test, migration, executed.cohort, rows);
  }

  it('that is no rollback at all, and yet disarms nobody else or removes a profile', async () => {
    await test.asLogin(`update runs set state = 'stopped' where id = $1`, [rollback]);
    const other = await armTestUsers(test, migration, [{ email: key('outside'), userId: outside }]);
    expect(await doing(`delete from users where id = '${made}'`, other.runId)).toBe('DD002');
  });
});
