import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAdminServer, type AdminServer } from '../../tests/support/admin-server.ts';
import { wayOf, type InlineRecord, type Way } from '../../tests/support/migration-way.ts';
import { autoRearm } from './auto-rearm.ts';

let server: AdminServer;
beforeAll(async () => {
  server = await startAdminServer({ engine: 'stopped' });
});
afterAll(async () => server.close());

/** A test run whose validation is done and whose customer nobody has put back, so many minutes ago. */
async function leftAlone(minutes: number): Promise<string> {
  const migration = await server.newMigration();
  const way = await wayOf(server, migration);
  const record = { email: `one@${migration.id}.example.org`, full_name: `One of ${migration.id}`, stripe_customer_id: `cus_${migration.id.replace('-', '')}` };
  await migration.addUser({ email: record.email, name: record.full_name, passwordHash: 'their own' });
  const { planHash } = await way.plan([record]);
  const { runId } = await way.tryOut(planHash, [record.email], 'validated');
  await server.test.asLogin(`update test_sets set last_validation_at = now() - make_interval(mins => $2) where run_id = $1`, [runId, minutes]);
  return runId;
}

async function passwordOf(runId: string): Promise<unknown> {
  const [row] = await server.test.asLogin('select u.password_hash from users u join test_members m on m.user_id = u.id where m.run_id = $1', [runId]);
  return row?.['password_hash'];
}

describe('the server by itself', () => {
  it('puts test customers back a quarter of an hour after the last step of their validation, and none sooner', async () => {
    const [sooner, due] = [await leftAlone(14), await leftAlone(16)];
    await autoRearm(server.test)();
    expect(await passwordOf(due)).toBe('their own');
    expect(await passwordOf(sooner)).not.toBe('their own');
  });

  it('puts back all others when one test run cannot be', async () => {
    const runs = [await leftAlone(20), await leftAlone(20), await leftAlone(20)].sort();
    const [first = '', ...others] = runs;
    await server.test.asLogin(`alter table test_sets add constraint stuck check (run_id <> '${first}' or state = 'open') not valid`);
    await expect(autoRearm(server.test)()).rejects.toThrow(AggregateError);
    for (const runId of others) expect(await passwordOf(runId)).toBe('their own');
    await server.test.asLogin('alter table test_sets drop constraint stuck');
    await autoRearm(server.test)();
    expect(await passwordOf(first)).toBe('their own');
  });
});

describe('test sets of two cohorts', () => {
  const passwordOfUser = async (userId: string): Promise<unknown> => (await server.test.asLogin('select password_hash from users where id = $1', [userId]))[0]?.['password_hash'];

  /** Ann, who is in both files, and Bob, who is in one of his own. */
  async function twoFiles(): Promise<{ readonly way: Way; readonly annId: string; readonly ann: InlineRecord; readonly corrected: InlineRecord; readonly bob: InlineRecord }> {
    const migration = await server.newMigration();
    const stripe = `cus_${migration.id.replace('-', '')}`;
    const ann = { email: `ann@${migration.id}.example.org`, full_name: `Ann of ${migration.id}`, stripe_customer_id: `${stripe}Ann` };
    const bob = { email: `bob@${migration.id}.example.org`, full_name: `Bob of ${migration.id}`, stripe_customer_id: `${stripe}Bob` };
    const annId = await migration.addUser({ email: ann.email, name: ann.full_name, passwordHash: 'their own' });
    await migration.addUser({ email: bob.email, name: bob.full_name });
    return { way: await wayOf(server, migration), annId, ann, corrected: { ...ann, stripe_customer_id: `${stripe}Corrected` }, bob };
  }

  it('are never open on one customer, whose own password comes back in the end', async () => {
    const { way, annId, ann, corrected, bob } = await twoFiles();
    const { runId } = await way.tryOut((await way.plan([ann])).planHash, [ann.email], 'validated');
    const second = await way.plan([corrected, bob]);
    const refused = await server.call('POST', way.path('test-run'), { token: way.writer, body: { plan_hash: second.planHash, emails: [ann.email] } });
    expect([refused.status, refused.body]).toMatchObject([409, { code: 'test_set_open', run_id: runId }]);
    // Another row of the same file concerns nobody who is being tried out.
    const other = await way.tryOut(second.planHash, [bob.email], 'run');
    expect(await server.test.asLogin(`select run_id from test_sets where run_id = any ($1) and state = 'open'`, [[runId, other.runId]])).toHaveLength(2);
    await server.test.asLogin(`update test_sets set last_validation_at = now() - interval '16 minutes' where run_id = $1`, [runId]);
    await autoRearm(server.test)();
    expect(await passwordOfUser(annId)).toBe('their own');
  });

  it('keep an execution waiting for a customer of it who is being tried out for another cohort', async () => {
    const { way, annId, ann, corrected, bob } = await twoFiles();
    const first = await way.plan([corrected, bob]);
    await way.tryOut(first.planHash, [bob.email]);
    const withoutAnn = await way.plan([corrected, bob], { decisions: [{ email: ann.email, as: 'skip' }] });
    const { runId } = await way.tryOut((await way.plan([ann])).planHash, [ann.email], 'validated');
    await way.approve(first.planHash);
    const refused = await way.execute(first.planHash);
    expect([refused.status, refused.body]).toMatchObject([409, { code: 'test_users_not_restored', run_id: runId }]);
    await way.approve(withoutAnn.planHash);
    expect((await way.execute(withoutAnn.planHash)).status, 'her row is left out').toBe(202);
    await server.call('POST', way.path(`test-run/${runId}/rearm`), { token: way.writer, body: {} });
    expect(await passwordOfUser(annId)).toBe('their own');
  });
});
