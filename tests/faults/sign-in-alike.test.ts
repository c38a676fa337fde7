import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attemptOf } from '../../server/auth/attempt-limits.ts';
import { lookUpSignIn } from '../../server/auth/sign-in-look-up.ts';
import type { AuthDeps } from '../../server/auth/auth-deps.ts';
import { signIn, type SignInRequest } from '../../server/auth/sign-in.ts';
import { Refusal } from '../../server/guards/refusal.ts';
import { proofSize } from '../support/proof-size.ts';
import { OWN, type Prepared, type Reply, type SignInWorld, startSignInWorld, TEMPORARY } from '../support/sign-in-world.ts';
import { addTestUser, armTestUsers } from '../support/test-store.ts';

/**
 * Accounts cannot be told apart, and people outside every cohort go the way they went before there was one (A4): the same
 * bytes, one argon2id verify on every path, the same statements. Two designs that were known to be wrong are tried as well.
 */
let world: SignInWorld;
let address = 0;
beforeAll(async () => {
  world = await startSignInWorld();
});
afterAll(async () => world.close());

const freshAddress = (): string => `10.${String((address += 1) >> 8)}.${String(address & 255)}.7`;

type SignIn = (deps: AuthDeps, request: SignInRequest) => Promise<unknown>;

type Seen = { readonly kind: string; readonly answer: string; readonly verifies: number; readonly statements: readonly string[] };

/** Tries each kind of account once and gives what could be seen of it from outside and inside. */
async function seen(attempt: SignIn, kinds: readonly (readonly [string, string, string])[]): Promise<readonly Seen[]> {
  const all: Seen[] = [];
  for (const [kind, email, password] of kinds) {
    const before = world.verifications();
    world.statements.length = 0;
    const answer = await attempt(world.deps, { email, password, validationKey: null, address: freshAddress(), requestId: 'r' }).then(
      () => 'opened',
      (error: unknown) => (error instanceof Refusal ? JSON.stringify([error.code, error.particulars]) : String(error)),
    );
    all.push({ kind, answer, verifies: world.verifications() - before, statements: [...world.statements] });
  }
  return all;
}

/** Refused accounts of every kind. */
async function refusedKinds(): Promise<readonly (readonly [string, string, string])[]> {
  const change = async (prepared: Prepared, statement: string): Promise<Prepared> => {
    await world.test.asLogin(statement, [prepared.migration]);
    return prepared;
  };
  const armed = await world.prepare();
  const expired = await change(await world.prepare(), 'update temp_credentials set expires_at = now() where migration_id = $1');
  const revoked = await change(await world.prepare(), 'update temp_credentials set revoked_at = now() where migration_id = $1');
  const suspended = await change(await world.prepare(), `update temp_credentials set suspended_at = now(), suspended_because = 'test' where migration_id = $1`);
  const off = await change(await world.prepare(), `update feature_flags set enabled = false where name = 'migration.' || $1`);
  const confirmed = await change(await world.prepare(), `update migrations set settings = '{"confirm_by_email": true}' where id = $1`);
  const rolledBack = await world.prepare();
  await world.test.store.inRunnerTx(rolledBack.run.runId, async (tx) => tx.updateTable('members').set({ state: 'rolled_back', rolled_back_at: new Date() }).where('user_id', '=', rolledBack.userId).execute());
  const noPassword = `without.${armed.email}`;
  await addTestUser(world.test, { email: noPassword });
  return [
    ['unknown', `nobody.${armed.email}`, OWN],
    ['no address', 'not an address', OWN],
    ['wrong password', armed.email, 'wrong'],
    ['outsider with the temporary password', armed.outsider, TEMPORARY],
    ['outsider, wrong', armed.outsider, 'wrong'],
    ['without a password', noPassword, ''],
    ['expired', expired.email, TEMPORARY],
    ['revoked', revoked.email, TEMPORARY],
    ['suspended', suspended.email, TEMPORARY],
    ['flag off', off.email, TEMPORARY],
    ['rolled back', rolledBack.email, TEMPORARY],
    ['to be confirmed by e-mail', confirmed.email, TEMPORARY],
  ];
}

const isAlike = (all: readonly Seen[]): boolean =>
  new Set(all.map(({ answer }) => answer)).size === 1 && all.every(({ verifies }) => verifies === 1) && new Set(all.map(({ statements }) => statements.length)).size === 1;

describe('accounts that are refused', () => {
  it('give the same answer after one password check and as many round trips, whatever they are', async () => {
    const all = await seen(signIn, await refusedKinds());
    expect(all.filter((one) => one.verifies !== 1 || one.statements.length !== 2)).toEqual([]);
    expect(new Set(all.map(({ answer }) => answer))).toEqual(new Set(['["invalid_credentials",{}]']));
    expect(isAlike(all)).toBe(true);
  });

  it.each([
    ['checks no password where there is no account', async (facts: unknown) => facts === null],
    ['judges the state before the password', async (facts: { readonly migration_id: string | null; readonly is_credential_live: boolean } | null) => facts !== null && facts.migration_id !== null && !facts.is_credential_live],
  ] as const)('are told apart by a design that %s', async (_what, refusesEarly) => {
    const mutant: SignIn = async (deps, request) => {
      const attempt = attemptOf(deps.secretKey, request.email, freshAddress());
      const found = await lookUpSignIn(deps.store, attempt, { email: request.email, validationKeyHash: null }, deps.limits);
      if (found.admitted && (await refusesEarly(found.facts))) throw new Refusal('invalid_credentials');
      return signIn(deps, request);
    };
    expect(isAlike(await seen(mutant, await refusedKinds()))).toBe(false);
  });
});

describe('people outside every cohort', () => {
  it('ask the same of the database, and get the same, before there is any migration and while one is under way', async () => {
    const other = await startSignInWorld();
    try {
      const email = 'somebody@example.org';
      await addTestUser(other.test, { email, passwordHash: other.ownHash });
      const walk = async (): Promise<unknown> => {
        other.statements.length = 0;
        const before = other.verifications();
        const right = await other.login(email, OWN, { address: freshAddress() });
        const wrong = await other.login(email, 'wrong', { address: freshAddress() });
        const me = await other.me(String(right.body['session_token']));
        return { statements: [...other.statements], verifies: other.verifications() - before, right: [right.status, right.body['password_reset_required'], [...right.headers.keys()]], wrong: [wrong.status, wrong.text], me: me.text };
      };
      const without = await walk();
      await other.prepare();
      expect(await walk()).toEqual(without);
      expect(without).toMatchObject({ statements: ['sign-in-look-up', 'open-full-session', 'sign-in-look-up', 'end-refused-attempt', 'transaction'], verifies: 2 });
    } finally {
      await other.close();
    }
  });
});

describe('the right temporary password tried over many accounts from one address', () => {
  const accounts = proofSize({ short: 70, full: 1000 });

  it('is stopped by the breaker, which locks nobody else out', async () => {
    const spread = await startSignInWorld();
    try {
      const prepared = await spread.prepare();
      const emails = [prepared.email, ...Array.from({ length: accounts - 1 }, (_, index) => `victim${String(index)}@example.org`)];
      for (const email of emails.slice(1)) await addTestUser(spread.test, { email, passwordHash: spread.ownHash });
      const replies: Reply[] = [];
      for (let start = 0; start < emails.length; start += 20) replies.push(...(await Promise.all(emails.slice(start, start + 20).map(async (email) => spread.login(email, TEMPORARY, { address: '10.66.6.6' })))));
      const count = (status: number): number => replies.filter((reply) => reply.status === status).length;
      expect([count(200) + count(401), count(429)]).toEqual([50, accounts - 50]);
      expect(spread.alerts.map(({ kind }) => kind)).toEqual(['address_blocked']);
      expect(replies.filter(({ status }) => status === 429).every(({ retryAfter }) => Number(retryAfter) > 0 && Number(retryAfter) <= 600)).toBe(true);
      for (const email of [emails.at(-1) ?? '', emails[1] ?? '', prepared.outsider]) expect((await spread.login(email, OWN, { address: freshAddress() })).status, email).toBe(200);
      expect((await spread.login(prepared.email, TEMPORARY, { address: freshAddress() })).status, 'the cohort goes on').toBe(200);
      expect(await spread.test.asLogin('select suspended_at from temp_credentials'), 'the credential is not suspended').toEqual([{ suspended_at: null }]);
    } finally {
      await spread.close();
    }
  });

  it('would shut the whole cohort out by a design that suspends the word first', async () => {
    const mutant = await startSignInWorld({ limits: { openingsAMinute: 1, refusalsAMinute: 1 } });
    try {
      const prepared = await mutant.prepare();
      const other = `other.${prepared.email}`;
      await armTestUsers(mutant.test, prepared.migration, [{ email: other, userId: await addTestUser(mutant.test, { email: other }) }]);
      for (const email of [prepared.email, other]) await mutant.login(email, 'wrong', { address: '10.66.6.6' });
      expect((await mutant.login(prepared.email, TEMPORARY, { address: freshAddress() })).status).toBe(401);
    } finally {
      await mutant.close();
    }
  });
});
