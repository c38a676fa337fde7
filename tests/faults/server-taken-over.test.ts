import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startAdminServer } from '../support/admin-server.ts';
import { wayOf } from '../support/migration-way.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { preparePlan, type PreparedPlan, recordOf } from '../support/prepared-plan.ts';
import { preparedServerSettings } from '../support/prepared-server.ts';
import { proofSize } from '../support/proof-size.ts';
import { firstDifferences, runEffects } from '../support/run-effects.ts';
import { callServer, type Holder, holdCustomer, openServerGroup, readToTheEnd, type ServerGroup } from '../support/server-group.ts';

/**
 * Three server processes share one PostgreSQL. The one at work is killed with -9 three times in a run's middle, each
 * time in the middle of a batch; the others go on. What is there afterwards is what an undisturbed run leaves, row by row.
 */
const ROWS = proofSize({ short: 1_200, full: 20_000 });
const KILLS = 3;

let postgres: TestPostgres;
let admin: pg.Client;
let group: ServerGroup;

beforeAll(async () => {
  postgres = await startPostgres();
  admin = new pg.Client({ connectionString: postgres.url() });
  await admin.connect();
  group = await openServerGroup(postgres.url());
});
afterAll(async () => {
  await group.close();
  await admin.end();
  await postgres.stop();
});

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

/** Of every ten people the first is known by their address. */
function emailAt(place: number): string {
  return recordOf(place - (place % 10)).email;
}

it(`takes a run of ${String(ROWS)} rows over ${String(KILLS)} times, and leaves what an undisturbed run leaves, while another migration's run goes on`, { timeout: 600_000 }, async () => {
  const world = await preparePlan(await postgres.createDatabase(), ROWS, { besideRows: 120 });
  const expected = await undisturbed(world);
  const settings = preparedServerSettings(world);
  const processes = await Promise.all([1, 2, 3].map(async (number) => group.start(`server-${String(number)}`, settings)));
  const [first] = processes;
  if (first === undefined) throw new Error('no server started');

  const database = new pg.Client({ connectionString: world.url });
  await database.connect();
  await database.query('update feature_flags set enabled = true');

  const holders = await Promise.all(Array.from({ length: KILLS }, async (_, kill) => holdCustomer(world.url, emailAt(Math.floor((ROWS * (kill + 1)) / (KILLS + 1))))));
  const beside = await callServer(first, 'POST', `/admin/migration/${world.beside.migrationId}/execute`, { plan_hash: world.beside.planHash, rows_per_second: 8 });
  const { run_id: runId } = await callServer(first, 'POST', `/admin/migration/${world.migrationId}/execute`, { plan_hash: world.planHash, acknowledged: world.nameOnly, rows_per_second: ROWS / 8 });
  try {
    const killed: string[] = [];
    for (let kill = 0, left: readonly Holder[] = holders; kill < KILLS; kill += 1) {
      const end = await group.killAtWork(left);
      left = end.left;
      killed.push(end.killed);
      processes.push(await group.start(`server-${String(4 + kill)}`, settings));
    }
    expect(new Set(killed).size, 'three different processes were killed at work').toBe(KILLS);

    const alive = processes.filter(({ name }) => !killed.includes(name));
    const [reader] = alive;
    if (reader === undefined) throw new Error('no server is left');
    for (const id of [runId, beside['run_id']]) await readToTheEnd(reader, String(id));
    const asLogin = async (text: string, values?: readonly unknown[]): Promise<readonly Record<string, unknown>[]> => (await database.query<Record<string, unknown>>(text, [...(values ?? [])])).rows;
    const found = ofTheRun(await runEffects(asLogin, String(runId)));
    expect(firstDifferences(expected, found)).toEqual([]);
    expect(found.length).toBe(expected.length);
    expect(found[0]).toContain(`"applied": ${String(ROWS - 3)}`);
    expect(await callServer(reader, 'GET', `/admin/runs/${String(beside['run_id'])}`)).toMatchObject({ state: 'completed', rows_done: 120 });
    for (const server of alive) expect(await server.stop('SIGTERM'), `${server.name} ends politely\n${server.log().join('\n')}`).toBe(0);
  } finally {
    await database.end();
  }
});
