import { randomBytes, randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';
import { z } from 'zod';
import { createPasswordHashing } from '../server/auth/password-hashing.ts';
import { temporaryPasswordHmac } from '../server/auth/temporary-password.ts';
import { startPostgres } from '../tests/support/postgres.ts';
import { type ServerProcess, startServerProcess } from '../tests/support/server-process.ts';
import { armTestUsers, declareTestMigration, openTestStore } from '../tests/support/test-store.ts';
import { median } from './measure.ts';
import type { BenchTable } from './table.ts';

const RUNS = 5;
const SAMPLES = 300;
const IN_FLIGHT_PER_CORE = 4;
/** Fewer than ten attempts on each, as many as the limits let through. */
const ATTEMPTS_AN_ACCOUNT = 8;
const OWN = 'my own old password';
const TEMPORARY = 'for the whole cohort 1!';
const secretKey = randomBytes(32).toString('base64url');

type People = 'cohort' | 'expired' | 'other' | 'wrong';
type Try = { readonly email: string; readonly password: string };

/**
 * `login`: whole sign-ins over HTTP, server and PostgreSQL in processes of their own, against bare argon2id verifies in as
 * many threads. Then one at a time, what each kind of attempt takes: nobody may be told apart by it.
 */
export async function benchLogin(attempts: number): Promise<BenchTable> {
  const postgres = await startPostgres({ durable: true });
  try {
    const url = await postgres.createDatabase();
    const accounts = Math.ceil((attempts * (RUNS + 1) + SAMPLES) / ATTEMPTS_AN_ACCOUNT);
    const hashing = createPasswordHashing();
    await seed(url, await hashing.hash(OWN), accounts);
    const server = await startServer(url);
    try {
      return await measure(server.url, attempts, accounts, hashing);
    } finally {
      await server.stop();
    }
  } finally {
    await postgres.stop();
  }
}

async function measure(url: string, attempts: number, accounts: number, hashing: ReturnType<typeof createPasswordHashing>): Promise<BenchTable> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const tried: Record<People | 'nobody', number> = { cohort: 0, expired: 0, other: 0, wrong: 0, nobody: 0 };
  const person = (people: People): string => `${people}${String((tried[people] += 1) % accounts)}@example.org`;
  const tries: Readonly<Record<string, () => Try>> = {
    'cohort, temporary password': () => ({ email: person('cohort'), password: TEMPORARY }),
    'others, own password': () => ({ email: person('other'), password: OWN }),
  };
  const rates = new Map<string, number[]>();
  const note = (name: string, rate: number): void => void rates.set(name, [...(rates.get(name) ?? []), rate]);
  const ownHash = await hashing.hash(OWN);
  const signInAll = async (make: () => Try): Promise<number> => perSecond(attempts, IN_FLIGHT_PER_CORE * availableParallelism(), async () => expectStatus(await signIn(agent, url, make()), 200));
  for (const make of Object.values(tries)) await signInAll(make);
  for (let run = 0; run < RUNS; run += 1) {
    note('bare argon2id verify', await perSecond(attempts, availableParallelism(), async () => hashing.verify(ownHash, OWN)));
    for (const [name, make] of Object.entries(tries)) note(name, await signInAll(make));
  }
  const kinds: Readonly<Record<string, () => Try>> = {
    'unknown address': () => ({ email: `nobody${String((tried.nobody += 1))}@example.org`, password: OWN }),
    'wrong password': () => ({ email: person('wrong'), password: 'not my own password' }),
    'expired temporary password': () => ({ email: person('expired'), password: TEMPORARY }),
    'armed, temporary password': tries['cohort, temporary password'] ?? unreachable,
    'outside every cohort, own password': tries['others, own password'] ?? unreachable,
  };
  const times = new Map<string, number[]>();
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    for (const [name, make] of Object.entries(kinds)) {
      const attempt = make();
      const begun = performance.now();
      const status = await signIn(agent, url, attempt);
      if (status !== 200 && status !== 401) throw new Error(`${name} was answered with ${String(status)}.`);
      times.set(name, [...(times.get(name) ?? []), performance.now() - begun]);
    }
  }
  agent.destroy();
  const baseline = median(rates.get('bare argon2id verify') ?? []);
  const unknown = median(times.get('unknown address') ?? []);
  return {
    name: 'login',
    about: `${String(attempts)} attempts a run, median of ${String(RUNS)} alternating runs, ${String(availableParallelism())} cores; PostgreSQL with fsync; then ${String(SAMPLES)} attempts of each kind, in turn, one at a time`,
    columns: ['work', 'a second', 'ratio', 'ms', 'against an unknown address'],
    rows: [
      ...[...rates].map(([name, measured]) => [name, median(measured).toFixed(1), (median(measured) / baseline).toFixed(2), '', '']),
      ...[...times].map(([name, measured]) => [name, '', '', median(measured).toFixed(2), `${((median(measured) / unknown - 1) * 100).toFixed(1)} %`]),
    ],
  };
}

function unreachable(): never {
  throw new Error('There is such a try.');
}

function expectStatus(status: number, expected: number): void {
  if (status !== expected) throw new Error(`A sign-in was answered with ${String(status)}.`);
}

/** How many a second, `inFlight` at a time. */
async function perSecond(count: number, inFlight: number, work: () => Promise<unknown>): Promise<number> {
  let left = count;
  const begun = performance.now();
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (left > 0) {
        left -= 1;
        await work();
      }
    }),
  );
  return count / ((performance.now() - begun) / 1000);
}

let addresses = 0;

/** Each attempt from an address of its own, as customers come: the server believes this machine as its proxy. */
async function signIn(agent: Agent, url: string, attempt: Try): Promise<number> {
  addresses += 1;
  const body = JSON.stringify(attempt);
  const from = `10.${String((addresses >> 16) & 255)}.${String((addresses >> 8) & 255)}.${String(addresses & 255)}`;
  return new Promise((resolve, reject) => {
    const sent = request(`${url}/auth/login`, { method: 'POST', agent, headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), 'x-forwarded-for': from } }, (reply) => {
      reply.resume();
      reply.on('end', () => resolve(reply.statusCode ?? 0));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** People of each kind, and two migrations: one whose temporary password is live and one whose has expired. */
async function seed(url: string, ownHash: string, accounts: number): Promise<void> {
  const test = await openTestStore({ kind: 'postgres', url });
  try {
    for (const people of ['cohort', 'expired', 'other', 'wrong'] satisfies People[]) {
      await test.asLogin(
        `with made as (insert into users (id, full_name, name_key, password_hash)
           select gen_random_uuid(), $1 || n, $1 || n, $2 from generate_series(0, $3::int - 1) n returning id, full_name)
         insert into user_emails (email, user_id, kind) select full_name || '@example.org', id, 'primary' from made`,
        [people, ownHash, accounts],
      );
    }
    for (const people of ['cohort', 'expired'] satisfies People[]) {
      await declareTestMigration(test, people);
      const rows = z.array(z.object({ email: z.string(), userId: z.string() })).parse(await test.asLogin(`select email, user_id as "userId" from user_emails where email like $1 || '%'`, [people]));
      await armTestUsers(test, people, rows);
      const expiresAt = people === 'expired' ? new Date(0) : null;
      await test.store.inAdminTx(async (tx) => {
        const hmac = temporaryPasswordHmac(new TextEncoder().encode(secretKey), TEMPORARY);
        await tx.insertInto('temp_credentials').values({ id: randomUUID(), migration_id: people, hmac, created_by: 'bench', expires_at: expiresAt }).execute();
      });
    }
    await test.asLogin('analyze');
  } finally {
    await test.store.close();
  }
}

async function startServer(databaseUrl: string): Promise<ServerProcess> {
  const migration = (id: string): unknown => ({ id, playbook: 'account-prep', title: id, flag: `migration.${id}`, settings: { cohort_tag: `${id}-csv` } });
  return startServerProcess({
    DRYDOCK_DATABASE_URL: databaseUrl,
    DRYDOCK_JWT_SECRET: randomBytes(32).toString('base64url'),
    DRYDOCK_SECRET_KEY: secretKey,
    DRYDOCK_RECEIPT_KEY: randomBytes(32).toString('base64'),
    DRYDOCK_CONFIG: JSON.stringify({ environment: { id: 'bench', name: 'Bench', kind: 'staging' }, migrations: ['cohort', 'expired'].map(migration), trusted_proxies: ['127.0.0.1'] }),
  });
}
