import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { createApp } from '../../server/app.ts';
import { createPasswordHashing } from '../../server/auth/password-hashing.ts';
import { temporaryPasswordHmac } from '../../server/auth/temporary-password.ts';
import { defaultSignInLimits } from '../../server/config/config-file.ts';
import { createEngine, type Engine } from '../../server/engine/engine.ts';
import { createTokenReader } from '../../server/guards/token.ts';
import { databaseMetrics } from '../../server/metrics/database-metrics.ts';
import { createServerMetrics } from '../../server/metrics/server-metrics.ts';
import { enterReceiptKey } from '../../server/receipts/receipt-key-history.ts';
import { readReceiptKey } from '../../server/receipts/receipt-key.ts';
import { serverRoutes } from '../../server/routes/server-routes.ts';
import type { StoreLocation } from '../../server/store/open-store.ts';
import { signAdminToken } from '../../server/tokens/admin-token.ts';
import type { ApprovalPolicy } from '../../shared/contract/admin/session.ts';
import type { Scope } from '../../shared/contract/admin/endpoint.ts';
import { addTestUser, declareTestMigration, openTestStore, type TestStore, type TestUser } from './test-store.ts';

export const TEST_ENVIRONMENT = 'test-environment';
export const TEMPORARY_PASSWORD = 'a word for the whole cohort 1!';

export type HttpReply = { readonly status: number; readonly body: Record<string, unknown>; readonly text: string; readonly headers: Headers };

export type AdminServer = {
  readonly test: TestStore;
  readonly app: FastifyInstance;
  readonly engine: Engine;
  readonly base: string;
  /** Failures that the server logged; empty in a good test. */
  readonly failures: unknown[];
  readonly token: (sub: string, scopes: readonly Scope[]) => Promise<string>;
  readonly call: (method: string, path: string, options?: CallOptions) => Promise<HttpReply>;
  /** A migration of its own, its flag on, with a live temporary password. */
  readonly newMigration: () => Promise<TestMigration>;
  readonly close: () => Promise<void>;
};

export type CallOptions = {
  readonly token?: string;
  readonly body?: unknown;
  /** Sent as it is; for bodies that are no JSON. */
  readonly raw?: { readonly type: string; readonly text: string | Uint8Array<ArrayBuffer> };
  /** Null: no key at all. Left out: a fresh one. */
  readonly key?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
};

export type TestMigration = { readonly id: string; readonly flag: string; readonly tag: string; readonly addUser: (user: TestUser) => Promise<string> };

export const relaxedPolicy: ApprovalPolicy = {
  approvals_required: 1,
  requester_may_approve: false,
  approve_before_test_run: false,
  approval_valid_hours: 72,
  plan_stale_share: 0.05,
  rollback_approval_above: null,
  typed_confirmation: false,
};

/** The whole admin API over loopback on a database of its own. `engine: 'stopped'` leaves batches to the test. */
export async function startAdminServer(
  options: { readonly location?: StoreLocation; readonly policy?: Partial<ApprovalPolicy>; readonly engine?: 'running' | 'stopped' } = {},
): Promise<AdminServer> {
  const test = await openTestStore(options.location);
  const secretKey = randomBytes(32);
  const jwtSecret = randomBytes(32);
  const failures: unknown[] = [];
  const engine = createEngine({ store: test.store, logFailure: ({ error }) => void failures.push(error), onSweep: [] });
  const readToken = createTokenReader({ kind: 'secret', secret: jwtSecret }, TEST_ENVIRONMENT, () => new Date());
  const environment = { id: TEST_ENVIRONMENT, name: 'Test', kind: 'staging' } as const;
  const receiptKey = readReceiptKey(randomBytes(32).toString('base64'));
  await test.store.inAdminTx(async (tx) => enterReceiptKey(tx, receiptKey, TEST_ENVIRONMENT));
  const metrics = createServerMetrics(test.store.connections, (_name, error) => void failures.push(error));
  for (const metric of databaseMetrics(test.store)) metrics.add(metric);
  const app = createApp({
    store: test.store,
    readToken,
    trustedProxies: [],
    logFailure: ({ error }) => void failures.push(error),
    requestAnswered: metrics.requestAnswered,
    routes: serverRoutes({
      admin: {
        store: test.store,
        engine,
        environment,
        policy: { ...relaxedPolicy, ...options.policy },
        receiptPublicKey: receiptKey.publicKeyLine,
        secretKey,
        isDeliveryConfigured: false,
        now: () => new Date(),
      },
      auth: { store: test.store, onLinkAsked: () => undefined, secretKey, limits: { ...defaultSignInLimits, breakerAccountsPerAddress: 10_000 }, hashing: createPasswordHashing(), watch: { attempt: metrics.signInEnded, alert: metrics.signInAlert }, pause, newId: randomUUID, newToken: () => randomBytes(32).toString('base64url') },
      receipts: { store: test.store, environment, key: receiptKey, randomBytes },
      readiness: { database: test.store.ping, queue: async () => undefined, isStopping: () => false },
      metrics,
      readToken,
    }),
  });
  if (options.engine !== 'stopped') await engine.start();
  const base = await app.listen({ port: 0, host: '127.0.0.1' });
  let count = 0;

  async function call(method: string, path: string, { token, body, raw, key, headers }: CallOptions = {}): Promise<HttpReply> {
    const isWrite = method !== 'GET' && path.startsWith('/admin');
    const payload: string | Uint8Array<ArrayBuffer> | undefined = raw?.text ?? (body === undefined ? undefined : JSON.stringify(body));
    const response = await fetch(`${base}${path}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(payload === undefined ? {} : { 'content-type': raw?.type ?? 'application/json' }),
        ...(isWrite && key !== null ? { 'idempotency-key': key ?? randomUUID() } : {}),
        ...headers,
      },
      ...(payload === undefined ? {} : { body: payload }),
    });
    const text = await response.text();
    const parsed: unknown = text === '' ? {} : JSON.parse(text);
    return { status: response.status, body: z.record(z.string(), z.unknown()).parse(parsed), text, headers: response.headers };
  }

  return {
    test,
    app,
    engine,
    base,
    failures,
    call,
    token: async (sub, scopes) => signAdminToken(jwtSecret, { environmentId: TEST_ENVIRONMENT, sub, scopes, tokenId: randomUUID(), issuedAt: new Date(), ttlSeconds: 3600 }),
    async newMigration() {
      count += 1;
      const id = `m-${String(count)}`;
      await declareTestMigration(test, id);
      await setTemporaryPassword(test, secretKey, id);
      return { id, flag: `migration.${id}`, tag: `${id}-csv`, addUser: async (user) => addTestUser(test, user) };
    },
    async close() {
      await app.close();
      if (options.engine !== 'stopped') await engine.stop();
      await test.store.close();
    },
  };
}

async function setTemporaryPassword(test: TestStore, secretKey: Uint8Array, migrationId: string): Promise<void> {
  await test.store.inAdminTx(async (tx) =>
    tx.insertInto('temp_credentials').values({ id: randomUUID(), migration_id: migrationId, hmac: temporaryPasswordHmac(secretKey, TEMPORARY_PASSWORD), created_by: 'test' }).execute(),
  );
}
