import { hash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { canonicalRecordLine } from '../../shared/core/cohort.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { preparePlan, recordOf, type PreparedPlan } from '../support/prepared-plan.ts';
import { preparedServerSettings, preparedServerToken } from '../support/prepared-server.ts';
import { builtServer, type ServerProcess, startServerProcess } from '../support/server-process.ts';

/** A server that is asked to stop, as a host or a container does (SIGTERM), costs nobody an answer and no run a row. */
const ROWS = 200;

let postgres: TestPostgres;
let world: PreparedPlan;
let database: pg.Client;
let token: string;
const servers: ServerProcess[] = [];

beforeAll(async () => {
  postgres = await startPostgres();
  world = await preparePlan(await postgres.createDatabase(), ROWS);
  database = new pg.Client({ connectionString: world.url });
  await database.connect();
  token = await preparedServerToken('wendy', ['migration:write']);
}, 120_000);
afterAll(async () => {
  for (const server of servers) await server.stop('SIGKILL');
  await database.end();
  await postgres.stop();
});

async function start(): Promise<ServerProcess> {
  const server = await startServerProcess(preparedServerSettings(world), builtServer);
  servers.push(server);
  await database.query('update feature_flags set enabled = true');
  return server;
}

const runSchema = z.object({ state: z.string(), rows_done: z.int() });

it('answers who is waiting, takes in what is half sent, ends with 0, and leaves its run to the next one', { timeout: 120_000 }, async () => {
  const server = await start();
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': randomUUID() };
  const body = JSON.stringify({ plan_hash: world.planHash, acknowledged: world.nameOnly, rows_per_second: 40 });
  const begun = await fetch(`${server.url}/admin/migration/${world.migrationId}/execute`, { method: 'POST', headers, body });
  const { run_id: runId } = z.object({ run_id: z.string() }).parse(await begun.json());
  const runOn = async (base: string): Promise<z.infer<typeof runSchema>> => runSchema.parse(await (await fetch(`${base}/admin/runs/${runId}`, { headers })).json());
  while ((await runOn(server.url)).rows_done === 0);

  // Behind every item that there will be for a while: it waits for news.
  const waiting = fetch(`${server.url}/admin/runs/${runId}/items?after=${String(ROWS - 1)}&wait=60`, { headers });
  const lines = [0, 1].map((index) => `${canonicalRecordLine({ ...recordOf(index), email: `half.sent.${String(index)}@example.org` })}\n`);
  const sha256 = hash('sha256', lines.join(''));
  const upload = request(`${server.url}/admin/migration/${world.migrationId}/cohorts/${sha256}`, {
    method: 'PUT',
    headers: { authorization: headers.authorization, 'content-type': 'application/x-ndjson', 'idempotency-key': randomUUID() },
  });
  const answered = once(upload, 'response').then(([reply]) => z.object({ statusCode: z.int() }).loose().parse(reply).statusCode);
  upload.write(lines[0]);
  // Its head has been taken in once the server answers somebody who came after it.
  await runOn(server.url);

  const ended = server.stop('SIGTERM');
  const news = await waiting;
  expect([news.status, news.headers.get('connection')]).toEqual([200, 'close']);
  expect(z.object({ items: z.array(z.unknown()) }).parse(await news.json()).items).toEqual([]);
  upload.end(lines[1]);
  expect(await answered).toBe(201);
  expect(await ended).toBe(0);
  expect(server.log().filter((line) => line.includes('"level":"error"') || line.includes('"level":50'))).toEqual([]);
  const { rows } = await database.query<{ state: string }>('select state from runs where id = $1', [runId]);
  expect(rows).toEqual([{ state: 'running' }]);

  const next = await start();
  while ((await runOn(next.url)).state !== 'completed');
  const items = await database.query<{ seq: number }>('select seq::int from run_items where run_id = $1 order by seq', [runId]);
  expect(items.rows.map(({ seq }) => seq)).toEqual(Array.from({ length: ROWS }, (_, place) => place + 1));
  expect(await next.stop('SIGTERM')).toBe(0);
});
