import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { createApp } from '../../server/app.ts';
import { createPasswordHashing, type PasswordHashing } from '../../server/auth/password-hashing.ts';
import type { SignInAlert, SignInOutcome } from '../../server/auth/sign-in-watch.ts';
import type { AuthDeps } from '../../server/auth/auth-deps.ts';
import { temporaryPasswordHmac } from '../../server/auth/temporary-password.ts';
import { issueValidationKeys } from '../../server/auth/validation-keys.ts';
import { defaultSignInLimits, type SignInLimits } from '../../server/config/config-file.ts';
import { Refusal } from '../../server/guards/refusal.ts';
import { authRoutes } from '../../server/routes/auth.ts';
import type { Store } from '../../server/store/store.ts';
import { addTestUser, armTestUsers, declareTestMigration, openTestStore, type TestStore } from './test-store.ts';

/** The password of everybody's own. */
export const OWN = 'my own old password';
export const TEMPORARY = 'for the whole cohort 1!';
/** The one that a reset sets. */
export const FRESH = 'a password nobody knows';

export type Reply = { readonly status: number; readonly text: string; readonly body: Record<string, unknown>; readonly retryAfter: string | null; readonly headers: Headers };

/** A migration of its own with one armed customer, and somebody outside. */
export type Prepared = {
  readonly migration: string;
  readonly flag: string;
  readonly email: string;
  readonly userId: string;
  readonly outsider: string;
  readonly outsiderId: string;
  readonly credentialId: string;
  readonly run: { readonly runId: string; readonly cohort: string; readonly planHash: string };
};

export type SignInWorld = {
  readonly test: TestStore;
  readonly base: string;
  /** What the routes are made of, for designs that a proof must catch. */
  readonly deps: AuthDeps;
  /** What sign-in asked of the database, by name, in order. */
  readonly statements: string[];
  readonly secretKey: Uint8Array;
  /** An argon2id hash of {@link OWN}. */
  readonly ownHash: string;
  /** One of another password; not counted. */
  readonly ownHashOf: (password: string) => Promise<string>;
  /** Password checks done so far. */
  readonly verifications: () => number;
  /** Passwords hashed so far. */
  readonly hashes: () => number;
  /** What happens in every password check from now on, before it is made; nothing without it. */
  readonly setDuringCheck: (work?: () => Promise<unknown>) => void;
  /** How often sign-in said that a link is waiting. */
  readonly linksAsked: () => number;
  readonly outcomes: SignInOutcome[];
  readonly alerts: SignInAlert[];
  /** Makes the server as busy as it may be, or takes that back. */
  readonly setBusy: (isBusy: boolean) => void;
  /** Each prepared migration calls from an address of its own, so that no limit of one touches another. */
  readonly call: (method: string, path: string, options?: { readonly body?: unknown; readonly token?: string; readonly address?: string }) => Promise<Reply>;
  readonly login: (email: string, password: string, more?: { readonly key?: string; readonly address?: string }) => Promise<Reply>;
  readonly setPassword: (token: string, password?: string) => Promise<Reply>;
  readonly me: (token: string) => Promise<Reply>;
  readonly prepare: () => Promise<Prepared>;
  /** Makes the armed customer a test user whose validation is open; gives the key. */
  readonly openTestSet: (prepared: Prepared) => Promise<string>;
  readonly customer: (userId: string) => Promise<Record<string, unknown>>;
  readonly eventsOf: (userId: string) => Promise<readonly Record<string, unknown>[]>;
  readonly close: () => Promise<void>;
};

/** Sign-in's own routes over loopback, on a database of their own. Failures of the server are thrown. */
export async function startSignInWorld(options: { readonly limits?: Partial<SignInLimits>; readonly hashing?: PasswordHashing } = {}): Promise<SignInWorld> {
  const test = await openTestStore();
  const secretKey = new TextEncoder().encode('a key outside the database');
  const hashing = options.hashing ?? createPasswordHashing();
  const ownHash = await hashing.hash(OWN);
  const outcomes: SignInOutcome[] = [];
  const alerts: SignInAlert[] = [];
  let verifications = 0;
  let hashes = 0;
  let duringCheck: (() => Promise<unknown>) | undefined;
  let count = 0;
  let isBusy = false;
  let linksAsked = 0;
  const statements: string[] = [];
  const store: Store = {
    ...test.store,
    runSignIn: async (statement, values) => {
      statements.push(statement.name);
      return test.store.runSignIn(statement, values);
    },
    inSignInTx: async (work) => {
      statements.push('transaction');
      return test.store.inSignInTx(work);
    },
  };
  const deps: AuthDeps = {
    store,
    secretKey,
    limits: { ...defaultSignInLimits, ...options.limits },
    hashing: {
      hash: async (password) => {
        hashes += 1;
        return hashing.hash(password);
      },
      verify: async (passwordHash, password) => {
        verifications += 1;
        await duringCheck?.();
        return hashing.verify(passwordHash, password);
      },
      hasRoom: () => !isBusy,
    },
    watch: { attempt: (outcome) => void outcomes.push(outcome), alert: (alert) => void alerts.push(alert) },
    onLinkAsked: () => void (linksAsked += 1),
    pause,
    newId: randomUUID,
    newToken: () => randomBytes(32).toString('base64url'),
  };
  const app = createApp({
    store: test.store,
    readToken: async () => Promise.reject(new Refusal('unauthenticated')),
    trustedProxies: ['127.0.0.1'],
    logFailure: ({ error }) => {
      throw error;
    },
    routes: [authRoutes(deps)],
  });
  const base = await app.listen({ port: 0, host: '127.0.0.1' });

  const call: SignInWorld['call'] = async (method, path, { body, token, address } = {}) => {
    const response = await fetch(`${base}${path}`, {
      method,
      headers: {
        'x-forwarded-for': address ?? `10.1.${String(count)}.1`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const parsed: unknown = text === '' ? {} : JSON.parse(text);
    return { status: response.status, text, body: z.record(z.string(), z.unknown()).parse(parsed), retryAfter: response.headers.get('retry-after'), headers: response.headers };
  };

  return {
    test,
    base,
    deps,
    statements,
    secretKey,
    ownHash,
    ownHashOf: async (password) => hashing.hash(password),
    verifications: () => verifications,
    hashes: () => hashes,
    setDuringCheck: (work) => {
      duringCheck = work;
    },
    linksAsked: () => linksAsked,
    outcomes,
    alerts,
    setBusy: (busy) => {
      isBusy = busy;
    },
    call,
    login: async (email, password, { key, address } = {}) =>
      call('POST', '/auth/login', { body: { email, password, ...(key === undefined ? {} : { validation_key: key }) }, ...(address === undefined ? {} : { address }) }),
    setPassword: async (token, password = FRESH) => call('POST', '/auth/password', { body: { new_password: password }, token }),
    me: async (token) => call('GET', '/me', { token }),
    async prepare() {
      count += 1;
      const migration = `auth-${String(count)}`;
      await declareTestMigration(test, migration);
      const credentialId = randomUUID();
      await test.store.inAdminTx(async (tx) =>
        tx.insertInto('temp_credentials').values({ id: credentialId, migration_id: migration, hmac: temporaryPasswordHmac(secretKey, TEMPORARY), created_by: 'test' }).execute(),
      );
      const email = `armed${String(count)}@example.org`;
      const outsider = `outsider${String(count)}@example.org`;
      const userId = await addTestUser(test, { email, name: 'Ada Armed', passwordHash: ownHash, stripeCustomerId: `cus_${String(count)}` });
      const outsiderId = await addTestUser(test, { email: outsider, name: 'Olga Outside', passwordHash: ownHash });
      const run = await armTestUsers(test, migration, [{ email, userId }]);
      return { migration, flag: `migration.${migration}`, email, userId, outsider, outsiderId, credentialId, run };
    },
    async openTestSet(prepared) {
      const { runId, cohort, planHash } = prepared.run;
      return test.store.inRunnerTx(runId, async (tx) => {
        await tx.insertInto('test_sets').values({ run_id: runId, migration_id: prepared.migration, cohort, plan_hash: planHash, credential_id: prepared.credentialId }).execute();
        await tx.insertInto('test_members').values({ run_id: runId, user_id: prepared.userId, cohort, key: prepared.email, kind: 'email_match' }).execute();
        const keys = await issueValidationKeys(tx, secretKey, runId, [prepared.userId], randomUUID);
        return keys.get(prepared.userId) ?? '';
      });
    },
    customer: async (userId) => (await test.asLogin('select * from users where id = $1', [userId]))[0] ?? {},
    eventsOf: async (userId) =>
      test.asLogin(`select e.state, e.properties, o.state as outbox, o.unique_id from events e join outbox o on o.event_id = e.id where e.user_id = $1 order by e.recorded_at`, [userId]),
    async close() {
      await app.close();
      await test.store.close();
    },
  };
}

/** The session of a reply that opened one. */
export function tokenOf(reply: Reply): string {
  return String(reply.body['session_token']);
}
