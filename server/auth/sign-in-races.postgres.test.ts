import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, type MockInstance, vi } from 'vitest';
import type { Store } from '../store/store.ts';
import { startAdminServer, TEMPORARY_PASSWORD, type AdminServer, type HttpReply } from '../../tests/support/admin-server.ts';
import { newTestDatabase } from '../../tests/support/test-database.ts';
import { armTestUsers, fileTestRun } from '../../tests/support/test-store.ts';
import { untilWaitingForLock } from '../../tests/support/until-waiting.ts';
import { tokenHash } from './keyed-hash.ts';
import { createPasswordHashing } from './password-hashing.ts';

const OWN = 'my own old password';

let server: AdminServer;
let database: pg.Client;
let holder: pg.Client;
let ownHash: string;

beforeAll(async () => {
  const location = await newTestDatabase();
  if (location.kind !== 'postgres') throw new Error('these races need several connections: PostgreSQL');
  server = await startAdminServer({ engine: 'stopped', location });
  database = new pg.Client({ connectionString: location.url });
  holder = new pg.Client({ connectionString: location.url });
  await Promise.all([database.connect(), holder.connect()]);
  ownHash = await createPasswordHashing().hash(OWN);
});
afterAll(async () => {
  await Promise.all([database.end(), holder.end()]);
  await server.close();
});
afterEach(() => void vi.restoreAllMocks());

type Customer = { readonly migrationId: string; readonly email: string; readonly userId: string };

async function customer(): Promise<Customer> {
  const migration = await server.newMigration();
  const email = `one@${migration.id}.example.org`;
  return { migrationId: migration.id, email, userId: await migration.addUser({ email, passwordHash: ownHash }) };
}

async function armed(): Promise<Customer> {
  const one = await customer();
  await armTestUsers(server.test, one.migrationId, [one]);
  return one;
}

const login = async ({ email }: Customer, password: string): Promise<HttpReply> => server.call('POST', '/auth/login', { body: { email, password } });
const sessions = async ({ userId }: Customer): Promise<readonly unknown[]> => (await database.query<{ kind: string }>('select kind from sessions where user_id = $1 and ended_at is null', [userId])).rows;

/** Holds the customer as a batch of a run does, begins the call, and when that waits does what the batch does and lets go. */
async function duringTheBatch({ userId }: Customer, call: () => Promise<HttpReply>, work: () => Promise<unknown>): Promise<HttpReply> {
  await holder.query('begin');
  // Past the guards of runs: what is tried here is the sign-in beside them.
  await holder.query('set local session_replication_role = replica');
  await holder.query('select id from users where id = $1 for update', [userId]);
  const begun = call();
  await untilWaitingForLock(async (text) => (await database.query<Record<string, unknown>>(text)).rows);
  await work();
  await holder.query('commit');
  return begun;
}

const rollBack = async ({ userId, migrationId }: Customer): Promise<void> => {
  await holder.query(`update sessions set ended_at = now(), ended_because = 'rolled back' where user_id = $1 and kind = 'restricted' and ended_at is null`, [userId]);
  await holder.query('update users set must_reset_password = false where id = $1', [userId]);
  await holder.query(`update members set state = 'rolled_back', rolled_back_at = now() where user_id = $1 and migration_id = $2`, [userId, migrationId]);
};

describe('a sign-in that overlaps the preparation of its customer', () => {
  it('opens no full session after it: from then on everybody is held at the reset (A11)', async () => {
    const one = await customer();
    const { cohort, runId } = await fileTestRun(server.test, one.migrationId, [one]);
    const arm = async (): Promise<void> => {
      await holder.query('update users set must_reset_password = true where id = $1', [one.userId]);
      await holder.query(`insert into members (migration_id, user_id, cohort, key, state, armed_by_run) values ($1, $2, $3, $4, 'armed', $5)`, [one.migrationId, one.userId, cohort, one.email, runId]);
    };
    const reply = await duringTheBatch(one, async () => login(one, OWN), arm);
    expect([reply.status, reply.body['code']], reply.text).toEqual([401, 'invalid_credentials']);
    expect(await sessions(one)).toEqual([]);
    expect((await login(one, OWN)).body).toMatchObject({ password_reset_required: true });
  });

  it('opens as before where nothing but its record was held', async () => {
    const one = await customer();
    const reply = await duringTheBatch(one, async () => login(one, OWN), async () => undefined);
    expect(reply.body, reply.text).toMatchObject({ password_reset_required: false });
  });
});

describe('a sign-in that overlaps the rollback of its customer', () => {
  it.each([
    ['the temporary password', TEMPORARY_PASSWORD],
    ["one's own password", OWN],
  ])('by %s leaves no session that outlives it (A20)', async (_by, password) => {
    const one = await armed();
    const reply = await duringTheBatch(one, async () => login(one, password), async () => rollBack(one));
    expect([reply.status, reply.body['code']], reply.text).toEqual([401, 'invalid_credentials']);
    expect(await sessions(one)).toEqual([]);
  });

  it.each([
    ['the temporary password', TEMPORARY_PASSWORD],
    ["one's own password", OWN],
  ])('by %s is held at the reset where the batch left the customer alone', async (_by, password) => {
    const one = await armed();
    const reply = await duringTheBatch(one, async () => login(one, password), async () => undefined);
    expect(reply.body, reply.text).toMatchObject({ password_reset_required: true });
    expect(await sessions(one)).toEqual([{ kind: 'restricted' }]);
  });

  it('by a link leaves none either, and the link is no longer good', async () => {
    const one = await armed();
    const token = randomUUID();
    await database.query(
      `insert into email_confirmations (id, token_hash, user_id, migration_id, credential_id, address, expires_at)
       select gen_random_uuid(), $1, $2, migration_id, id, $3, now() + interval '10 minutes' from temp_credentials where migration_id = $4`,
      [tokenHash(token), one.userId, one.email, one.migrationId],
    );
    const confirm = async (): Promise<HttpReply> => server.call('POST', '/auth/confirm', { body: { token } });
    const reply = await duringTheBatch(one, confirm, async () => rollBack(one));
    expect([reply.status, reply.body['code']], reply.text).toEqual([401, 'invalid_credentials']);
    expect(await sessions(one)).toEqual([]);
    expect((await confirm()).status).toBe(401);
  });
});

/** Holds the customer while `work` goes on. */
async function whileHeld({ userId }: Customer, work: () => Promise<void>): Promise<void> {
  await holder.query('begin');
  await holder.query('select id from users where id = $1 for update', [userId]);
  try {
    await work();
  } finally {
    await holder.query('commit');
  }
}

/** Resolves once so many of a sign-in's statements have been asked for, and one waits. */
async function untilHeldUp(asked: MockInstance<Store['runSignIn']>, name: string, times: number): Promise<void> {
  while (asked.mock.calls.filter(([statement]) => statement.name === name).length < times) await database.query('select');
  await untilOneWaits();
}

const untilOneWaits = async (): Promise<void> => untilWaitingForLock(async (text) => (await database.query<Record<string, unknown>>(text)).rows);

describe('sign-ins of a customer whom a batch holds', () => {
  it.each([
    ['the temporary password', TEMPORARY_PASSWORD, 'open-held-by-temporary'],
    ["one's own password", OWN, 'open-held-by-own'],
  ])('by %s keep nobody else from signing in, and are answered afterwards', async (_by, password, statement) => {
    const asked = vi.spyOn(server.test.store, 'runSignIn');
    const [one, outsider] = [await armed(), await customer()];
    let waiting: readonly Promise<HttpReply>[] = [];
    await whileHeld(one, async () => {
      // As many as there are connections for sign-in.
      waiting = Array.from({ length: 6 }, async () => login(one, password));
      await untilHeldUp(asked, statement, 6);
      expect((await login(outsider, OWN)).body).toMatchObject({ password_reset_required: false });
    });
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual(Array.from({ length: 6 }, () => 200));
    expect(server.failures).toEqual([]);
  }, 60_000);

  it('keep nobody of their address from being answered', async () => {
    const [one, other] = [await armed(), await armed()];
    let waiting: Promise<HttpReply> | undefined;
    await whileHeld(one, async () => {
      waiting = login(one, TEMPORARY_PASSWORD);
      await untilOneWaits();
      expect((await login(other, 'not my own password')).status).toBe(401);
      expect((await login(other, TEMPORARY_PASSWORD)).status).toBe(200);
    });
    expect((await waiting)?.status).toBe(200);
  }, 60_000);

  it('have one link sent between them', async () => {
    const asked = vi.spyOn(server.test.store, 'runSignIn');
    const one = await armed();
    await database.query(`update migrations set settings = '{"confirm_by_email": true}' where id = $1`, [one.migrationId]);
    let waiting: readonly Promise<HttpReply>[] = [];
    await whileHeld(one, async () => {
      waiting = Array.from({ length: 4 }, async () => login(one, TEMPORARY_PASSWORD));
      await untilHeldUp(asked, 'ask-for-link', 4);
    });
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([401, 401, 401, 401]);
    expect((await database.query('select mail_state from email_confirmations where user_id = $1', [one.userId])).rows).toHaveLength(1);
  }, 60_000);
});

describe('many sign-ins of one customer at once', () => {
  it('all open: none waits for another that waits for it', async () => {
    const one = await armed();
    const replies = await Promise.all(Array.from({ length: 6 }, async () => login(one, TEMPORARY_PASSWORD)));
    expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 200));
    expect(server.failures).toEqual([]);
  });
});
