import { randomBytes, randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createPasswordHashing } from '../../server/auth/password-hashing.ts';
import { setCredential } from '../../server/auth/temporary-credential.ts';
import { signAdminToken } from '../../server/tokens/admin-token.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { proofSize } from '../support/proof-size.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { addTestUser, declareTestMigration, openTestStore, type TestStore } from '../support/test-store.ts';
import { untilWaitingForLock } from '../support/until-waiting.ts';

/**
 * Validation harms nobody: the server is killed with -9 at each step of a validation's sign-ins, also in the middle of the reset's
 * own transaction; nobody re-arms (the operator is gone too), so the next server does it by itself. Afterwards everybody is
 * as before: password, sessions, must-reset; and no event is delivered. Customers who signed in meanwhile keep what is theirs.
 */
const MIGRATION = 'killed';
const OWN = 'my own old password';
const TEMPORARY = 'for the whole cohort 1!';
const jwtSecret = randomBytes(32);
const secretKey = randomBytes(32).toString('base64url');

let postgres: TestPostgres;
let test: TestStore;
let holder: pg.Client;
let settings: Record<string, string>;
let server: ServerProcess;
let ownHash: string;

beforeAll(async () => {
  postgres = await startPostgres({ durable: true });
  const url = await postgres.createDatabase();
  test = await openTestStore({ kind: 'postgres', url });
  holder = new pg.Client({ connectionString: url });
  await holder.connect();
  ownHash = await createPasswordHashing().hash(OWN);
  await declareTestMigration(test, MIGRATION);
  await test.store.inAdminTx(async (tx) => setCredential(tx, MIGRATION, { id: randomUUID(), secretKey: new TextEncoder().encode(secretKey), password: TEMPORARY, createdBy: 'test', ttlSeconds: null }));
  settings = {
    DRYDOCK_DATABASE_URL: url,
    DRYDOCK_JWT_SECRET: jwtSecret.toString('base64url'),
    DRYDOCK_SECRET_KEY: secretKey,
    DRYDOCK_RECEIPT_KEY: randomBytes(32).toString('base64'),
    DRYDOCK_CONFIG: JSON.stringify({
      environment: { id: 'kill-test', name: 'Kill test', kind: 'staging' },
      migrations: [{ id: MIGRATION, playbook: 'account-prep', title: MIGRATION, flag: `migration.${MIGRATION}`, settings: { cohort_tag: `${MIGRATION}-csv` } }],
      sign_in: { breaker_accounts_per_address: 1000 },
    }),
  };
  server = await startServerProcess(settings);
});
afterAll(async () => {
  await server.stop('SIGKILL');
  await holder.end();
  await test.store.close();
  await postgres.stop();
});

async function call(method: string, path: string, body?: unknown, token?: string): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(path.startsWith('/admin') ? { 'idempotency-key': randomBytes(12).toString('hex') } : {}),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: z.record(z.string(), z.unknown()).parse(await response.json()) };
}
const admin = async (): Promise<string> =>
  signAdminToken(new TextEncoder().encode(jwtSecret.toString('base64url')), { environmentId: 'kill-test', sub: 'wendy', scopes: ['migration:write'], tokenId: randomBytes(8).toString('hex'), issuedAt: new Date(), ttlSeconds: 600 });
const login = async (email: string, password: string, key?: string) => call('POST', '/auth/login', { email, password, ...(key === undefined ? {} : { validation_key: key }) });
const customer = async (userId: string): Promise<unknown> => (await test.asLogin('select password_hash, must_reset_password, password_last_set_at, password_set_method from users where id = $1', [userId]))[0];

type Tested = { readonly email: string; readonly userId: string; readonly runId: string; readonly key: string; readonly olderSession: string };

let count = 0;
/** A customer with an open session of their own, whose row is then in an open test run. */
async function testCustomer(): Promise<Tested> {
  count += 1;
  const email = `killed${String(count)}@example.org`;
  const userId = await addTestUser(test, { email, name: `Killed Number ${String(count)}`, passwordHash: ownHash });
  const olderSession = String((await login(email, OWN)).body['session_token']);
  const token = await admin();
  const records = [{ email, full_name: `Killed Number ${String(count)}`, stripe_customer_id: `cus_killed${String(count)}` }];
  const plan = await call('POST', `/admin/migration/${MIGRATION}/dry-run`, { source_file: 'cohort.csv', source_sha256: 'a'.repeat(64), records }, token);
  const run = await call('POST', `/admin/migration/${MIGRATION}/test-run`, { plan_hash: plan.body['plan_hash'], emails: [email] }, token);
  expect(run.status, JSON.stringify([plan.body, run.body])).toBe(200);
  const keys = run.body['validation_keys'];
  const key: unknown = typeof keys === 'object' && keys !== null ? Reflect.get(keys, email) : undefined;
  return { email, userId, runId: String(run.body['run_id']), key: String(key), olderSession };
}

async function killAndStartAgain(): Promise<void> {
  await server.stop('SIGKILL');
  server = await startServerProcess(settings);
}

/** A quarter of an hour passes for this test run; resolves when a server has put its customers back by itself. */
async function quarterHourPasses({ runId }: Tested): Promise<void> {
  await test.asLogin(`update test_sets set last_validation_at = now() - interval '16 minutes' where run_id = $1`, [runId]);
  for (;;) {
    const [set] = await test.asLogin('select state from test_sets where run_id = $1', [runId]);
    if (set?.['state'] === 'closed') return;
    await holder.query('select pg_sleep(0.2)');
  }
}

const steps: Readonly<Record<string, (tested: Tested) => Promise<void>>> = {
  'after its sign-in': async ({ email, key }) => {
    expect((await login(email, TEMPORARY, key)).status).toBe(200);
    await killAndStartAgain();
  },
  'inside the transaction of its reset': async ({ email, key, userId }) => {
    const held = await login(email, TEMPORARY, key);
    await holder.query('begin');
    await holder.query('select id from users where id = $1 for update', [userId]);
    const reset = call('POST', '/auth/password', { new_password: 'only for validation' }, String(held.body['session_token'])).catch(() => 'cut');
    // The reset, inside its own transaction, for the customer's row, which is held here.
    await untilWaitingForLock(test.asLogin);
    await server.stop('SIGKILL');
    await holder.query('rollback');
    expect(await reset).toBe('cut');
    server = await startServerProcess(settings);
  },
  'after its reset': async ({ email, key }) => {
    const held = await login(email, TEMPORARY, key);
    expect((await call('POST', '/auth/password', { new_password: 'only for validation' }, String(held.body['session_token']))).status).toBe(200);
    await killAndStartAgain();
  },
};

const rounds = Array.from({ length: proofSize({ short: 1, full: 10 }) }, (_, round) => round + 1);

describe.each(rounds)('a server killed with -9 during a validation, round %i', () => {
  it.each(Object.entries(steps))('%s leaves everybody as before', async (_when, killedAt) => {
    const tested = await testCustomer();
    const before = await customer(tested.userId);
    await killedAt(tested);
    expect(await login(tested.email, OWN), 'the customer is not shut out meanwhile').toMatchObject({ status: 200, body: { password_reset_required: true } });
    await quarterHourPasses(tested);
    expect(await customer(tested.userId)).toEqual(before);
    expect((await call('GET', '/me', undefined, tested.olderSession)).status, 'the older session').toBe(200);
    expect((await login(tested.email, 'only for validation')).status).toBe(401);
    expect((await login(tested.email, TEMPORARY, tested.key)).status, 'its key').toBe(401);
    expect(await test.asLogin(`select e.state, o.state as outbox from events e join outbox o on o.event_id = e.id where e.user_id = $1 and (e.state <> 'void' or o.state <> 'void')`, [tested.userId])).toEqual([]);
    expect(await test.asLogin(`select kind from sessions where user_id = $1 and ended_at is null and kind like 'tagged%'`, [tested.userId])).toEqual([]);
  });

  it('keeps what the customer did for themselves between kill and re-arm', async () => {
    const tested = await testCustomer();
    await steps['after its reset']?.(tested);
    const own = await login(tested.email, OWN);
    expect((await call('POST', '/auth/password', { new_password: 'chosen by the customer' }, String(own.body['session_token']))).status).toBe(200);
    await quarterHourPasses(tested);
    expect(await login(tested.email, 'chosen by the customer')).toMatchObject({ status: 200, body: { password_reset_required: false } });
    expect((await test.asLogin('select state from events where user_id = $1 order by state', [tested.userId])).map((event) => event['state'])).toEqual(['recorded', 'void']);
  });
});
