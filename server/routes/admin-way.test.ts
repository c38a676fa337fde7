import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { autoRearm } from '../engine/auto-rearm.ts';
import { startAdminServer, type AdminServer, type TestMigration } from '../../tests/support/admin-server.ts';
import { wayOf, type InlineRecord, type Way } from '../../tests/support/migration-way.ts';

let server: AdminServer;

/** Three people to be found by address, by name and not at all, and some more of the first kind. */
async function cohortOf(migration: TestMigration, more = 3): Promise<readonly InlineRecord[]> {
  const at = (name: string): string => `${name}@${migration.id}.example.org`;
  await migration.addUser({ email: at('ann'), name: `Ann ${migration.id}` });
  await migration.addUser({ email: at('old.bob'), name: `Bob ${migration.id}` });
  const others = Array.from({ length: more }, (_, index) => ({ email: at(`p${String(index)}`), full_name: `Person ${String(index)} ${migration.id}`, stripe_customer_id: `cus_${migration.id.replace('-', '')}P${String(index)}` }));
  for (const other of others) await migration.addUser({ email: other.email, name: other.full_name });
  const stripe = (name: string): string => `cus_${migration.id.replace('-', '')}${name}`;
  return [
    { email: at('ann'), full_name: 'Ann', stripe_customer_id: stripe('A') },
    { email: at('bob'), full_name: `Bob ${migration.id}`, stripe_customer_id: stripe('B') },
    { email: at('cat'), full_name: `Cat ${migration.id}`, stripe_customer_id: stripe('C') },
    ...others,
  ];
}

async function begin(more?: number): Promise<{ migration: TestMigration; way: Way; records: readonly InlineRecord[] }> {
  const migration = await server.newMigration();
  return { migration, way: await wayOf(server, migration), records: await cohortOf(migration, more) };
}

describe('the way of a migration', () => {
  beforeAll(async () => {
    server = await startAdminServer();
  });
  afterAll(async () => server.close());

  it('goes from plan over test run and approval to an execution that leaves every customer as planned', async () => {
    const { way, records, migration } = await begin();
    const plan = await way.plan(records);
    expect(plan.rows.map((row) => [row.match, row.action])).toEqual([
      ['MATCH_EMAIL', 'UPDATE_EXISTING'],
      ['MATCH_NAME_UNIQUE', 'UPDATE_EXISTING'],
      ['NO_NAME_MATCH', 'CREATE_NEW'],
      ...Array.from({ length: 3 }, () => ['MATCH_EMAIL', 'UPDATE_EXISTING']),
    ]);
    const chosen = records.slice(0, 3).map((record) => record.email);
    const { runId } = await way.tryOut(plan.planHash, chosen);
    const status = await server.call('GET', way.path(`test-run/${runId}`), { token: way.reader });
    expect(status.body).toMatchObject({ passed: true, restored: true });

    expect((await way.approve(plan.planHash)).status).toBe(201);
    const started = await way.execute(plan.planHash, { acknowledged: chosen });
    expect(started.status, started.text).toBe(202);
    const run = await way.settled(String(started.body['run_id']));
    expect(run).toMatchObject({ state: 'completed', counts: { applied: 3, no_change: 3, drifted: 0, failed: 0 }, rows_total: 6, rows_done: 6 });
    expect((await way.items(String(started.body['run_id']))).map((item) => item['seq'])).toEqual([1, 2, 3, 4, 5, 6]);

    const approvals = await server.call('GET', way.path(`approvals?plan_hash=${plan.planHash}`), { token: way.reader });
    expect(approvals.body['items']).toMatchObject([{ sub: 'abel', state: 'spent' }]);
    const filed = await way.items(String(run['preceding_dry_run']));
    expect(filed.map((item) => item['outcome'])).toEqual(['no_change', 'no_change', 'no_change']);

    const again = await way.execute(plan.planHash, { acknowledged: chosen });
    expect([again.status, again.body['run_id']]).toEqual([202, started.body['run_id']]);
    const replanned = await way.plan(records);
    expect(new Set(replanned.rows.map((row) => row.action))).toEqual(new Set(['NO_CHANGE']));
    const members = await server.call('GET', way.path('members'), { token: way.reader });
    expect(members.text).toContain(migration.tag);
    expect(server.failures).toEqual([]);
  });

  it('tries the same three again after a test run that did not pass, the new profile too', async () => {
    const { way, records } = await begin();
    const plan = await way.plan(records);
    const chosen = records.slice(0, 3).map((record) => record.email);
    const left = await way.tryOut(plan.planHash, chosen, 'run');
    expect((await server.call('POST', way.path(`test-run/${left.runId}/rearm`), { token: way.writer, body: {} })).body).toMatchObject({ passed: false, restored: true });

    const again = await way.tryOut(plan.planHash, chosen);
    expect(Object.keys(again.keys).toSorted()).toEqual(chosen.toSorted());
    const status = await server.call('GET', way.path(`test-run/${again.runId}`), { token: way.reader });
    expect(status.body).toMatchObject({ passed: true, restored: true });
    expect((await way.approve(plan.planHash)).status).toBe(201);
    expect((await way.execute(plan.planHash, { acknowledged: chosen })).status).toBe(202);
    expect(server.failures).toEqual([]);
  });

  it('puts test customers back by itself when their validation has been quiet for long, and events stay void', async () => {
    const { way, records } = await begin(0);
    const { planHash } = await way.plan(records);
    const { runId } = await way.tryOut(planHash, records.map((record) => record.email), 'validated');
    await autoRearm(server.test)();
    const status = async (): Promise<unknown> => (await server.call('GET', way.path(`test-run/${runId}`), { token: way.reader })).body;
    expect(await status()).toMatchObject({ passed: true, restored: false });
    await server.test.asLogin(`update test_sets set last_validation_at = now() - interval '16 minutes' where run_id = $1`, [runId]);
    await autoRearm(server.test)();
    await autoRearm(server.test)();
    expect(await status()).toMatchObject({ passed: true, restored: true });
    const events = await server.call('GET', way.path('events'), { token: way.reader });
    expect(events.body['items']).toMatchObject([{ void: true }, { void: true }, { void: true }]);
  });

  it('answers a reader who waits at once where a run has ended', async () => {
    const { way, records } = await begin(0);
    const { runId } = await way.plan(records);
    const ended = await server.call('GET', `/admin/runs/${runId}/items?wait=60`, { token: way.reader });
    expect(ended.body).toEqual({ items: [], next_cursor: null, state: 'completed' });
  });
});
