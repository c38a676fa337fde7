import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { startAdminServer } from '../support/admin-server.ts';
import { wayOf } from '../support/migration-way.ts';
import { type MovingProxy, startMovingProxy } from '../support/moving-proxy.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { preparePlan, recordOf, type PreparedPlan } from '../support/prepared-plan.ts';
import { preparedServerSettings, preparedServerToken } from '../support/prepared-server.ts';
import { proofSize } from '../support/proof-size.ts';
import { firstDifferences, runEffects } from '../support/run-effects.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';

/**
 * The database goes away in the middle of a run, every connection broken at once, and comes back; and somebody holds a customer
 * for longer than a batch waits. The server says that it is not ready, goes on by itself, and leaves what an undisturbed run leaves.
 */
const ROWS = 300;
const OUTAGES = proofSize({ short: 2, full: 20 });
/** Longer than a batch waits for a lock, so that it is given up and done again. */
const HOLDS_MS = proofSize({ short: 0, full: 12_000 });

let postgres: TestPostgres;
let admin: pg.Client;
let world: PreparedPlan;
let expected: readonly string[];
let proxy: MovingProxy;
let server: ServerProcess;

beforeAll(async () => {
  postgres = await startPostgres();
  admin = new pg.Client({ connectionString: postgres.url() });
  await admin.connect();
  world = await preparePlan(await postgres.createDatabase(), ROWS);
  expected = await undisturbed();
  proxy = await startMovingProxy();
  proxy.pointTo(world.url);
  const through = Object.assign(new URL(world.url), { host: new URL(proxy.url).host }).href;
  server = await startServerProcess(preparedServerSettings({ ...world, url: through }));
}, 300_000);
afterAll(async () => {
  await server.stop('SIGKILL');
  await proxy.close();
  await admin.end();
  await postgres.stop();
});

async function undisturbed(): Promise<readonly string[]> {
  await admin.query(`create database undisturbed template ${new URL(world.url).pathname.slice(1)}`);
  const other = await startAdminServer({ location: { kind: 'postgres', url: postgres.url('undisturbed') } });
  try {
    const way = await wayOf(other, { id: world.migrationId, flag: '', tag: '', addUser: () => Promise.reject(new Error('nobody is added')) });
    const runId = String((await way.execute(world.planHash, { acknowledged: world.nameOnly })).body['run_id']);
    await way.settled(runId);
    return await runEffects(other.test.asLogin, runId);
  } finally {
    await other.close();
  }
}

const ready = async (): Promise<number> => (await fetch(`${server.url}/ready`)).status;

async function untilReady(status: number): Promise<void> {
  while ((await ready()) !== status);
}

it(`is told by /ready, and costs the run nothing, ${String(OUTAGES)} times`, { timeout: 600_000 }, async () => {
  const database = new pg.Client({ connectionString: world.url });
  await database.connect();
  await database.query('update feature_flags set enabled = true');
  const token = await preparedServerToken('wendy', ['migration:write']);
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': 'the-key-of-this-proof' };
  const body = JSON.stringify({ plan_hash: world.planHash, acknowledged: world.nameOnly, rows_per_second: ROWS / (OUTAGES * 4) });
  const execute = async (): Promise<string> =>
    z.object({ run_id: z.string() }).parse(await (await fetch(`${server.url}/admin/migration/${world.migrationId}/execute`, { method: 'POST', headers, body })).json()).run_id;
  const runId = await execute();
  const runIs = async (): Promise<{ state: string; done: number }> =>
    (await database.query<{ state: string; done: number }>('select r.state, (select count(*)::int from run_items i where i.run_id = r.id) as done from runs r where r.id = $1', [runId])).rows[0] ?? { state: 'none', done: 0 };

  for (let outage = 1; outage <= OUTAGES; outage += 1) {
    const wanted = Math.floor((ROWS * outage) / (OUTAGES + 1));
    while ((await runIs()).done < wanted);
    proxy.pointTo(null);
    proxy.cut();
    await untilReady(503);
    proxy.pointTo(world.url);
    await untilReady(200);
  }
  if (HOLDS_MS > 0) await holdTheLast(database);
  while ((await runIs()).state !== 'completed');
  const effects = await runEffects(async (text, values) => (await database.query<Record<string, unknown>>(text, [...(values ?? [])])).rows, runId);
  expect(firstDifferences(expected, effects)).toEqual([]);
  expect(effects.length).toBe(expected.length);
  // The very same call again is the same run, whatever happened to the connections.
  expect(await execute()).toBe(runId);
  await database.end();
});

async function holdTheLast(database: pg.Client): Promise<void> {
  await database.query('begin');
  await database.query('select u.id from users u join user_emails e on e.user_id = u.id where e.email = $1 for update of u', [recordOf(ROWS - 10).email]);
  await database.query('select pg_sleep($1)', [HOLDS_MS / 1000]);
  await database.query('commit');
}
