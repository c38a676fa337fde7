import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Script } from '../../server/store/engine.ts';
import { startAdminServer, type AdminServer } from '../support/admin-server.ts';
import { wayOf, type Way } from '../support/migration-way.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { preparePlan, type PreparedPlan, recordOf } from '../support/prepared-plan.ts';
import { preparedServerSettings } from '../support/prepared-server.ts';
import { proofSize } from '../support/proof-size.ts';
import { previewRollback, startRollback } from '../support/roll-back.ts';
import { firstDifferences, runEffects } from '../support/run-effects.ts';
import { type Holder, holdCustomer, openServerGroup, readToTheEnd, type ServerGroup } from '../support/server-group.ts';

/**
 * A rollback of a whole cohort, on three server processes; the one at work is killed with -9 three times in the middle of a batch. What
 * is there afterwards is what an undisturbed rollback leaves, row by row, and what was there before the run; nobody is put back twice.
 */
const ROWS = proofSize({ short: 600, full: 20_000 });
const KILLS = 3;

let postgres: TestPostgres;
let group: ServerGroup;

beforeAll(async () => {
  postgres = await startPostgres();
  group = await openServerGroup(postgres.url());
});
afterAll(async () => {
  await group.close();
  await postgres.stop();
});

async function onServer<T>(world: PreparedPlan, url: string, engine: 'running' | 'stopped', work: (server: AdminServer, way: Way) => Promise<T>): Promise<T> {
  const server = await startAdminServer({ location: { kind: 'postgres', url }, engine });
  try {
    return await work(server, await wayOf(server, { id: world.migrationId, flag: '', tag: '', addUser: () => Promise.reject(new Error('nobody is added')) }));
  } finally {
    await server.close();
  }
}

async function begin(server: AdminServer, way: Way): Promise<string> {
  const { rollback_hash: rollbackHash } = await previewRollback(server, way, { all: true });
  const reply = await startRollback(server, way, { all: true }, rollbackHash);
  if (reply.status !== 202) throw new Error(reply.text);
  return String(reply.body['run_id']);
}

/** Customers with their addresses and links, as people would find them. */
async function customersOf(asLogin: Script): Promise<readonly string[]> {
  const rows = await asLogin(`select jsonb_build_array(to_jsonb(u), array(select to_jsonb(e) from user_emails e where e.user_id = u.id order by e.email),
    (select s.stripe_customer_id from stripe_links s where s.user_id = u.id))::text as line from users u order by u.id`);
  return rows.map((row) => String(row['line']));
}

it(`takes a rollback of ${String(ROWS)} rows over ${String(KILLS)} times, and leaves what an undisturbed one leaves`, { timeout: 600_000 }, async () => {
  const world = await preparePlan(await postgres.createDatabase(), ROWS);
  const before = await onServer(world, world.url, 'running', async (server, way) => {
    const customers = await customersOf(server.test.asLogin);
    const reply = await way.execute(world.planHash, { acknowledged: world.nameOnly });
    await way.settled(String(reply.body['run_id']));
    return customers;
  });
  const admin = new pg.Client({ connectionString: postgres.url() });
  await admin.connect();
  await admin.query(`create database undisturbed template ${new URL(world.url).pathname.slice(1)}`);
  await admin.end();
  const expected = await onServer(world, postgres.url('undisturbed'), 'running', async (server, way) => {
    const runId = await begin(server, way);
    await way.settled(runId);
    return runEffects(server.test.asLogin, runId);
  });

  // Asked for, and taken up by whichever process looks first.
  const runId = await onServer(world, world.url, 'stopped', begin);
  let left: readonly Holder[] = await Promise.all(Array.from({ length: KILLS }, async (_, kill) => holdCustomer(world.url, recordOf(Math.floor((ROWS * (kill + 1)) / (KILLS + 1) / 10) * 10).email)));
  const settings = preparedServerSettings(world);
  const processes = await Promise.all([1, 2, 3].map(async (number) => group.start(`server-${String(number)}`, settings)));
  const killed: string[] = [];
  for (let kill = 0; kill < KILLS; kill += 1) {
    const end = await group.killAtWork(left);
    left = end.left;
    killed.push(end.killed);
    processes.push(await group.start(`server-${String(4 + kill)}`, settings));
  }
  expect(new Set(killed).size, 'three different processes were killed at work').toBe(KILLS);
  const reader = processes.find(({ name }) => !killed.includes(name));
  if (reader === undefined) throw new Error('no server is left');
  await readToTheEnd(reader, runId);

  const database = new pg.Client({ connectionString: world.url });
  await database.connect();
  try {
    const asLogin: Script = async (text, values) => (await database.query<Record<string, unknown>>(text, [...(values ?? [])])).rows;
    const found = await runEffects(asLogin, runId);
    expect(firstDifferences(expected, found)).toEqual([]);
    expect(found.length).toBe(expected.length);
    expect(found.filter((line) => line.startsWith('put back ')).length).toBeGreaterThan(ROWS / 2);
    expect(found.filter((line) => line.startsWith('removed ')).length).toBeGreaterThan(0);
    // The test users were prepared before; everybody else is as they were, byte for byte.
    const after = new Set(await customersOf(asLogin));
    const others = before.filter((line) => !line.includes('"must_reset_password": true'));
    expect(others.length).toBeGreaterThan(ROWS / 2);
    expect(others.filter((line) => !after.has(line))).toEqual([]);
  } finally {
    await database.end();
  }
});
