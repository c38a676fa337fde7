import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startAdminServer } from '../support/admin-server.ts';
import { wayOf } from '../support/migration-way.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { preparePlan, type PreparedPlan, recordOf } from '../support/prepared-plan.ts';
import { preparedServerSettings, preparedServerToken } from '../support/prepared-server.ts';
import { proofSize } from '../support/proof-size.ts';
import { firstDifferences, runEffects } from '../support/run-effects.ts';
import { startServerProcess, type ServerProcess } from '../support/server-process.ts';

/**
 * Three server processes share one PostgreSQL. The one at work is killed with -9 three times in a run's middle, each
 * time in the middle of a batch; the others go on. What is there afterwards is what an undisturbed run leaves, row by row.
 */
const ROWS = proofSize({ short: 1_200, full: 20_000 });
const KILLS = 3;

let postgres: TestPostgres;
let admin: pg.Client;
/** A server process, and how its connections are called in `pg_stat_activity`. */
type Named = ServerProcess & { readonly name: string };
const processes: Named[] = [];

beforeAll(async () => {
  postgres = await startPostgres();
  admin = new pg.Client({ connectionString: postgres.url() });
  await admin.connect();
});
afterAll(async () => {
  for (const server of processes) await server.stop('SIGKILL');
  await admin.end();
  await postgres.stop();
});

async function startNamed(name: string, settings: Readonly<Record<string, string>>): Promise<Named> {
  return { ...(await startServerProcess({ ...settings, PGAPPNAME: name })), name };
}

async function call(server: Named, method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
  const token = await preparedServerToken('wendy', ['migration:write']);
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json', 'idempotency-key': randomUUID() }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const reply: unknown = await response.json();
  if (response.status >= 300) throw new Error(JSON.stringify(reply));
  return { ...(typeof reply === 'object' ? reply : {}) };
}

/** The same plan on a database of its own, executed by one server that nobody disturbs. */
async function undisturbed(world: PreparedPlan): Promise<readonly string[]> {
  const source = new URL(world.url).pathname.slice(1);
  await admin.query(`create database undisturbed template ${source}`);
  const server = await startAdminServer({ location: { kind: 'postgres', url: postgres.url('undisturbed') } });
  try {
    const way = await wayOf(server, { id: world.migrationId, flag: '', tag: '', addUser: () => Promise.reject(new Error('nobody is added')) });
    const reply = await way.execute(world.planHash, { acknowledged: world.nameOnly });
    const runId = String(reply.body['run_id']);
    await way.settled(runId);
    return ofTheRun(await runEffects(server.test.asLogin, runId));
  } finally {
    await server.close();
  }
}

/** Without the people of the migration beside it, who are written in one of the two databases alone. */
function ofTheRun(lines: readonly string[]): readonly string[] {
  return lines.filter((line) => !/^user \S+@beside/.test(line));
}

/** Holds a customer of that place, as somebody who changes them would: a batch that comes to them waits in its middle. */
async function hold(databaseUrl: string, place: number): Promise<pg.Client> {
  const holder = new pg.Client({ connectionString: databaseUrl });
  await holder.connect();
  await holder.query('begin');
  await holder.query('select u.id from users u join user_emails e on e.user_id = u.id where e.email = $1 for update of u', [recordOf(place - (place % 10)).email]);
  return holder;
}

/** Waits until a batch waits for the holder, kills the process whose batch that is, and lets go. Gives the name of the process. */
async function killAtWork(holder: pg.Client): Promise<string> {
  const pid = (await holder.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid;
  for (;;) {
    // On another connection: inside a transaction the view would stay as it was at first sight.
    const { rows } = await admin.query<{ name: string }>('select application_name as name from pg_stat_activity where $1 = any (pg_blocking_pids(pid))', [pid]);
    const server = processes.find(({ name }) => name === rows[0]?.name);
    if (server !== undefined) {
      await server.stop('SIGKILL');
      await holder.end();
      return server.name;
    }
    await wait(10);
  }
}

it(`takes a run of ${String(ROWS)} rows over ${String(KILLS)} times, and leaves what an undisturbed run leaves, while another migration's run goes on`, { timeout: 600_000 }, async () => {
  const world = await preparePlan(await postgres.createDatabase(), ROWS, { besideRows: 120 });
  const expected = await undisturbed(world);
  const settings = preparedServerSettings(world);
  const started = await Promise.all([1, 2, 3].map(async (number) => startNamed(`server-${String(number)}`, settings)));
  processes.push(...started);
  const [first] = started;
  if (first === undefined) throw new Error('no server started');

  const database = new pg.Client({ connectionString: world.url });
  await database.connect();
  await database.query('update feature_flags set enabled = true');

  const holders = await Promise.all(Array.from({ length: KILLS }, async (_, kill) => hold(world.url, Math.floor((ROWS * (kill + 1)) / (KILLS + 1)))));
  const beside = await call(first, 'POST', `/admin/migration/${world.beside.migrationId}/execute`, { plan_hash: world.beside.planHash, rows_per_second: 8 });
  const { run_id: runId } = await call(first, 'POST', `/admin/migration/${world.migrationId}/execute`, { plan_hash: world.planHash, acknowledged: world.nameOnly, rows_per_second: ROWS / 8 });
  try {
    const killed: string[] = [];
    for (const [kill, holder] of holders.entries()) {
      killed.push(await killAtWork(holder));
      processes.push(await startNamed(`server-${String(4 + kill)}`, settings));
    }
    expect(new Set(killed).size, 'three different processes were killed at work').toBe(KILLS);

    const alive = processes.filter(({ name }) => !killed.includes(name));
    const [reader] = alive;
    if (reader === undefined) throw new Error('no server is left');
    for (const id of [String(runId), String(beside['run_id'])]) {
      for (let after = 0, isOver = false; !isOver; ) {
        const page = await call(reader, 'GET', `/admin/runs/${id}/items?wait=10&limit=1000&after=${String(after)}`);
        isOver = page['next_cursor'] === null;
        if (!isOver) after = Number(page['next_cursor']);
      }
    }
    const asLogin = async (text: string, values?: readonly unknown[]): Promise<readonly Record<string, unknown>[]> => (await database.query<Record<string, unknown>>(text, [...(values ?? [])])).rows;
    const found = ofTheRun(await runEffects(asLogin, String(runId)));
    expect(firstDifferences(expected, found)).toEqual([]);
    expect(found.length).toBe(expected.length);
    expect(found[0]).toContain(`"applied": ${String(ROWS - 3)}`);
    expect(await call(reader, 'GET', `/admin/runs/${String(beside['run_id'])}`)).toMatchObject({ state: 'completed', rows_done: 120 });
    for (const server of alive) expect(await server.stop('SIGTERM'), `${server.name} ends politely\n${server.log().join('\n')}`).toBe(0);
  } finally {
    await database.end();
  }
});
