import { hash, randomBytes, randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { keepAnswer, takeKey, type KeyedRequest } from '../../server/guards/idempotency.ts';
import { Refusal } from '../../server/guards/refusal.ts';
import { openStore } from '../../server/store/open-store.ts';
import type { AdminTx, Store } from '../../server/store/store.ts';
import { signAdminToken } from '../../server/tokens/admin-token.ts';
import type { Scope } from '../../shared/contract/admin/endpoint.ts';
import { startCuttingProxy, type CuttingProxy, type Fate } from '../support/cutting-proxy.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { proofSize } from '../support/proof-size.ts';
import { runServerCommand, startServerProcess, type ServerProcess } from '../support/server-process.ts';

/**
 * One key, one effect: whatever is sent at once or again, to whichever of two server processes, with answers lost on the
 * way, turned into errors after the commit, or asked for again a week later.
 */
const KEYS = proofSize({ short: 40, full: 1000 });
const AT_ONCE = 8;
const migration = '2025-08-09';
const flag = 'migration.csv_2025_08_09_enabled';
const secret = 'j'.repeat(32);

let postgres: TestPostgres;
let database: pg.Client;
let url: string;
let settings: Record<string, string>;
let servers: ServerProcess[] = [];
let proxies: CuttingProxy[] = [];

beforeAll(async () => {
  postgres = await startPostgres();
  url = await postgres.createDatabase();
  settings = {
    DRYDOCK_CONFIG: JSON.stringify({
      environment: { id: 'acme-proof', name: 'Proof', kind: 'staging' },
      migrations: [{ id: migration, playbook: 'account-prep', title: 'Proof', flag, settings: { cohort_tag: 'proof-csv' } }],
    }),
    DRYDOCK_DATABASE_URL: url,
    DRYDOCK_JWT_SECRET: secret,
    DRYDOCK_SECRET_KEY: 's'.repeat(32),
    DRYDOCK_RECEIPT_KEY: Buffer.alloc(32, 7).toString('base64'),
    DRYDOCK_TEMP_PASSWORD: 'a word for the whole cohort 1!',
  };
  for (const args of [['migrate'], ['flag', 'on', flag]]) {
    const { exitCode, stderr } = await runServerCommand(args, settings);
    if (exitCode !== 0) throw new Error(stderr);
  }
  servers = await Promise.all([startServerProcess(settings), startServerProcess(settings)]);
  let turn = 0;
  const fates: readonly Fate[] = ['lost', 'arrives', 'server_error', 'lost', 'arrives'];
  proxies = await Promise.all(servers.map(async (server) => startCuttingProxy(server.url, () => fates[(turn += 1) % fates.length] ?? 'arrives')));
  database = new pg.Client({ connectionString: url });
  await database.connect();
});
afterAll(async () => {
  await database.end();
  await Promise.all(proxies.map(async (proxy) => proxy.close()));
  await Promise.all(servers.map(async (server) => server.stop('SIGKILL')));
  await postgres.stop();
});

async function token(sub: string, scopes: readonly Scope[]): Promise<string> {
  return signAdminToken(new TextEncoder().encode(secret), { environmentId: 'acme-proof', sub, scopes, tokenId: randomUUID(), issuedAt: new Date(), ttlSeconds: 3600 });
}

type Sent = { readonly path: string; readonly key: string; readonly token: string; readonly body: unknown };
type Got = { readonly status: number; readonly text: string };

/** The answer, or null where its connection was cut. */
async function send(base: string, { path, key, token: bearer, body }: Sent): Promise<Got | null> {
  try {
    const reply = await fetch(`${base}${path}`, { method: 'POST', headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json', 'idempotency-key': key }, body: JSON.stringify(body) });
    return { status: reply.status, text: await reply.text() };
  } catch {
    return null;
  }
}

async function count(sql: string, values: readonly unknown[] = []): Promise<number> {
  const { rows } = await database.query<{ count: number }>(sql, [...values]);
  return rows[0]?.count ?? -1;
}

const codeOf = (got: Got | null): unknown => (got === null ? null : z.object({ code: z.string() }).parse(JSON.parse(got.text)).code);
const record = (number: number) => ({ email: `p${String(number)}@example.org`, full_name: `Person ${String(number)}`, stripe_customer_id: `cus_P${String(number)}` });
const dryRunOf = (number: number) => ({ source_file: `${String(number)}.csv`, source_sha256: hash('sha256', String(number)), records: [record(number)] });

/** Sends one request at once to both servers, directly and through the proxies, and then again until it is answered. */
async function eightTimes(sent: Sent): Promise<{ readonly answer: Got; readonly atOnce: readonly (Got | null)[] }> {
  const places = [...servers, ...proxies].map((place) => place.url);
  const atOnce = await Promise.all(Array.from({ length: AT_ONCE }, async (_each, index) => send(places[index % places.length] ?? '', sent)));
  for (let attempt = 0; ; attempt += 1) {
    const answer = await send(places[attempt % 2] ?? '', sent);
    if (answer !== null && codeOfRefusal(answer) !== 'idempotency_key_in_flight') return { answer, atOnce };
  }
}

function codeOfRefusal(got: Got): unknown {
  return got.status < 400 ? undefined : codeOf(got);
}

describe(`${String(KEYS)} keys, ${String(AT_ONCE)} requests at once each, over two server processes`, () => {
  it('have one effect each, and one answer, whatever became of the answers on the way', { timeout: 1_200_000 }, async () => {
    const wendy = await token('wendy', ['migration:write']);
    const abel = await token('abel', ['migration:approve']);
    const plan = z.object({ plan_hash: z.string() }).parse(JSON.parse((await eightTimes({ path: `/admin/migration/${migration}/dry-run`, key: randomUUID(), token: wendy, body: dryRunOf(0) })).answer.text));
    const kinds = [
      (number: number): Omit<Sent, 'key'> => ({ path: `/admin/migration/${migration}/dry-run`, token: wendy, body: dryRunOf(number) }),
      (number: number): Omit<Sent, 'key'> => ({ path: `/admin/migration/${migration}/approvals`, token: abel, body: { plan_hash: plan.plan_hash, decision: 'approve', comment: `number ${String(number)}` } }),
      (number: number): Omit<Sent, 'key'> => ({ path: '/admin/journal-heads', token: wendy, body: { journal_id: randomUUID(), seq: number, hash: hash('sha256', String(number)) } }),
    ];
    const effects = async (): Promise<number> => (await count('select count(*)::int as count from runs')) + (await count('select count(*)::int as count from approvals')) + (await count('select count(*)::int as count from journal_heads'));
    const before = await effects();
    const keysBefore = await count('select count(*)::int as count from idempotency_keys');
    const lost = { cut: 0, broken: 0, inFlight: 0 };
    const done: { readonly sent: Sent; readonly answer: Got }[] = [];
    for (let number = 1; number <= KEYS; number += 1) {
      const kind = kinds[number % kinds.length];
      if (kind === undefined) throw new Error('there is no such kind');
      const sent = { ...kind(number), key: randomUUID() };
      const { answer, atOnce } = await eightTimes(sent);
      expect(answer.status, answer.text).toBeLessThan(300);
      for (const got of atOnce) {
        if (got === null) lost.cut += 1;
        else if (got.text === 'broken on the way') lost.broken += 1;
        else if (got.status >= 400) {
          expect([got.status, codeOf(got)]).toEqual([409, 'idempotency_key_in_flight']);
          lost.inFlight += 1;
        } else expect(got).toEqual(answer);
      }
      done.push({ sent, answer });
    }
    expect(await effects()).toBe(before + KEYS);
    expect(await count('select count(*)::int as count from idempotency_keys')).toBe(keysBefore + KEYS);
    for (const [what, times] of Object.entries(lost)) expect(times, `${what}: the proof has to meet it`).toBeGreaterThan(0);

    // A week later, to the other process: nothing new, the same bytes; and a key answers no other body.
    await database.query(`update idempotency_keys set created_at = created_at - interval '7 days'`);
    for (const [index, { sent, answer }] of done.entries()) {
      expect(await send(servers[index % 2]?.url ?? '', sent)).toEqual(answer);
      const other = await send(servers[(index + 1) % 2]?.url ?? '', { ...sent, body: kinds[(index + 1) % kinds.length]?.(KEYS + 1).body });
      expect([other?.status, codeOf(other)]).toEqual([422, 'idempotency_key_reused']);
    }
    expect(await effects()).toBe(before + KEYS);
  });

  it('are not in flight for ever when the process that had taken one is killed', async () => {
    const wendy = await token('wendy', ['migration:write']);
    const sent = { path: `/admin/migration/${migration}/dry-run`, key: randomUUID(), token: wendy, body: dryRunOf(100_001) };
    const doomed = await startServerProcess(settings);
    const holder = new pg.Client({ connectionString: url });
    await holder.connect();
    // Whoever plans waits for the migration's flag, with its key taken.
    await holder.query('begin');
    await holder.query('select * from feature_flags where name = $1 for update', [flag]);
    const unanswered = send(doomed.url, sent);
    for (let waiting = 0; waiting === 0; ) waiting = await count(`select count(*)::int as count from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`);
    expect(codeOf(await send(servers[0]?.url ?? '', sent)), 'in flight in another process').toBe('idempotency_key_in_flight');
    await doomed.stop('SIGKILL');
    expect(await unanswered).toBeNull();
    await holder.query('rollback');
    await holder.end();
    const { answer } = await eightTimes(sent);
    expect(answer.status, answer.text).toBe(200);
    expect(await count('select count(*)::int as count from idempotency_keys where key = $1', [sent.key])).toBe(1);
  });

  it('open nothing that the guards have closed meanwhile, though their answer is known', async () => {
    const eve = await token('eve', ['migration:write']);
    const sent = { path: `/admin/migration/${migration}/dry-run`, key: randomUUID(), token: eve, body: dryRunOf(100_002) };
    const first = await send(servers[0]?.url ?? '', sent);
    expect(first?.status).toBe(200);
    expect(await runServerCommand(['flag', 'off', flag], settings)).toMatchObject({ exitCode: 0 });
    for (const server of servers) expect(codeOf(await send(server.url, sent))).toBe('feature_disabled');
    expect(await runServerCommand(['flag', 'on', flag], settings)).toMatchObject({ exitCode: 0 });
    expect(codeOf(await send(servers[1]?.url ?? '', { ...sent, token: await token('eve', ['migration:read']) }))).toBe('insufficient_scope');
    expect(await runServerCommand(['token', 'revoke', '--sub', 'eve'], settings)).toMatchObject({ exitCode: 0 });
    for (const server of servers) expect(codeOf(await send(server.url, sent))).toBe('unauthenticated');
  });
});

/** How a key could be kept; the first is ours, the others are designs that are known to be wrong. */
const designs = {
  'our own': async (store: Store, request: KeyedRequest, effect: (tx: AdminTx) => Promise<void>) =>
    store.inAdminTx(async (tx) => {
      if ((await takeKey(tx, request)) !== undefined) return;
      await effect(tx);
      await keepAnswer(tx, request, { status: 200, body: {} }, undefined);
    }),
  'a key that is kept after the effect has committed': async (store: Store, request: KeyedRequest, effect: (tx: AdminTx) => Promise<void>) => {
    const known = await store.inAdminTx(async (tx) => takeKey(tx, request));
    if (known !== undefined) return;
    await store.inAdminTx(effect);
    await store.inAdminTx(async (tx) => keepAnswer(tx, request, { status: 200, body: {} }, undefined));
  },
  'a key without a lock': async (store: Store, request: KeyedRequest, effect: (tx: AdminTx) => Promise<void>) =>
    store.inAdminTx(async (tx) => {
      const known = await tx.selectFrom('idempotency_keys').select('key').where('sub', '=', request.sub).where('key', '=', request.key).executeTakeFirst();
      if (known !== undefined) return;
      await effect(tx);
      const kept = { sub: request.sub, route: request.route, key: request.key, request_sha256: request.requestSha256, status: 200, response: '{}' };
      await tx.insertInto('idempotency_keys').values(kept).onConflict((conflict) => conflict.doNothing()).execute();
    }),
} as const;

describe('the proof tells', () => {
  it.each([['our own', true], ['a key that is kept after the effect has committed', false], ['a key without a lock', false]] as const)('%s: one effect a key is %s', async (name, isOneEach) => {
    const store = await openStore({ kind: 'postgres', url }, 'check');
    const journal = randomUUID();
    let seq = 0;
    try {
      for (let number = 0; number < 20; number += 1) {
        const request: KeyedRequest = { sub: 'mutant', route: name, key: randomBytes(16).toString('hex'), requestSha256: hash('sha256', name) };
        const effect = async (tx: AdminTx): Promise<void> => {
          seq += 1;
          await tx.insertInto('journal_heads').values({ journal_id: journal, seq, hash: hash('sha256', String(seq)), sub: 'mutant' }).execute();
        };
        await Promise.all(
          Array.from({ length: AT_ONCE }, async () =>
            designs[name](store, request, effect).catch((error: unknown) => {
              // In flight, or beaten to the key: told so, and free to ask again.
              if (!(error instanceof Refusal) && !(error instanceof pg.DatabaseError)) throw error;
            }),
          ),
        );
      }
    } finally {
      await store.close();
    }
    const effects = await count('select count(*)::int as count from journal_heads where journal_id = $1', [journal]);
    if (isOneEach) expect(effects).toBe(20);
    else expect(effects).toBeGreaterThan(20);
  });
});
