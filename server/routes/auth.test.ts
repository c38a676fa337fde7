import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FRESH, OWN, type Prepared, type SignInWorld, startSignInWorld, TEMPORARY, tokenOf } from '../../tests/support/sign-in-world.ts';
import { proofSize } from '../../tests/support/proof-size.ts';
import { addTestUser, armTestUsers, type TestStore } from '../../tests/support/test-store.ts';
import { rearmTestSet } from '../auth/rearm.ts';
import { endRestrictedSessions } from '../auth/sessions.ts';

let world: SignInWorld;
let test: TestStore;
let count = 0;
beforeAll(async () => {
  world = await startSignInWorld();
  test = world.test;
});
afterAll(async () => world.close());

const login: SignInWorld['login'] = async (...args) => world.login(...args);
const setPassword: SignInWorld['setPassword'] = async (...args) => world.setPassword(...args);
const me: SignInWorld['me'] = async (token) => world.me(token);
const customer: SignInWorld['customer'] = async (userId) => world.customer(userId);
const eventsOf: SignInWorld['eventsOf'] = async (userId) => world.eventsOf(userId);
const openTestSet: SignInWorld['openTestSet'] = async (prepared) => world.openTestSet(prepared);
async function prepare(): Promise<Prepared> {
  count += 1;
  return world.prepare();
}

describe('the first sign-in of somebody who was prepared', () => {
  it('is held at the reset, and setting a password completes it with one event', async () => {
    const prepared = await prepare();
    const earlier = await test.asLogin(
      `insert into sessions (id, token_hash, user_id, kind, expires_at) values (gen_random_uuid(), $2, $1, 'full', now() + interval '1 day') returning id`,
      [prepared.userId, 'e'.repeat(64)],
    );
    const signedIn = await login(` ${prepared.email.toUpperCase()} `, TEMPORARY);
    expect(signedIn).toMatchObject({ status: 200, body: { password_reset_required: true } });
    expect(await me(tokenOf(signedIn))).toMatchObject({ status: 403, body: { code: 'password_reset_required' } });

    const set = await setPassword(tokenOf(signedIn));
    expect(set.status).toBe(200);
    expect(tokenOf(set)).not.toBe(tokenOf(signedIn));
    expect(await me(tokenOf(set))).toMatchObject({ status: 200, body: { user_id: prepared.userId, email: prepared.email, full_name: 'Ada Armed' } });
    expect((await me(tokenOf(signedIn))).status).toBe(401);
    expect(await test.asLogin('select ended_because from sessions where id = $1', [earlier[0]?.['id']])).toEqual([{ ended_because: 'password set' }]);

    expect(await customer(prepared.userId)).toMatchObject({ must_reset_password: false, password_set_method: 'forced-migration-reset', password_last_set_at: expect.any(Date) });
    expect(await eventsOf(prepared.userId)).toEqual([
      {
        state: 'recorded',
        outbox: 'pending',
        unique_id: `${prepared.migration}:${prepared.userId}:Migration Complete`,
        properties: {
          user_id: prepared.userId,
          email: prepared.email,
          stripe_customer_id: `cus_${String(count)}`,
          timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
          migration_cohort: `${prepared.migration}-csv`,
          source_file: 'cohort.csv',
        },
      },
    ]);
    expect((await login(prepared.email, TEMPORARY)).status).toBe(401);
    expect((await login(prepared.email, OWN)).status).toBe(401);
    expect(await login(prepared.email, FRESH)).toMatchObject({ status: 200, body: { password_reset_required: false } });
  });

  it('is held at the reset with their own password too', async () => {
    const prepared = await prepare();
    const signedIn = await login(prepared.email, OWN);
    expect(signedIn).toMatchObject({ status: 200, body: { password_reset_required: true } });
    expect((await me(tokenOf(signedIn))).status).toBe(403);
  });

  it.each([
    ['the temporary one', TEMPORARY],
    ['a short one', 'short'],
    ['a common one', 'password1234'],
    ['129 characters', 'x'.repeat(129)],
  ])('refuses %s as the new password, and says nothing of it', async (_what, password) => {
    const prepared = await prepare();
    const refused = await setPassword(tokenOf(await login(prepared.email, TEMPORARY)), password);
    expect(refused).toMatchObject({ status: 422, body: { code: 'password_policy' } });
    expect(refused.text).not.toContain(password);
  });

  it.each([
    ['the flag goes off', async (p: Prepared) => test.asLogin('update feature_flags set enabled = false where name = $1', [p.flag])],
    ['the credential is revoked', async (p: Prepared) => test.asLogin('update temp_credentials set revoked_at = now() where id = $1', [p.credentialId])],
    ['the credential expires', async (p: Prepared) => test.asLogin(`update temp_credentials set expires_at = now() - interval '1 second' where id = $1`, [p.credentialId])],
    [
      'a rollback takes the arming back',
      async (p: Prepared) =>
        test.store.inRunnerTx(p.run.runId, async (tx) => {
          await tx.updateTable('members').set({ state: 'rolled_back', rolled_back_at: new Date() }).where('user_id', '=', p.userId).execute();
        }),
    ],
    ['a rollback ends the session', async (p: Prepared) => test.store.inRunnerTx(p.run.runId, async (tx) => endRestrictedSessions(tx, [p.userId], 'rolled back'))],
    ['ten minutes pass', async (p: Prepared) => test.asLogin(`update sessions set expires_at = now() where user_id = $1`, [p.userId])],
  ])('sets nothing when %s between sign-in and reset', async (_what, change) => {
    const prepared = await prepare();
    const token = tokenOf(await login(prepared.email, TEMPORARY));
    await change(prepared);
    expect(await setPassword(token)).toMatchObject({ status: 403, body: { code: 'password_reset_not_open' } });
    expect(await customer(prepared.userId)).toMatchObject({ must_reset_password: true, password_hash: world.ownHash });
    expect(await eventsOf(prepared.userId)).toEqual([]);
  });

  it('hashes no password that it will not set', async () => {
    const prepared = await prepare();
    const token = tokenOf(await login(prepared.email, TEMPORARY));
    await test.asLogin('update temp_credentials set revoked_at = now() where id = $1', [prepared.credentialId]);
    const before = world.hashes();
    const replies = await Promise.all(Array.from({ length: 20 }, async () => setPassword(token)));
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([403]));
    expect(world.hashes() - before).toBe(0);
  });

  it('is told to come back where the server has no room for another password', async () => {
    const prepared = await prepare();
    const token = tokenOf(await login(prepared.email, TEMPORARY));
    const before = world.hashes();
    world.setBusy(true);
    const busy = await setPassword(token);
    world.setBusy(false);
    expect([busy.status, busy.body['code'], busy.retryAfter, world.hashes() - before]).toEqual([429, 'too_many_attempts', '5', 0]);
    expect((await setPassword(token)).status).toBe(200);
  });

  it('opens nothing by a password that was changed while it was checked', async () => {
    const prepared = await prepare();
    const other = await world.ownHashOf('a password set meanwhile');
    for (const [userId, email] of [[prepared.userId, prepared.email], [prepared.outsiderId, prepared.outsider]] as const) {
      world.setDuringCheck(async () => test.asLogin('update users set password_hash = $2 where id = $1', [userId, other]));
      expect((await login(email, OWN)).status, email).toBe(401);
      world.setDuringCheck();
      expect(await test.asLogin('select kind from sessions where user_id = $1', [userId])).toEqual([]);
    }
  });

  it('records one event however often the reset is sent at once', async () => {
    const prepared = await prepare();
    const token = tokenOf(await login(prepared.email, TEMPORARY));
    const replies = await Promise.all([1, 2, 3].map(async () => setPassword(token)));
    expect(replies.map((reply) => reply.status).toSorted((left, right) => left - right)).toEqual([200, 403, 403]);
    expect(await eventsOf(prepared.userId)).toHaveLength(1);
  });

  it('is not opened for ever to somebody whose own password is good when the word is revoked', async () => {
    const prepared = await prepare();
    await test.asLogin('update temp_credentials set revoked_at = now() where id = $1', [prepared.credentialId]);
    const signedIn = await login(prepared.email, OWN);
    expect(signedIn).toMatchObject({ status: 200, body: { password_reset_required: true } });
    expect((await setPassword(tokenOf(signedIn))).status).toBe(200);
  });
});

describe('people who have nothing to do with a migration', () => {
  it('sign in as ever, and no temporary password opens their account', async () => {
    const prepared = await prepare();
    const signedIn = await login(prepared.outsider, OWN);
    expect(signedIn).toMatchObject({ status: 200, body: { password_reset_required: false } });
    expect((await me(tokenOf(signedIn))).status).toBe(200);
    expect((await setPassword(tokenOf(signedIn))).status).toBe(403);
    expect((await login(prepared.outsider, TEMPORARY)).status).toBe(401);
  });

  it('and everybody else, with the flag off', async () => {
    const prepared = await prepare();
    await test.asLogin('update feature_flags set enabled = false where name = $1', [prepared.flag]);
    expect(await login(prepared.email, OWN)).toMatchObject({ status: 200, body: { password_reset_required: false } });
    expect((await login(prepared.email, TEMPORARY)).status).toBe(401);
  });
});

describe('a refused sign-in', () => {
  it('answers with the same bytes and costs one verification, whoever it was for', async () => {
    const prepared = await prepare();
    const expired = await prepare();
    await test.asLogin(`update temp_credentials set expires_at = now() where id = $1`, [expired.credentialId]);
    const revoked = await prepare();
    await test.asLogin('update temp_credentials set revoked_at = now() where id = $1', [revoked.credentialId]);
    const noPassword = await addTestUser(test, { email: `none${String(count)}@example.org` }).then(() => `none${String(count)}@example.org`);
    const attempts: readonly (readonly [string, string, string?])[] = [
      ['nobody@example.org', OWN],
      ['not an address', OWN],
      [prepared.email, 'wrong password'],
      [prepared.outsider, TEMPORARY],
      [noPassword, ''],
      [expired.email, TEMPORARY],
      [revoked.email, TEMPORARY],
      [prepared.email, TEMPORARY, 'not a validation key at all'],
    ];
    const texts = new Set<string>();
    for (const [email, password, key] of attempts) {
      const before = world.verifications();
      const reply = await login(email, password, key === undefined ? {} : { key });
      expect([reply.status, world.verifications() - before]).toEqual([401, 1]);
      texts.add(reply.text);
    }
    expect(texts.size).toBe(1);
  });

  it('is a 429 after ten attempts on an account, known or not, right or wrong', async () => {
    const prepared = await prepare();
    for (const email of [prepared.outsider, `unknown${String(count)}@example.org`]) {
      for (let attempt = 0; attempt < 10; attempt += 1) expect((await login(email, 'wrong')).status).toBe(401);
      const limited = await login(email, OWN);
      expect(limited).toMatchObject({ status: 429, body: { code: 'too_many_attempts' } });
      expect(Number(limited.retryAfter)).toBeGreaterThan(0);
      expect(Number(limited.retryAfter)).toBeLessThanOrEqual(900);
    }
  });

  it('trips the breaker after fifty accounts from one address, which then opens nothing, while others go on', async () => {
    const prepared = await prepare();
    const address = '10.9.9.9';
    for (let account = 0; account < 50; account += 1) await login(`guess${String(account)}@example.org`, TEMPORARY, { address });
    expect((await login(prepared.email, TEMPORARY, { address })).status).toBe(429);
    expect((await login(prepared.email, TEMPORARY)).status).toBe(200);
  });

  it('opens nobody of a thousand prepared accounts to whoever tries the right word from one address, beyond the first fifty, and stays open to the others', { timeout: 240_000 }, async () => {
    const prepared = await prepare();
    const people = proofSize({ short: 120, full: 1000 });
    const rows: { readonly email: string; readonly userId: string }[] = [];
    for (let person = 0; person < people; person += 1) {
      const email = `sprayed${String(person)}@example.org`;
      rows.push({ email, userId: await addTestUser(test, { email }) });
    }
    await armTestUsers(test, prepared.migration, rows);
    const statuses: number[] = [];
    for (const { email } of rows) statuses.push((await login(email, TEMPORARY, { address: '10.5.5.5' })).status);
    expect(statuses.filter((status) => status === 200).length).toBe(50);
    expect(new Set(statuses.slice(50))).toEqual(new Set([429]));
    expect((await login(prepared.email, TEMPORARY)).status).toBe(200);
    expect((await login(prepared.outsider, OWN)).status).toBe(200);
    const opened = await test.asLogin('select count(*)::int as count from sessions s join user_emails e on e.user_id = s.user_id where e.email like $1', ['sprayed%']);
    expect(opened).toEqual([{ count: 50 }]);
  });

  it('trips the breaker at fifty accounts even when all are tried at once', async () => {
    const replies = await Promise.all(Array.from({ length: 60 }, async (_, account) => login(`atonce${String(account)}@example.org`, TEMPORARY, { address: '10.7.7.7' })));
    expect(replies.filter(({ status }) => status === 401).length).toBe(50);
    expect(replies.filter(({ status }) => status === 429).length).toBe(10);
  });

  it('counts nothing against an account that a blocked address tries', async () => {
    const prepared = await prepare();
    const address = '10.6.6.6';
    for (let account = 0; account < 50; account += 1) await login(`lockout${String(account)}@example.org`, 'wrong', { address });
    for (let attempt = 0; attempt < 10; attempt += 1) expect((await login(prepared.outsider, 'wrong', { address })).status).toBe(429);
    expect((await login(prepared.outsider, OWN)).status).toBe(200);
  });

  it('never counts customers who use their own password behind one address', async () => {
    const prepared = await prepare();
    const address = '10.8.8.8';
    for (let attempt = 0; attempt < 3; attempt += 1) await login(prepared.outsider, OWN, { address });
    expect(await test.asLogin(`select count(*) as counted from sign_in_spread s join sign_in_addresses a using (address) where a.attempt_count = 3`)).toEqual([{ counted: 0 }]);
  });
});

describe('signing out', () => {
  it('ends the session, one held at the reset too, and may be repeated', async () => {
    const prepared = await prepare();
    const token = tokenOf(await login(prepared.email, TEMPORARY));
    expect((await world.call('POST', '/auth/logout', { token })).status).toBe(204);
    expect((await world.call('POST', '/auth/logout', { token })).status).toBe(204);
    expect((await me(token)).status).toBe(401);
  });
});

describe('validation of a test run', () => {
  it('is seen by the server step by step, and re-arm puts everything back', async () => {
    const prepared = await prepare();
    const key = await openTestSet(prepared);
    const before = await customer(prepared.userId);
    const own = tokenOf(await login(prepared.email, OWN));

    const tagged = await login(prepared.email, TEMPORARY, { key });
    expect(tagged).toMatchObject({ status: 200, body: { password_reset_required: true } });
    expect((await login(prepared.email, TEMPORARY, { key })).status).toBe(401);
    expect((await me(tokenOf(tagged))).status).toBe(403);
    const set = await setPassword(tokenOf(tagged), 'only for validation');
    expect(set.status).toBe(200);
    expect(await me(tokenOf(set))).toMatchObject({ status: 200, body: { email: prepared.email } });
    expect((await setPassword(tokenOf(set), 'only for validation 2')).status).toBe(403);

    const [facts] = await test.asLogin('select * from test_members where run_id = $1', [prepared.run.runId]);
    expect(facts).toMatchObject({ signed_in_at: expect.any(Date), held_at_reset_at: expect.any(Date), password_set_at: expect.any(Date), event_recorded_at: expect.any(Date) });
    expect((await test.asLogin('select passed_at from test_sets where run_id = $1', [prepared.run.runId]))[0]).toEqual({ passed_at: expect.any(Date) });
    expect((await eventsOf(prepared.userId)).map((event) => [event['state'], event['outbox']])).toEqual([['held', 'held']]);
    expect((await me(own)).body).toMatchObject({ code: 'password_reset_required' });

    const rearmed = await test.store.inRunnerTx(prepared.run.runId, async (tx) => rearmTestSet(tx, prepared.run.runId));
    expect(rearmed).toEqual([{ user_id: prepared.userId, email: prepared.email, kept_changed_since: false }]);
    expect(await customer(prepared.userId)).toEqual(before);
    expect((await eventsOf(prepared.userId)).map((event) => [event['state'], event['outbox']])).toEqual([['void', 'void']]);
    expect((await me(tokenOf(set))).status).toBe(401);
    expect((await setPassword(own)).status).toBe(200);
    expect((await eventsOf(prepared.userId)).map((event) => event['state'])).toEqual(['void', 'recorded']);
    expect(await test.store.inRunnerTx(prepared.run.runId, async (tx) => rearmTestSet(tx, prepared.run.runId))).toHaveLength(1);
    expect(await customer(prepared.userId)).toMatchObject({ must_reset_password: false });
  });

  it('does not lock the customer out meanwhile, and keeps what the customer did', async () => {
    const prepared = await prepare();
    const key = await openTestSet(prepared);
    expect((await setPassword(tokenOf(await login(prepared.email, TEMPORARY, { key })), 'only for validation')).status).toBe(200);

    expect((await login(prepared.email, 'only for validation')).status).toBe(401);
    const own = await login(prepared.email, OWN);
    expect(own).toMatchObject({ status: 200, body: { password_reset_required: true } });
    expect((await setPassword(tokenOf(own))).status).toBe(200);

    const rearmed = await test.store.inRunnerTx(prepared.run.runId, async (tx) => rearmTestSet(tx, prepared.run.runId));
    expect(rearmed).toMatchObject([{ kept_changed_since: true }]);
    expect(await login(prepared.email, FRESH)).toMatchObject({ status: 200, body: { password_reset_required: false } });
    expect((await eventsOf(prepared.userId)).map((event) => String(event['state'])).toSorted()).toEqual(['recorded', 'void']);
  });

  it('opens nothing by the former password where the customer sets another while it is checked', async () => {
    const prepared = await prepare();
    const key = await openTestSet(prepared);
    expect((await setPassword(tokenOf(await login(prepared.email, TEMPORARY, { key })), 'only for validation')).status).toBe(200);
    const other = await world.ownHashOf('a password set meanwhile');
    world.setDuringCheck(async () => test.asLogin('update users set password_hash = $2 where id = $1', [prepared.userId, other]));
    const replies = [await login(prepared.email, OWN)];
    await test.asLogin('update users set password_hash = (select left_password_hash from validation_changes where user_id = $1) where id = $1', [prepared.userId]);
    await test.asLogin('update feature_flags set enabled = false where name = $1', [prepared.flag]);
    replies.push(await login(prepared.email, OWN));
    world.setDuringCheck();
    expect(replies.map(({ status }) => status)).toEqual([401, 401]);
    expect(await test.asLogin(`select kind from sessions where user_id = $1 and kind in ('restricted', 'full')`, [prepared.userId])).toEqual([]);
  });

  it('opens one session a key, also when it comes three times at once', async () => {
    const prepared = await prepare();
    const key = await openTestSet(prepared);
    const replies = await Promise.all([1, 2, 3].map(async () => login(prepared.email, TEMPORARY, { key })));
    expect(replies.map((reply) => reply.status).toSorted((left, right) => left - right)).toEqual([200, 401, 401]);
  });

  it('gives its key to nobody else and to no other password', async () => {
    const prepared = await prepare();
    const key = await openTestSet(prepared);
    expect((await login(prepared.outsider, OWN, { key })).status).toBe(401);
    expect((await login(prepared.email, OWN, { key })).status).toBe(401);
    expect((await login(prepared.email, TEMPORARY, { key })).status).toBe(200);
  });
});
