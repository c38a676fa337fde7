import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Prepared, OWN, type Reply, type SignInWorld, startSignInWorld, TEMPORARY, tokenOf } from '../../tests/support/sign-in-world.ts';
import { addTestUser, armTestUsers } from '../../tests/support/test-store.ts';
import { attemptOf } from './attempt-limits.ts';
import { lookUpSignIn, type SignInLookUp } from './sign-in-look-up.ts';
import { Refusal } from '../guards/refusal.ts';
import type { AuthDeps } from './auth-deps.ts';
import { signIn } from './sign-in.ts';
import { listCredentials, resumeCredential } from './temporary-credential.ts';

const OPENINGS = 3;
const REFUSALS = 6;
const ACCOUNTS = 4;

let world: SignInWorld;
beforeAll(async () => {
  world = await startSignInWorld({ limits: { openingsAMinute: OPENINGS, refusalsAMinute: REFUSALS, breakerAccountsPerAddress: ACCOUNTS } });
});
afterAll(async () => world.close());
beforeEach(() => {
  world.alerts.length = 0;
  world.outcomes.length = 0;
});

let address = 0;
/** From an address that nobody used before, so that only what is over all addresses counts. */
const fromAnywhere = async (email: string, password: string) => {
  address += 1;
  return world.login(email, password, { address: `10.200.${String(address)}.1` });
};

/** Begins all attempts, and checks no password before every one of them has been looked up: none is counted yet then. */
async function atOnce(attempts: readonly (() => Promise<Reply>)[]): Promise<readonly Reply[]> {
  let waiting = 0;
  const all = Promise.withResolvers<undefined>();
  world.setDuringCheck(async () => {
    waiting += 1;
    if (waiting === attempts.length) all.resolve(undefined);
    await all.promise;
  });
  const replies = await Promise.all(attempts.map(async (attempt) => attempt()));
  world.setDuringCheck();
  return replies;
}

/** More armed customers of the same cohort's migration. */
async function moreArmed(prepared: Prepared, count: number): Promise<readonly string[]> {
  const rows = [];
  for (let index = 0; index < count; index += 1) {
    const email = `more${String(index)}.of.${prepared.migration}@example.org`;
    rows.push({ email, userId: await addTestUser(world.test, { email, passwordHash: world.ownHash }) });
  }
  await armTestUsers(world.test, prepared.migration, rows);
  return rows.map((row) => row.email);
}

const auditOf = async (route: string): Promise<readonly Record<string, unknown>[]> => world.test.asLogin('select migration_id, address, code from audit_log where route = $1 order by id', [route]);
const statusOf = async (prepared: Prepared) => (await world.test.store.inReadTx(async (tx) => listCredentials(tx, prepared.migration)))[0];

describe('a declared rate of openings', () => {
  it('suspends the temporary password for all when it is exceeded, says so once, and an administrator resumes it', async () => {
    const prepared = await world.prepare();
    const armed = await moreArmed(prepared, OPENINGS + 2);
    const statuses = [];
    for (const email of armed.slice(0, OPENINGS + 1)) statuses.push((await fromAnywhere(email, TEMPORARY)).status);
    expect(statuses).toEqual([200, 200, 200, 401]);
    expect(world.alerts).toEqual([{ kind: 'temporary_password_suspended', requestId: expect.any(String), migrationId: prepared.migration }]);
    expect(await statusOf(prepared)).toMatchObject({ isLive: false, revokedAt: null, suspended: { because: 'more than 3 a minute opened' } });
    expect((await auditOf('temporary password suspended')).filter((entry) => entry['migration_id'] === prepared.migration)).toEqual([{ migration_id: prepared.migration, address: null, code: 'opened' }]);

    expect((await fromAnywhere(armed[4] ?? '', TEMPORARY)).status, 'suspended').toBe(401);
    expect(await fromAnywhere(armed[4] ?? '', OWN), 'their own password still leads to the reset').toMatchObject({ status: 200, body: { password_reset_required: true } });
    expect((await fromAnywhere(prepared.outsider, OWN)).status, 'nobody else notices').toBe(200);

    await world.test.asLogin(`update temp_credential_rates set window_started_at = now() - interval '2 minutes'`);
    expect(await world.test.store.inAdminTx(async (tx) => resumeCredential(tx, prepared.migration))).toBe(true);
    expect((await fromAnywhere(armed[4] ?? '', TEMPORARY)).status, 'resumed').toBe(200);
    expect(await world.test.store.inAdminTx(async (tx) => resumeCredential(tx, prepared.migration))).toBe(false);
  });

  it('lets no more through when all come at once', async () => {
    const prepared = await world.prepare();
    const armed = await moreArmed(prepared, OPENINGS * 3);
    const replies = await Promise.all(armed.map(async (email) => fromAnywhere(email, TEMPORARY)));
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(OPENINGS);
    expect(world.alerts).toHaveLength(1);
  });

  it('stops a session that was opened before from setting a password until it is resumed', async () => {
    const prepared = await world.prepare();
    const token = tokenOf(await fromAnywhere(prepared.email, TEMPORARY));
    await world.test.asLogin(`update temp_credentials set suspended_at = now(), suspended_because = 'test' where id = $1`, [prepared.credentialId]);
    expect((await world.setPassword(token)).status).toBe(403);
    await world.test.store.inAdminTx(async (tx) => resumeCredential(tx, prepared.migration));
    expect((await world.setPassword(token)).status).toBe(200);
  });
});

describe('a declared rate of refusals', () => {
  it('suspends on guesses at a cohort from many addresses, and never on guesses at others', async () => {
    const prepared = await world.prepare();
    const armed = await moreArmed(prepared, REFUSALS + 1);
    for (let guess = 0; guess < REFUSALS * 2; guess += 1) await fromAnywhere(`nobody${String(guess)}@example.org`, 'a wrong guess');
    expect(await statusOf(prepared)).toMatchObject({ isLive: true });
    for (const email of armed) expect((await fromAnywhere(email, 'a wrong guess')).status).toBe(401);
    expect(await statusOf(prepared)).toMatchObject({ isLive: false, suspended: { because: 'more than 6 a minute refused' } });
  });

  it('is not reached from one address, which the breaker blocks first: an account counts once for it', async () => {
    const prepared = await world.prepare();
    const armed = await moreArmed(prepared, REFUSALS * 2);
    const from = '10.98.0.1';
    for (let guess = 0; guess < REFUSALS + 2; guess += 1) expect((await world.login(armed[0] ?? '', 'a wrong guess', { address: from })).status, 'one account again and again').toBe(401);
    await atOnce(armed.map((email) => async () => world.login(email, 'a wrong guess', { address: from })));
    expect(await statusOf(prepared)).toMatchObject({ isLive: true });
    expect(await world.test.asLogin(`select attempt_count from temp_credential_rates where credential_id = $1 and kind = 'refused'`, [prepared.credentialId])).toEqual([{ attempt_count: ACCOUNTS }]);
  });

  it('counts an account that is opened after it was refused as both', async () => {
    const prepared = await world.prepare();
    for (const password of ['a wrong guess', TEMPORARY, TEMPORARY]) await world.login(prepared.email, password);
    expect(await world.test.asLogin(`select kind, attempt_count from temp_credential_rates where credential_id = $1 order by kind`, [prepared.credentialId])).toEqual([
      { kind: 'opened', attempt_count: 1 },
      { kind: 'refused', attempt_count: 1 },
    ]);
  });

  it('tells nobody of a cohort apart when it is exceeded: a blocked address gets the same answers for all', async () => {
    const prepared = await world.prepare();
    const armed = await moreArmed(prepared, 12);
    for (const email of armed.slice(0, REFUSALS)) await fromAnywhere(email, 'a wrong guess');
    const tried = armed.flatMap((email, index) => [email, `stranger${String(index)}@example.org`]);
    const replies = await atOnce(tried.map((email) => async () => world.login(email, 'a wrong guess', { address: '10.97.0.1' })));
    const count = (status: number): number => replies.filter((reply) => reply.status === status).length;
    expect([count(401), count(429)]).toEqual([ACCOUNTS, tried.length - ACCOUNTS]);
    expect(replies.filter(({ status }) => status === 429).every(({ retryAfter }) => Number(retryAfter) > 0)).toBe(true);
  });
});

describe('the breaker', () => {
  it('blocks the address first, alerts once, names it in the audit log, and suspends nothing', async () => {
    const prepared = await world.prepare();
    const [first] = await moreArmed(prepared, 1);
    const from = '10.99.0.1';
    for (let guess = 0; guess < ACCOUNTS + 3; guess += 1) await world.login(`guess${String(guess)}@example.org`, TEMPORARY, { address: from });
    expect(world.alerts).toEqual([{ kind: 'address_blocked', requestId: expect.any(String) }]);
    expect(world.outcomes).toEqual([...Array.from({ length: ACCOUNTS }, () => 'refused'), 'limited_breaker', 'limited_breaker', 'limited_breaker']);
    expect((await auditOf('breaker: address blocked')).filter((entry) => entry['address'] === from)).toEqual([{ migration_id: null, address: from, code: 'too_many_attempts' }]);
    expect(await statusOf(prepared)).toMatchObject({ isLive: true });
    expect((await world.login(first ?? '', TEMPORARY, { address: from })).status).toBe(429);
    expect((await fromAnywhere(first ?? '', TEMPORARY)).status).toBe(200);
  });

  it('takes a whole IPv6 network of 64 bits for one address, and believes no address but that of the nearest proxy', async () => {
    for (let guess = 0; guess < ACCOUNTS; guess += 1) {
      expect((await world.login(`six${String(guess)}@example.org`, 'wrong', { address: `10.1.2.${String(guess)}, 2001:db8:1:2::${String(guess + 1)}` })).status).toBe(401);
    }
    expect((await world.login('six@example.org', 'wrong', { address: '192.0.2.77, 2001:db8:1:2:ffff::9' })).status).toBe(429);
    expect((await world.login('six@example.org', 'wrong', { address: '2001:db8:1:3::1' })).status).toBe(401);
  });
});

describe('a customer whom a batch holds for longer than anybody waits', () => {
  /** Signs in where the database never lets go of what `held` names. */
  async function whileHeld(held: string, email: string, password: string): Promise<{ readonly code: string; readonly particulars: unknown; readonly pausedMs: number; readonly tries: number }> {
    let [pausedMs, tries] = [0, 0];
    const store: AuthDeps['store'] = {
      ...world.test.store,
      runSignIn: async (statement, values) => {
        if (statement.name !== held) return world.test.store.runSignIn(statement, values);
        tries += 1;
        throw Object.assign(new Error('canceling statement due to lock timeout'), { code: '55P03' });
      },
    };
    const pause: AuthDeps['pause'] = async (ms) => void (pausedMs += ms);
    address += 1;
    const refusal = await signIn({ ...world.deps, store, pause }, { email, password, validationKey: null, address: `10.200.${String(address)}.1`, requestId: 'r' }).catch((error: unknown) => error);
    if (!(refusal instanceof Refusal)) throw new Error('It was not refused.');
    return { code: refusal.code, particulars: refusal.particulars, pausedMs, tries };
  }

  it.each([
    ['one who has no part in a migration', 'open-full-session', OWN, 0],
    ["one's own password", 'open-held-by-own', OWN, 0],
    ['the temporary one', 'open-held-by-temporary', TEMPORARY, 1],
  ] as const)('is told to come back, as by a busy server: %s', async (_who, statement, password, counted) => {
    const prepared = await world.prepare();
    const seen = await whileHeld(statement, statement === 'open-full-session' ? prepared.outsider : prepared.email, password);
    expect(seen).toMatchObject({ code: 'too_many_attempts', particulars: { retryAfterSeconds: 5 } });
    expect([seen.tries > 5, seen.pausedMs > 5000, seen.pausedMs < 20_000]).toEqual([true, true, true]);
    expect(world.outcomes).toEqual(['limited_server']);
    expect(await world.test.asLogin(`select coalesce(sum(attempt_count), 0)::int as counted from temp_credential_rates where credential_id = $1`, [prepared.credentialId]), 'for the breaker and the declared rate').toEqual([{ counted }]);
  });

  it('is answered like a wrong password where a link would be sent, which must tell nobody', async () => {
    const prepared = await world.prepare();
    await world.test.asLogin(`update migrations set settings = '{"confirm_by_email": true}' where id = $1`, [prepared.migration]);
    expect(await whileHeld('ask-for-link', prepared.email, TEMPORARY)).toMatchObject({ code: 'invalid_credentials', particulars: {} });
  });
});

describe('the limit of an address', () => {
  it('holds in any minute, across the end of one too, and opens again when the attempts are a minute old', async () => {
    const LIMIT = 5;
    const attempt = attemptOf(world.secretKey, 'somebody', '10.96.0.1');
    const look = async (times: number): Promise<readonly SignInLookUp[]> => {
      const seen = [];
      for (let time = 0; time < times; time += 1) seen.push(await lookUpSignIn(world.test.store, attempt, { email: null, validationKeyHash: null }, { ...world.deps.limits, attemptsPerAddressAMinute: LIMIT, attemptsPerAccount: 1000 }));
      return seen;
    };
    const admitted = (seen: readonly SignInLookUp[]): number => seen.filter((one) => one.admitted).length;
    const pass = async (seconds: number): Promise<unknown> =>
      world.test.asLogin('update sign_in_addresses set window_started_at = window_started_at - make_interval(secs => $2) where address = $1', [attempt.address, seconds]);
    await look(1);
    await pass(55);
    expect(admitted(await look(LIMIT - 1))).toBe(LIMIT - 1);
    await pass(10);
    const again = await look(LIMIT);
    expect(admitted(again), 'the first is a minute old, the others are not').toBe(1);
    for (const one of again) if (!one.admitted) expect([one.limit, one.retryAfterSeconds > 0, one.retryAfterSeconds <= 65]).toEqual(['address', true, true]);
    await pass(70);
    expect(admitted(await look(LIMIT)), 'what was refused holds nobody back').toBe(LIMIT);
  });
});

describe('a server that has no room for another password check', () => {
  it('says so to everybody alike, and counts nothing', async () => {
    const prepared = await world.prepare();
    world.setBusy(true);
    const before = world.verifications();
    const replies = [await fromAnywhere(prepared.email, TEMPORARY), await fromAnywhere('nobody@example.org', TEMPORARY)];
    world.setBusy(false);
    expect(replies.map(({ status, retryAfter }) => [status, retryAfter])).toEqual([[429, '5'], [429, '5']]);
    expect(world.verifications()).toBe(before);
  });
});

describe('sign-in\'s own role', () => {
  it('may suspend a credential and never resume one', async () => {
    const prepared = await world.prepare();
    const set = async (value: string): Promise<unknown> =>
      world.test.store.runSignIn({ name: `set-${value}`, text: `update temp_credentials set suspended_at = ${value}, suspended_because = case when ${value} is null then null else 'test' end where id = $1` }, [prepared.credentialId]);
    await set('now()');
    await expect(set('null')).rejects.toMatchObject({ code: 'DD003' });
    await expect(set(`now() + interval '1 day'`)).rejects.toMatchObject({ code: 'DD003' });
  });
});

describe('with the flag off', () => {
  it('an address that the migration added opens nothing, as before there was one', async () => {
    const prepared = await world.prepare();
    const added = `added.${prepared.email}`;
    await world.test.asLogin(`insert into cohort_members (cohort, row_no, key, record) values ($1, 99, $2, '{}')`, [prepared.run.cohort, added]);
    await world.test.asLogin(`alter table user_emails disable trigger user_emails_insert_guard`);
    await world.test.asLogin(`insert into user_emails (email, user_id, kind, added_by_run) values ($1, $2, 'added', $3)`, [added, prepared.userId, prepared.run.runId]);
    await world.test.asLogin(`alter table user_emails enable trigger user_emails_insert_guard`);
    await world.test.asLogin(`alter table members disable trigger members_update_guard`);
    await world.test.asLogin(`update members set key = $1 where user_id = $2`, [added, prepared.userId]);
    await world.test.asLogin(`alter table members enable trigger members_update_guard`);
    expect((await fromAnywhere(added, OWN)).status, 'flag on').toBe(200);
    await world.test.asLogin('update feature_flags set enabled = false where name = $1', [prepared.flag]);
    expect((await fromAnywhere(added, OWN)).status, 'flag off').toBe(401);
    expect(await fromAnywhere(prepared.email, OWN)).toMatchObject({ status: 200, body: { password_reset_required: false } });
  });
});
