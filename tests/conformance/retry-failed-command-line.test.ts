import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { type CommandResult, runCommand } from '../support/command-line.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { preparePlan, recordOf, type PreparedPlan } from '../support/prepared-plan.ts';
import { preparedServerSettings, preparedServerToken } from '../support/prepared-server.ts';
import { builtServer, startServerProcess, type ServerProcess } from '../support/server-process.ts';

/** Rows that failed are made good with the two built programs alone, each step named by the one before it. */
const ROWS = 60;
const REFUSED = [3, 21].map((index) => recordOf(index).email);

const executionSchema = z.object({ run_id: z.string(), state: z.string(), counts: z.object({ applied: z.int(), failed: z.int() }) });
const errorSchema = z.object({ error: z.object({ code: z.string() }) });

let postgres: TestPostgres;
let database: pg.Client;
let world: PreparedPlan;
let server: ServerProcess;
let folder: string;
let writer: string;
let approver: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drydock-retry-'));
  postgres = await startPostgres();
  world = await preparePlan(await postgres.createDatabase(), ROWS);
  server = await startServerProcess(preparedServerSettings(world), builtServer);
  database = new pg.Client({ connectionString: world.url });
  await database.connect();
  await database.query('update feature_flags set enabled = true');
  writer = await preparedServerToken('wendy', ['migration:write']);
  approver = await preparedServerToken('abel', ['migration:approve']);
});
afterAll(async () => {
  await server.stop('SIGKILL');
  await database.end();
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

async function drydock(args: readonly string[], token = writer): Promise<CommandResult> {
  return runCommand('drydock', args, { DRYDOCK_HOME: join(folder, token === writer ? 'writer' : 'approver'), DRYDOCK_TOKEN: token });
}
async function json(args: readonly string[]): Promise<{ readonly exitCode: number | null; readonly value: unknown }> {
  const { exitCode, stdout } = await drydock([...args, '--json']);
  return { exitCode, value: JSON.parse(stdout) };
}

it('retries the failed rows of a plan alone, by the command that the approval names', async () => {
  for (const token of [writer, approver]) expect((await drydock(['env', 'add', 'staging', '--url', server.url], token)).exitCode).toBe(0);
  const execute = ['execute', world.planHash, '--ack-name-matches', String(world.nameOnly.length)];
  // Seen by no planner: the database refuses these two when they are written.
  await database.query(`alter table snapshots add constraint refused check (key not in ('${REFUSED.join("', '")}')) not valid`);
  const first = await json([...execute, '--failure-threshold', '100%']);
  expect(first).toMatchObject({ exitCode: 2, value: { state: 'completed_with_failures', counts: { failed: REFUSED.length } } });
  await database.query('alter table snapshots drop constraint refused');

  const refused = await json([...execute, '--retry-failed']);
  expect([refused.exitCode, errorSchema.parse(refused.value).error.code], 'the first run has spent the approval').toEqual([3, 'approval_required']);
  const approval = await drydock(['approve', world.planHash], approver);
  expect(approval.exitCode, approval.stderr).toBe(0);
  const next = /^Next: drydock (.*)$/m.exec(approval.stdout)?.[1]?.split(' ') ?? [];
  const retried = await json([...next, '--retry-failed']);
  const retry = executionSchema.parse(retried.value);
  expect([retried.exitCode, retry.state, retry.counts]).toMatchObject([0, 'completed', { applied: REFUSED.length, failed: 0 }]);
  const written = await database.query<{ key: string }>('select key from run_items where run_id = $1 order by seq', [retry.run_id]);
  expect(written.rows.map(({ key }) => key)).toEqual(REFUSED);

  expect(executionSchema.parse((await json([...execute, '--retry-failed'])).value).run_id, 'there is nothing more to retry').toBe(retry.run_id);
  expect(executionSchema.parse((await json(execute)).value).run_id).toBe(executionSchema.parse(first.value).run_id);
});
