import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { holdMigration } from '../routes/gates-before-writing.ts';
import { startAdminServer, TEMPORARY_PASSWORD, type AdminServer, type HttpReply } from '../../tests/support/admin-server.ts';
import { wayOf, type Way } from '../../tests/support/migration-way.ts';
import { newTestDatabase } from '../../tests/support/test-database.ts';
import { untilWaitingForLock } from '../../tests/support/until-waiting.ts';

const FRESH = 'a password nobody knows';

let server: AdminServer;
let database: pg.Client;
let holder: pg.Client;

beforeAll(async () => {
  const location = await newTestDatabase();
  if (location.kind !== 'postgres') throw new Error('these races need several connections: PostgreSQL');
  server = await startAdminServer({ engine: 'stopped', location });
  database = new pg.Client({ connectionString: location.url });
  holder = new pg.Client({ connectionString: location.url });
  await Promise.all([database.connect(), holder.connect()]);
});
afterAll(async () => {
  await Promise.all([database.end(), holder.end()]);
  await server.close();
});

/** A customer whose row is in an open test run, and the key of their validation. */
async function testCustomer(): Promise<{ readonly way: Way; readonly email: string; readonly userId: string; readonly runId: string; readonly key: string }> {
  const migration = await server.newMigration();
  const way = await wayOf(server, migration);
  const email = `one@${migration.id}.example.org`;
  const record = { email, full_name: `One of ${migration.id}`, stripe_customer_id: `cus_${migration.id.replace('-', '')}` };
  const userId = await migration.addUser({ email, name: record.full_name, passwordHash: 'the hash of their own password' });
  const { planHash } = await way.plan([record]);
  const { runId, keys } = await way.tryOut(planHash, [email], 'run');
  return { way, email, userId, runId, key: keys[email] ?? '' };
}

const login = async (email: string, key?: string): Promise<HttpReply> =>
  server.call('POST', '/auth/login', { body: { email, password: TEMPORARY_PASSWORD, ...(key === undefined ? {} : { validation_key: key }) } });
const signIn = async (email: string, key?: string): Promise<string> => String((await login(email, key)).body['session_token']);
const putBack = async ({ way, runId }: { readonly way: Way; readonly runId: string }): Promise<HttpReply> =>
  server.call('POST', way.path(`test-run/${runId}/rearm`), { token: way.writer, body: {} });
const reset = async (token: string): Promise<HttpReply> => server.call('POST', '/auth/password', { token, body: { new_password: FRESH } });
const customer = async (userId: string): Promise<unknown> =>
  (await database.query('select password_hash, must_reset_password, password_last_set_at, password_set_method from users where id = $1', [userId])).rows[0];

/** Begins each while the customer's record is held, one after the other, and lets go when all of them wait. */
async function allAtOnce(userId: string, calls: readonly (() => Promise<HttpReply>)[]): Promise<readonly HttpReply[]> {
  await holder.query('begin');
  await holder.query('select id from users where id = $1 for update', [userId]);
  const begun: Promise<HttpReply>[] = [];
  for (const call of calls) {
    begun.push(call());
    await untilWaitingForLock(async (text) => (await database.query<Record<string, unknown>>(text)).rows, begun.length);
  }
  await holder.query('commit');
  return Promise.all(begun);
}

describe('a validation at its reset when its customers are put back', () => {
  it('leaves nothing behind: what it changes is put back, and its session ends', async () => {
    const tested = await testCustomer();
    const { email, userId, key } = tested;
    const before = await customer(userId);
    const token = await signIn(email, key);
    const [set, rearmed] = await allAtOnce(userId, [async () => reset(token), async () => putBack(tested)]);
    expect([set?.status, rearmed?.status], `${set?.text ?? ''} ${rearmed?.text ?? ''}`).toEqual([200, 200]);
    expect(rearmed?.body).toMatchObject({ restored: true });
    expect(await customer(userId)).toEqual(before);
    expect((await server.call('GET', '/me', { token: String(set?.body['session_token']) })).status).toBe(401);
    expect((await database.query('select state from events where user_id = $1', [userId])).rows).toEqual([{ state: 'void' }]);
  });

  it('opens no session that outlives them', async () => {
    const tested = await testCustomer();
    const { email, userId, key } = tested;
    const before = await customer(userId);
    const [signedIn, rearmed] = await allAtOnce(userId, [async () => login(email, key), async () => putBack(tested)]);
    expect([signedIn?.status, rearmed?.status], `${signedIn?.text ?? ''} ${rearmed?.text ?? ''}`).toEqual([200, 200]);
    expect((await reset(String(signedIn?.body['session_token']))).status).toBe(403);
    expect(await customer(userId)).toEqual(before);
  });
});

describe('a reset that waits for its customer until the temporary password is over', () => {
  it('sets nothing', async () => {
    const { way, email, userId } = await testCustomer();
    const token = await signIn(email);
    const before = await customer(userId);
    await holder.query('begin');
    await holder.query('select id from users where id = $1 for update', [userId]);
    await database.query(`update temp_credentials set expires_at = clock_timestamp() + interval '1 second' where migration_id = $1 and revoked_at is null`, [way.path('').split('/').at(-2)]);
    const begun = reset(token);
    await untilWaitingForLock(async (text) => (await database.query<Record<string, unknown>>(text)).rows);
    await database.query('select pg_sleep(extract(epoch from expires_at - clock_timestamp()) + 0.001) from temp_credentials where migration_id = $1 and revoked_at is null and expires_at > clock_timestamp()', [way.path('').split('/').at(-2)]);
    await holder.query('commit');
    expect([(await begun).status, await customer(userId)]).toEqual([403, before]);
  });
});

describe('two resets of one customer at once', () => {
  it('are decided: one sets the password, the other finds its session ended', async () => {
    const { email, userId } = await testCustomer();
    const tokens = [await signIn(email), await signIn(email)];
    const replies = await allAtOnce(userId, tokens.map((token) => async () => reset(token)));
    expect(replies.map(({ status }) => status).toSorted((left, right) => left - right), replies.map(({ text }) => text).join()).toEqual([200, 403]);
    expect((await database.query('select state from events where user_id = $1', [userId])).rows).toEqual([{ state: 'recorded' }]);
    expect(server.failures).toEqual([]);
  });
});

describe('a customer who signs in while a call decides about the migration', () => {
  it('does not wait for it', async () => {
    const { way, email } = await testCustomer();
    const migrationId = way.path('').split('/').at(-2) ?? '';
    await server.test.store.inAdminTx(async (tx) => {
      await holdMigration(tx, migrationId);
      expect((await login(email)).status).toBe(200);
    });
  }, 10_000);
});
