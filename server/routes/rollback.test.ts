import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startAdminServer, TEMPORARY_PASSWORD, type AdminServer, type TestMigration } from '../../tests/support/admin-server.ts';
import { wayOf, type InlineRecord, type Way } from '../../tests/support/migration-way.ts';
import { previewRollback, rollBack, startRollback } from '../../tests/support/roll-back.ts';
import { executeThreePeople, settleThreePeople, type ThreePeople } from '../../tests/support/three-people.ts';

let server: AdminServer;
let migration: TestMigration;
let way: Way;
let people: ThreePeople;
let records: readonly InlineRecord[];
let ann: string;
let bob: string;
let cat: string;

beforeAll(async () => {
  server = await startAdminServer();
});
afterAll(async () => server.close());
beforeEach(async () => {
  migration = await server.newMigration();
  way = await wayOf(server, migration);
  people = await settleThreePeople(migration);
  ({ ann, bob, cat, records } = people);
});

/** Everything of customers that a rollback promises to put back, as text. */
async function records0(): Promise<string> {
  const parts = ['users', 'user_emails', 'stripe_links'].map(async (table) => server.test.asLogin(`select coalesce(jsonb_agg(to_jsonb(t) order by to_jsonb(t)::text), '[]')::text as text from ${table} t`));
  return JSON.stringify(await Promise.all(parts));
}

const executed = async () => executeThreePeople(way, people);

describe('a rollback', () => {
  it('puts everybody back, byte for byte, and finds nothing the second time', async () => {
    const before = await records0();
    await executed();
    const { run, items } = await rollBack(server, way, { all: true });
    expect([run['state'], run['kind'], run['counts']], server.failures.map(String).join()).toMatchObject(['completed', 'rollback', { reverted: 3 }]);
    expect(await records0()).toBe(before);
    expect(items[ann]).toMatchObject({ outcome: 'reverted', after: { 'auth.must_reset_password': false } });
    expect(items[cat]).toMatchObject({ outcome: 'reverted', reason: expect.stringContaining('removed') as unknown });
    const members = await server.call('GET', way.path('members'), { token: way.reader });
    expect(members.body['items']).toMatchObject([{ state: 'rolled_back' }, { state: 'rolled_back' }, { state: 'rolled_back', user_id: null }]);

    const again = await rollBack(server, way, { all: true });
    expect(again.run['counts']).toMatchObject({ reverted: 0, nothing_to_revert: 3 });
    expect(await records0()).toBe(before);
  });

  it('is of the same people in whatever order they are named', async () => {
    await executed();
    const { rollback_hash: hash } = await previewRollback(server, way, { emails: [cat, ann] });
    const reply = await startRollback(server, way, { emails: [ann, cat, ann] }, hash);
    expect(reply.status, reply.text).toBe(202);
    expect(await way.settled(String(reply.body['run_id']))).toMatchObject({ counts: { reverted: 2 } });
  });

  it('puts back one and leaves the others', async () => {
    await executed();
    const { items } = await rollBack(server, way, { emails: [bob.toUpperCase()] });
    expect(Object.keys(items)).toEqual([bob]);
    expect(await server.test.asLogin('select email from user_emails where email = $1', [bob])).toEqual([]);
    expect(await server.test.asLogin(`select key, state from members where migration_id = $1 order by key`, [migration.id])).toEqual([
      { key: ann, state: 'armed' },
      { key: bob, state: 'rolled_back' },
      { key: cat, state: 'armed' },
    ]);
  });

  it('keeps whoever has set a password or was changed since, whole, and says what was planned and what is now', async () => {
    await executed();
    const login = await server.call('POST', '/auth/login', { body: { email: cat, password: TEMPORARY_PASSWORD } });
    await server.call('POST', '/auth/password', { token: String(login.body['session_token']), body: { new_password: 'a password of my own 1' } });
    await server.test.asLogin(`update stripe_links set stripe_customer_id = $2 where user_id = (select user_id from user_emails where email = $1)`, [bob, `${migration.id}Other`]);
    const { run, items } = await rollBack(server, way, { all: true });
    expect(run['counts']).toMatchObject({ reverted: 1, kept_changed_since: 2 });
    expect(items[cat]).toMatchObject({ outcome: 'kept_changed_since', planned: { completed: false }, now: { completed: true } });
    expect(items[bob]).toMatchObject({ outcome: 'kept_changed_since', now: { stripe_customer_id: `${migration.id}Other` } });
    expect(await server.test.asLogin('select state from members where migration_id = $1 order by key', [migration.id])).toEqual([{ state: 'rolled_back' }, { state: 'armed' }, { state: 'completed' }]);
    expect((await way.plan(records)).rows.map(({ action }) => action)).toContain('COMPLETE');
  });

  it('ends the sessions that it makes void', async () => {
    await executed();
    const login = await server.call('POST', '/auth/login', { body: { email: cat, password: TEMPORARY_PASSWORD } });
    const annsLogin = await server.call('POST', '/auth/login', { body: { email: ann, password: TEMPORARY_PASSWORD } });
    const { items } = await rollBack(server, way, { all: true });
    expect(items[cat]).toMatchObject({ outcome: 'reverted' });
    for (const session of [login, annsLogin]) {
      const reply = await server.call('POST', '/auth/password', { token: String(session.body['session_token']), body: { new_password: 'a password of my own 1' } });
      expect([401, 403]).toContain(reply.status);
    }
    expect((await server.call('POST', '/auth/login', { body: { email: ann, password: TEMPORARY_PASSWORD } })).status).toBe(401);
  });

  it('works while the flag is off, and lets its people be prepared again afterwards', async () => {
    const { planHash, runId } = await executed();
    await server.test.asLogin('update feature_flags set enabled = false where name = $1', [migration.flag]);
    const { run } = await rollBack(server, way, { all: true });
    expect(run['state']).toBe('completed');
    await server.test.asLogin('update feature_flags set enabled = true where name = $1', [migration.flag]);
    expect((await way.execute(planHash, { acknowledged: [bob] })).body['code']).toBe('approval_required');
    const fresh = await way.plan(records);
    expect(fresh.rows.map(({ action }) => action)).toEqual(['UPDATE_EXISTING', 'UPDATE_EXISTING', 'CREATE_NEW']);
    await way.approve(fresh.planHash);
    const reply = await way.execute(fresh.planHash, { acknowledged: [bob] });
    expect(reply.body['run_id']).not.toBe(runId);
    expect((await way.settled(String(reply.body['run_id'])))['counts']).toMatchObject({ applied: 3 });
    expect((await rollBack(server, way, { all: true })).run['counts']).toMatchObject({ reverted: 3 });
  });

  it('goes back to before the first of several runs', async () => {
    const before = await records0();
    await executed();
    const renamed = await way.plan(records, { source_file: 'renamed.csv' });
    expect(renamed.rows.map(({ action }) => action)).toEqual(['UPDATE_EXISTING', 'UPDATE_EXISTING', 'UPDATE_EXISTING']);
    await way.approve(renamed.planHash);
    const reply = await way.execute(renamed.planHash);
    expect((await way.settled(String(reply.body['run_id'])))['counts'], reply.text).toMatchObject({ applied: 3 });
    expect((await rollBack(server, way, { all: true })).run['counts']).toMatchObject({ reverted: 3 });
    expect(await records0()).toBe(before);
  });

  it('puts back a customer whose former Stripe id another of them has now, whichever was written last', async () => {
    const tag = migration.id.replaceAll('-', '');
    const at = (name: string): string => `${name}@${migration.id}.example.org`;
    const moved = { email: at('moved'), full_name: `Moved ${migration.id}`, stripe_customer_id: `cus_${tag}Second` };
    const heir = { email: at('heir'), full_name: `Heir ${migration.id}`, stripe_customer_id: `cus_${tag}First` };
    await migration.addUser({ email: moved.email, name: moved.full_name, stripeCustomerId: heir.stripe_customer_id });
    await migration.addUser({ email: heir.email, name: heir.full_name });
    const before = await records0();
    for (const { file, rows, tried } of [{ file: 'v1.csv', rows: [moved], tried: moved }, { file: 'v2.csv', rows: [moved, heir], tried: heir }]) {
      const { planHash } = await way.plan(rows, { source_file: file });
      await way.approve(planHash);
      await way.tryOut(planHash, [tried.email]);
      expect((await way.settled(String((await way.execute(planHash)).body['run_id'])))['state']).toBe('completed');
    }
    const preview = await previewRollback(server, way, { all: true });
    expect(preview.counts).toMatchObject({ reverted: 2, kept_changed_since: 0 });
    const started = await startRollback(server, way, { all: true }, preview.rollback_hash);
    expect(started.status, started.text).toBe(202);
    expect(await way.settled(String(started.body['run_id']))).toMatchObject({ state: 'completed', counts: { reverted: 2 } });
    expect(await records0()).toBe(before);
    expect((await startRollback(server, way, { all: true }, preview.rollback_hash)).body['run_id']).toBe(started.body['run_id']);
    expect((await rollBack(server, way, { all: true })).run['counts']).toMatchObject({ reverted: 0, nothing_to_revert: 2 });
    expect(await records0()).toBe(before);
  });

  it('keeps a customer whose former Stripe id somebody else has now', async () => {
    await executed();
    const stripe = `cus_${migration.id.replaceAll('-', '')}Old`;
    const other = await migration.addUser({ email: `other@${migration.id}.example.org`, stripeCustomerId: stripe });
    const { items } = await rollBack(server, way, { emails: [ann] });
    expect(items[ann]).toMatchObject({ outcome: 'kept_changed_since', now: { stripe_holder: 'someone_else' } });
    expect(JSON.stringify(items[ann])).not.toContain(other);
  });
});

describe('a rollback is refused', () => {
  it('without its hash, with another one, and for people outside the cohort', async () => {
    await executed();
    const { rollback_hash: hash } = await previewRollback(server, way, { emails: [ann] });
    expect((await startRollback(server, way, { emails: [bob] }, hash)).body['code']).toBe('rollback_changed');
    expect((await startRollback(server, way, { emails: [ann, bob] }, hash)).body['code']).toBe('rollback_changed');
    expect((await startRollback(server, way, { all: true }, hash)).body['code']).toBe('rollback_changed');
    expect((await startRollback(server, way, { emails: [ann] }, 'a'.repeat(64))).body['code']).toBe('rollback_changed');
    expect((await server.call('POST', way.path('rollback'), { token: way.writer, body: { emails: [ann], preview: false } })).status).toBe(422);
    expect((await server.call('POST', way.path('rollback'), { token: way.writer, body: { emails: ['nobody@example.org'], preview: true } })).status).toBe(422);
    expect((await server.call('POST', way.path('rollback'), { token: way.reader, body: { all: true, preview: true } })).status).toBe(403);
  });

  it('when it would no longer do what was previewed', async () => {
    await executed();
    const { rollback_hash: hash } = await previewRollback(server, way, { all: true });
    await server.test.asLogin(`delete from stripe_links where user_id = (select user_id from user_emails where email = $1)`, [ann]);
    expect((await startRollback(server, way, { all: true }, hash)).body['code']).toBe('rollback_changed');
  });

  it('while a run is active or test users are not put back', async () => {
    const { planHash } = await way.plan(records);
    const { runId } = await way.tryOut(planHash, [ann, bob, cat], 'validated');
    const { rollback_hash: hash } = await previewRollback(server, way, { all: true });
    expect((await startRollback(server, way, { all: true }, hash)).body['code']).toBe('test_set_open');
    await server.call('POST', way.path(`test-run/${runId}/rearm`), { token: way.writer, body: {} });
    await server.test.asLogin(`update runs set state = 'paused' where id = $1`, [runId]);
    const { rollback_hash: now } = await previewRollback(server, way, { all: true });
    expect((await startRollback(server, way, { all: true }, now)).body['code']).toBe('run_in_progress');
    await server.test.asLogin(`update runs set state = 'completed' where id = $1`, [runId]);
  });

  it.each(['paused', 'halted'])('is previewed while a run is %s, and starts when that has ended, without the flag', async (state) => {
    const { runId } = await executed();
    await server.test.asLogin('update runs set state = $2, ended_at = null where id = $1', [runId, state]);
    const { rollback_hash: hash, counts } = await previewRollback(server, way, { all: true });
    expect(counts).toMatchObject({ reverted: 3 });
    const early = await startRollback(server, way, { all: true }, hash);
    expect([early.status, early.body]).toMatchObject([409, { code: 'run_in_progress', run_id: runId }]);
    await server.test.asLogin('update runs set state = $2, ended_at = now() where id = $1', [runId, 'stopped']);
    await server.test.asLogin('update feature_flags set enabled = false where name = $1', [migration.flag]);
    const late = await startRollback(server, way, { all: true }, hash);
    expect(late.status, late.text).toBe(202);
    expect(await way.settled(String(late.body['run_id']))).toMatchObject({ state: 'completed', counts: { reverted: 3 } });
  });

  it('is previewed while a run is at work, and starts when that was stopped', async () => {
    const { planHash } = await way.plan(records);
    await way.tryOut(planHash, [ann, bob, cat]);
    await way.approve(planHash);
    const reply = await way.execute(planHash, { acknowledged: [bob], rows_per_second: 1 / 3600 });
    const runId = String(reply.body['run_id']);
    await server.call('GET', `/admin/runs/${runId}/items?wait=20&after=0`, { token: way.reader });
    const { rollback_hash: hash } = await previewRollback(server, way, { all: true });
    expect((await startRollback(server, way, { all: true }, hash)).body).toMatchObject({ code: 'run_in_progress', run_id: runId });
    await server.call('POST', `/admin/runs/${runId}/stop`, { token: way.writer });
    expect(await way.settled(runId)).toMatchObject({ state: 'stopped' });
    expect((await rollBack(server, way, { all: true })).run).toMatchObject({ state: 'completed', counts: { reverted: 3 } });
  });

  it('leaves the approval of a plan alone for test users, and spends it for anybody else', async () => {
    const { planHash } = await way.plan(records);
    await way.tryOut(planHash, [ann, bob, cat]);
    await way.approve(planHash);
    await rollBack(server, way, { all: true });
    expect((await server.call('GET', way.path('approvals'), { token: way.reader })).body['items']).toMatchObject([{ state: 'valid' }]);
  });
});

it('shows the states before a run without any credential', async () => {
  const { runId } = await executed();
  const tried = await server.test.asLogin(`select id from runs where migration_id = $1 and kind = 'test_run'`, [migration.id]);
  const shown = await server.call('GET', `/admin/runs/${String(tried[0]?.['id'])}/snapshots?limit=2`, { token: way.reader });
  const rest = await server.call('GET', `/admin/runs/${String(tried[0]?.['id'])}/snapshots?after=${String(shown.body['next_cursor'])}`, { token: way.reader });
  const all = z.object({ items: z.array(z.object({ email: z.string(), existed: z.boolean(), before: z.unknown() })) });
  const snapshots = [...all.parse(shown.body).items, ...all.parse(rest.body).items];
  expect(Object.fromEntries(snapshots.map(({ email, existed }) => [email, existed]))).toEqual({ [ann]: true, [bob]: true, [cat]: false });
  expect(JSON.stringify(snapshots)).not.toContain('old.bob');
  expect(rest.body['next_cursor']).toBeNull();
  expect(shown.text).not.toContain('hash');
  expect((await server.call('GET', `/admin/runs/${runId}/snapshots`, { token: way.reader })).body).toEqual({ items: [], next_cursor: null });
});

describe('a verification', () => {
  const verify = async (runId: string, more: Record<string, unknown> = {}) => server.call('POST', way.path('verify'), { token: way.writer, body: { run_id: runId, ...more } });

  it('reads back what a run wrote, files what it found, and counts a customer who completed as well', async () => {
    const { planHash } = await way.plan(records);
    const { runId } = await way.tryOut(planHash, [ann, bob, cat]);
    const good = await verify(runId);
    expect([good.status, good.body], good.text).toMatchObject([200, { counts: { no_change: 3, drifted: 0 }, rows_written: 3, differences: [] }]);
    const login = await server.call('POST', '/auth/login', { body: { email: cat, password: TEMPORARY_PASSWORD } });
    await server.call('POST', '/auth/password', { token: String(login.body['session_token']), body: { new_password: 'a password of my own 1' } });
    await server.test.asLogin(`delete from stripe_links where user_id = (select user_id from user_emails where email = $1)`, [ann]);
    const now = await verify(runId);
    expect(now.body).toMatchObject({ counts: { no_change: 2, drifted: 1 }, differences: [{ email: ann, outcome: 'drifted', now: { stripe_customer_id: null } }] });
    const items = await way.items(String(now.body['run_id']));
    expect(items.find(({ email }) => email === cat)).toMatchObject({ outcome: 'no_change', reason: expect.stringContaining('completed') as unknown });
    expect((await server.call('GET', `/admin/runs/${String(now.body['run_id'])}`, { token: way.reader })).body).toMatchObject({ kind: 'verification', state: 'completed', rows_done: 3 });
  });

  it('draws the same people for the same seed', async () => {
    const { planHash } = await way.plan(records);
    const { runId } = await way.tryOut(planHash, [ann, bob, cat]);
    const drawn = async (seed: number | string) => (await way.items(String((await verify(runId, { sample: { size: 2, seed } })).body['run_id']))).map(({ email }) => email);
    expect(await drawn(7)).toEqual(await drawn(7));
    expect(await drawn(7)).toHaveLength(2);
    const draws = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map(drawn));
    expect(new Set(draws.map((emails) => emails.join())).size).toBeGreaterThan(1);
  });

  it('is of a run that wrote something in this migration', async () => {
    expect((await verify('7f0c39a4-0000-4000-8000-000000000000')).body['code']).toBe('unknown_run');
    const { runId } = await way.plan(records);
    expect((await verify(runId)).status).toBe(422);
  });
});
