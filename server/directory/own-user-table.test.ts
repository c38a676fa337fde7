import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { startAdminServer, TEMPORARY_PASSWORD, type AdminServer, type TestMigration } from '../../tests/support/admin-server.ts';
import { wayOf, type InlineRecord, type Way } from '../../tests/support/migration-way.ts';
import { rollBack } from '../../tests/support/roll-back.ts';
import { fileTestRollback } from '../../tests/support/filed-rollback.ts';
import { fileTestRun } from '../../tests/support/test-store.ts';
import { executeThreePeople, settleThreePeople, type ThreePeople } from '../../tests/support/three-people.ts';
import { createPasswordHashing } from '../auth/password-hashing.ts';
import { factsQuery, type GatherForm, gatherFormFor } from '../playbooks/account-prep/facts-in-sql.ts';
import type { RunnerTx, SignInTx } from '../store/store.ts';

// Test files share a process: the modules that this one loads are its own, and none of them is left to the next.
vi.hoisted(() => vi.resetModules());
vi.mock('./directory.ts', async () => ({ directory: (await import('../../tests/support/shop-directory.ts')).shopDirectory }));

const OWN_PASSWORD = 'my own word of before 3!';

let server: AdminServer;
let migration: TestMigration;
let way: Way;
let people: ThreePeople;
let records: readonly InlineRecord[];
let ann: string;
let bob: string;
let cat: string;
let outside: string;

beforeAll(async () => {
  server = await startAdminServer();
});
afterAll(async () => {
  await server.close();
  vi.resetModules();
});
beforeEach(async () => {
  migration = await server.newMigration();
  way = await wayOf(server, migration);
  const passwordHash = await createPasswordHashing().hash(OWN_PASSWORD);
  people = await settleThreePeople(migration, passwordHash);
  ({ ann, bob, cat, records } = people);
  outside = `olga.outside@${migration.id}.example.org`;
  await migration.addUser({ email: outside, name: `Olga ${migration.id}`, passwordHash });
});

/** Every column of the shop's tables, as text. */
async function shop(): Promise<string> {
  const [row] = await server.test.asLogin(`select (select jsonb_agg(to_jsonb(c) order by c.customer_no) from shop_customers c)::text
    || (select jsonb_agg(to_jsonb(a) order by a.address) from shop_addresses a)::text as text`);
  return String(row?.['text']);
}

async function customerOf(email: string): Promise<Record<string, unknown>> {
  const [row] = await server.test.asLogin('select c.*, (select array_agg(a.address order by a.address) from shop_addresses a where a.customer_no = c.customer_no) as addresses from shop_addresses e join shop_customers c using (customer_no) where e.address = $1', [email]);
  return row ?? {};
}

async function executed(): Promise<string> {
  const { run, runId } = await executeThreePeople(way, people);
  expect(run, server.failures.map(String).join()).toMatchObject({ state: 'completed', counts: { failed: 0, drifted: 0 } });
  return runId;
}

const signIn = async (email: string, password: string) => server.call('POST', '/auth/login', { body: { email, password } });

describe('in front of user tables that are not its own, the server', () => {
  it('plans, prepares and reads back, and leaves the columns it knows nothing of', async () => {
    const { rows } = await way.plan(records);
    expect(rows.map(({ match, action }) => `${match} ${action}`)).toEqual(['MATCH_EMAIL UPDATE_EXISTING', 'MATCH_NAME_UNIQUE UPDATE_EXISTING', 'NO_NAME_MATCH CREATE_NEW']);
    const runId = await executed();
    const stripe = (place: number): string | undefined => records[place]?.stripe_customer_id;
    const marks = { must_choose_secret: true, migrated_by: migration.tag, migrated_from: 'cohort.csv', loyalty_points: 7 };
    expect(await customerOf(ann)).toMatchObject({ ...marks, stripe: stripe(0), made_by_run: null });
    expect(await customerOf(bob)).toMatchObject({ ...marks, stripe: stripe(1), addresses: [bob, `old.${bob}`] });
    expect(await customerOf(cat)).toMatchObject({ ...marks, stripe: stripe(2), made_for: cat, addresses: [cat] });
    const read = await server.call('POST', way.path('verify'), { token: way.writer, body: { run_id: runId } });
    expect([read.status, read.body], read.text).toMatchObject([200, { differences: [] }]);
    const members = z.object({ items: z.array(z.object({ email: z.string(), state: z.string() })) }).parse((await server.call('GET', way.path('members'), { token: way.reader })).body);
    expect(members.items).toMatchObject([ann, bob, cat].map((email) => ({ email, state: 'prepared' })));
    expect(await server.test.asLogin('select from users union all select from user_emails union all select from stripe_links')).toEqual([]);
  });

  it('finds by joining whole tables what it finds by look-ups', async () => {
    const { cohort } = await way.plan(records);
    const order = { migration: migration.id, cohort, decisions: new Map() };
    const facts = async (form: GatherForm): Promise<unknown> => server.test.store.inPlannerTx(async (tx) => (await sql`select to_jsonb(f) || jsonb_build_object('t_completed', coalesce(f.t_completed, false)) as facts from (${factsQuery(order, form)}) f order by row_no`.execute(tx)).rows);
    const found = await facts('look_up');
    expect(found).toHaveLength(3);
    expect(await facts('join')).toEqual(found);
    expect(await server.test.store.inPlannerTx(async (tx) => gatherFormFor(tx, 1_000_000))).toBe('join');
  });

  it('asks for a new password once, sets it, and records the event', async () => {
    await executed();
    const held = await signIn(bob, TEMPORARY_PASSWORD);
    expect(held.body, held.text).toMatchObject({ password_reset_required: true });
    const token = String(held.body['session_token']);
    expect((await server.call('POST', '/auth/password', { token, body: { new_password: 'a new word of my own 8!' } })).status).toBe(200);
    const again = await signIn(bob, 'a new word of my own 8!');
    expect(again.body).toMatchObject({ password_reset_required: false });
    expect((await server.call('GET', '/me', { token: String(again.body['session_token']) })).body).toMatchObject({ email: `old.${bob}`, full_name: `Bob ${migration.id}` });
    expect(await customerOf(bob)).toMatchObject({ must_choose_secret: false, secret_chosen_how: 'forced-migration-reset' });
    const [event] = await server.test.asLogin('select properties from events where migration_id = $1 and state = $2', [migration.id, 'recorded']);
    expect(event?.['properties']).toMatchObject({ email: bob, stripe_customer_id: records[1]?.stripe_customer_id, migration_cohort: migration.tag });
    expect((await signIn(outside, OWN_PASSWORD)).body).toMatchObject({ password_reset_required: false });
  });

  it('puts everybody back, byte for byte, and removes the profile that it made', async () => {
    const before = await shop();
    await executed();
    const { run } = await rollBack(server, way, { all: true });
    expect([run['state'], run['counts']], server.failures.map(String).join()).toMatchObject(['completed', { reverted: 3 }]);
    expect(await shop()).toBe(before);
  });

  it.each([
    ['address', 'email_taken', async (): Promise<unknown> => migration.addUser({ email: cat, name: 'Somebody Else' })],
    ['Stripe id', 'stripe_id_taken', async (): Promise<unknown> => migration.addUser({ email: `else@${migration.id}.example.org`, name: 'Somebody Else', stripeCustomerId: records[2]?.stripe_customer_id ?? '' })],
  ])('says by the name of the constraint that somebody else has the %s meanwhile', async (_what, code, take) => {
    const filed = await fileTestRun(server.test, migration.id, [{ email: cat, userId: null }]);
    await take();
    const { directory } = await import('./directory.ts');
    const { failureOf } = await import('../engine/row-failure.ts');
    const row = { key: cat, user_id: randomUUID(), is_new: true, full_name: 'Cat', name_key: 'cat', stripe: records[2]?.stripe_customer_id };
    const batch = sql`select * from jsonb_to_recordset(${JSON.stringify([row])}::text::jsonb) as b (key text, user_id uuid, is_new boolean, full_name text, name_key text, stripe text)`;
    const refused = await server.test.store
      .inRunnerTx(filed.runId, async (tx) => {
        for (const statement of directory.prepare({ runId: filed.runId, cohortTag: 't', sourceFile: 'f' })) await sql`with batch as (${batch}), prepared as (${statement}) select 1`.execute(tx);
      })
      .then(() => null, failureOf);
    expect(refused).toMatchObject({ code });
  });
});

describe('the guards on tables of one’s own refuse', () => {
  let run: { readonly runId: string; readonly cohort: string };
  let annId: string;
  let outsideId: string;

  beforeEach(async () => {
    annId = String((await customerOf(ann))['customer_no']);
    outsideId = String((await customerOf(outside))['customer_no']);
    run = await fileTestRun(server.test, migration.id, [
      { email: ann, userId: annId },
      { email: cat, userId: null },
    ]);
  });

  const codeOf = (error: unknown): unknown => (typeof error === 'object' && error !== null && 'code' in error ? error.code : error);
  const asRunner = async (statement: (tx: RunnerTx) => Promise<unknown>, runId = run.runId): Promise<unknown> => server.test.store.inRunnerTx(runId, statement).then(() => 'done', codeOf);
  const asSignIn = async (statement: (tx: SignInTx) => Promise<unknown>): Promise<unknown> => server.test.store.inSignInTx(statement).then(() => 'done', codeOf);

  it('a run that writes to a customer outside its plan, or outside any run', async () => {
    const mark = async (tx: RunnerTx, id: string) => sql`update shop_customers set migrated_by = 'x', must_choose_secret = true where customer_no = ${id}`.execute(tx);
    expect(await asRunner(async (tx) => mark(tx, annId))).toBe('done');
    expect(await asRunner(async (tx) => mark(tx, outsideId))).toBe('DD002');
    expect(await asRunner(async (tx) => mark(tx, annId), randomUUID())).toBe('DD001');
    expect(await asRunner(async (tx) => sql`update shop_customers set stripe = 'cus_x' where customer_no = ${outsideId}`.execute(tx))).toBe('DD002');
    expect(await asRunner(async (tx) => sql`delete from shop_addresses where customer_no = ${outsideId}`.execute(tx))).toBe('DD002');
    expect(await asRunner(async (tx) => sql`update shop_users set must_reset_password = true where id = ${outsideId}`.execute(tx))).toBe('DD002');
  });

  it('a run that sets a password, or removes anybody', async () => {
    expect(await asRunner(async (tx) => sql`update shop_customers set secret = 'x' where customer_no = ${annId}`.execute(tx))).toBe('DD003');
    expect(await asRunner(async (tx) => sql`update shop_customers set display_name = 'x' where customer_no = ${annId}`.execute(tx))).toBe('42501');
    expect(await asRunner(async (tx) => sql`with gone as (delete from shop_addresses where customer_no = ${annId}) delete from shop_customers where customer_no = ${annId}`.execute(tx))).toBe('DD002');
  });

  it('a profile made for no row of the plan, in another name, or for staff; and an address that is another row', async () => {
    const create = async (tx: RunnerTx, over: { readonly madeFor?: string; readonly email?: string; readonly isStaff?: boolean; readonly madeBy?: string } = {}) => {
      const id = randomUUID();
      await sql`insert into shop_customers (customer_no, display_name, name_key, is_staff, made_by_run, made_for)
        values (${id}, 'N', 'n', ${over.isStaff ?? false}, ${over.madeBy ?? run.runId}, ${over.madeFor ?? cat})`.execute(tx);
      return sql`insert into shop_addresses (address, customer_no, is_first) values (${over.email ?? cat}, ${id}, true)`.execute(tx);
    };
    const elsewhere = await server.newMigration();
    const other = await fileTestRun(server.test, elsewhere.id, [{ email: `x@${elsewhere.id}.example.org`, userId: null }]);
    expect(await asRunner(async (tx) => create(tx, { madeFor: 'stranger@example.org' }))).toBe('DD002');
    expect(await asRunner(async (tx) => create(tx, { email: 'stranger@example.org' }))).toBe('DD002');
    expect(await asRunner(async (tx) => create(tx, { isStaff: true }))).toBe('DD003');
    expect(await asRunner(async (tx) => create(tx, { madeBy: other.runId }))).toBe('DD002');
    // Within its plan, and yet in the name of an earlier run of it.
    await server.test.asLogin(`update runs set state = 'completed' where id = $1`, [run.runId]);
    const [later] = await server.test.asLogin(
      `insert into runs (id, migration_id, kind, plan_hash, cohort, state, requested_by) select gen_random_uuid(), migration_id, kind, plan_hash, cohort, 'running', 'test' from runs where id = $1 returning id`, [run.runId]);
    const inItsName = async (tx: RunnerTx): Promise<unknown> =>
      sql`insert into shop_customers (customer_no, display_name, name_key, made_by_run, made_for) values (gen_random_uuid(), 'N', 'n', ${run.runId}, ${cat})`.execute(tx);
    await expect(server.test.store.inRunnerTx(String(later?.['id']), inItsName)).rejects.toThrow('in its own name only');
    await server.test.asLogin(`update runs set state = 'completed' where id = $1`, [later?.['id']]);
    await server.test.asLogin(`update runs set state = 'running' where id = $1`, [run.runId]);
    expect(await asRunner(async (tx) => sql`insert into shop_addresses values (${cat}, ${annId}, false, ${run.runId})`.execute(tx))).toBe('DD002');
    expect(await asRunner(async (tx) => create(tx))).toBe('done');
  });

  it('the shop itself and sign-in where they write what only runs write, and lets the shop go on with the rest', async () => {
    expect(await asSignIn(async (tx) => sql`update shop_customers set must_choose_secret = true where customer_no = ${annId}`.execute(tx))).toBe('DD003');
    expect(await asSignIn(async (tx) => sql`update shop_customers set migrated_by = 'x' where customer_no = ${annId}`.execute(tx))).toBe('42501');
    expect(await asSignIn(async (tx) => sql`update shop_customers set secret = 'x', must_choose_secret = false where customer_no = ${annId}`.execute(tx))).toBe('done');
    const asShop = async (text: string): Promise<unknown> => server.test.asLogin(text).then(() => 'done', codeOf);
    expect(await asShop(`update shop_customers set loyalty_points = loyalty_points + 1, display_name = display_name`)).toBe('done');
    expect(await asShop(`update shop_customers set migrated_by = 'x' where customer_no = '${outsideId}'`)).toBe('DD003');
    expect(await asShop(`insert into shop_customers (customer_no, display_name, name_key, migrated_by) values (gen_random_uuid(), 'x', 'x', 'x')`)).toBe('DD003');
    expect(await asShop(`insert into shop_addresses values ('added@${migration.id}.example.org', '${outsideId}', false, '${run.runId}')`)).toBe('DD003');
    expect(await asShop(`update shop_addresses set address = 'renamed.${outside}' where address = '${outside}'`)).toBe('done');
    expect(await asRunner(async (tx) => sql`update shop_addresses set address = address`.execute(tx))).toBe('42501');
  });

  it('planning and administration that read a password or write a customer', async () => {
    const asPlanner = async (text: string): Promise<unknown> => server.test.store.inPlannerTx(async (tx) => sql.raw(text).execute(tx)).then(() => 'done', codeOf);
    for (const text of ['select password_hash from shop_users', 'update shop_users set must_reset_password = false', 'select secret from shop_customers', 'delete from shop_customers']) expect(await asPlanner(text), text).toBe('42501');
  });

  it('a rollback that removes or links what its preview does not', async () => {
    const id = randomUUID();
    await asRunner(async (tx) => {
      await sql`insert into shop_customers (customer_no, display_name, name_key, made_by_run, made_for) values (${id}, 'N', 'n', ${run.runId}, ${cat})`.execute(tx);
    });
    const ofAnn = { key: ann, userId: annId, outcome: 'reverted', stripeCustomerId: `cus_before_${migration.id}` } as const;
    await server.test.asLogin(`update runs set state = 'completed' where id = $1`, [run.runId]);
    const remove = async (tx: RunnerTx): Promise<unknown> => sql`delete from shop_customers where customer_no = ${id}`.execute(tx);
    const previewed = async (catRow: { readonly removesProfile: boolean }): Promise<string> => {
      await server.test.asLogin(`update runs set state = 'stopped' where kind = 'rollback' and migration_id = $1`, [migration.id]);
      return fileTestRollback(server.test, migration.id, run.cohort, [ofAnn, { key: cat, userId: id, outcome: 'reverted', ...catRow }]);
    };
    expect(await asRunner(remove, await previewed({ removesProfile: false }))).toBe('DD002');
    const rollback = await previewed({ removesProfile: true });
    const link = async (tx: RunnerTx, stripe: string): Promise<unknown> => sql`update shop_customers set stripe = ${stripe} where customer_no = ${annId}`.execute(tx);
    expect(await asRunner(async (tx) => link(tx, 'cus_another'), rollback)).toBe('DD002');
    expect(await asRunner(async (tx) => link(tx, ofAnn.stripeCustomerId), rollback)).toBe('done');
    await server.test.asLogin(`update shop_customers set secret = 'x' where customer_no = $1`, [id]);
    expect(await asRunner(remove, rollback)).toBe('DD003');
    await server.test.asLogin(`update shop_customers set secret = null where customer_no = $1`, [id]);
    expect(await asRunner(remove, rollback)).toBe('done');
  });

  it('what a right granted by mistake would let a run do: exchange ids, rewrite addresses', async () => {
    await server.test.asLogin('grant update (customer_no) on shop_customers to drydock_runner; grant update (address) on shop_addresses to drydock_runner');
    expect(await asRunner(async (tx) => sql`update shop_addresses set address = 'rewritten.' || address where customer_no = ${annId}`.execute(tx))).toBe('DD003');
    await server.test.asLogin('alter table shop_addresses drop constraint shop_addresses_customer_no_fkey');
    const exchange = async (tx: RunnerTx): Promise<unknown> => sql`update shop_customers set customer_no = gen_random_uuid() where customer_no = ${annId}`.execute(tx);
    await expect(server.test.store.inRunnerTx(run.runId, exchange)).rejects.toThrow('a user keeps its id');
    await server.test.asLogin('revoke update (customer_no) on shop_customers from drydock_runner; revoke update (address) on shop_addresses from drydock_runner; alter table shop_addresses add foreign key (customer_no) references shop_customers');
  });

  it('Stripe links in a table of their own, outside the plan and in its rollback', async () => {
    const trigger = `for each statement execute function drydock_guard_own_stripe_links('stripe_customer_id, user_id')`;
    await server.test.asLogin(`
      create table own_links (stripe_customer_id text primary key, user_id uuid not null);
      create trigger i after insert on own_links referencing new table as new_rows ${trigger};
      create trigger u after update on own_links referencing old table as old_rows new table as new_rows ${trigger};
      create trigger d after delete on own_links referencing old table as old_rows ${trigger};
      grant select, insert, update, delete on own_links to drydock_runner;
      insert into own_links values ('cus_ann', '${annId}'), ('cus_outside', '${outsideId}')`);
    const doing = async (text: string, runId = run.runId): Promise<unknown> => asRunner(async (tx) => sql.raw(text).execute(tx), runId);
    expect(await doing(`insert into own_links values ('cus_new', '${outsideId}')`)).toBe('DD002');
    expect(await doing(`update own_links set user_id = '${outsideId}' where user_id = '${annId}'`)).toBe('DD002');
    expect(await doing(`update own_links set user_id = '${annId}' where user_id = '${outsideId}'`)).toBe('DD002');
    expect(await doing(`delete from own_links where user_id = '${outsideId}'`)).toBe('DD002');
    expect(await doing(`update own_links set stripe_customer_id = 'cus_ann_new' where user_id = '${annId}'`)).toBe('done');
    await server.test.asLogin(`update runs set state = 'completed' where id = $1`, [run.runId]);
    const rollback = await fileTestRollback(server.test, migration.id, run.cohort, [{ key: ann, userId: annId, outcome: 'reverted', stripeCustomerId: 'cus_ann' }]);
    expect(await doing(`update own_links set stripe_customer_id = 'cus_other' where user_id = '${annId}'`, rollback)).toBe('DD002');
    expect(await doing(`update own_links set stripe_customer_id = 'cus_ann' where user_id = '${annId}'`, rollback)).toBe('done');
    await server.test.asLogin('drop table own_links');
  });
});
