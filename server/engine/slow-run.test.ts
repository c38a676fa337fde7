import { afterAll, beforeAll, expect, it } from 'vitest';
import { startAdminServer, type AdminServer } from '../../tests/support/admin-server.ts';
import { wayOf, type Way } from '../../tests/support/migration-way.ts';

let server: AdminServer;
let way: Way;
let runId: string;

/** A run whose next row is an hour away. */
beforeAll(async () => {
  server = await startAdminServer();
  const migration = await server.newMigration();
  way = await wayOf(server, migration);
  const records = ['ann', 'bob', 'cat'].map((name) => ({ email: `${name}@${migration.id}.example.org`, full_name: `${name} ${migration.id}`, stripe_customer_id: `cus_${migration.id.replaceAll('-', '')}${name}` }));
  const { planHash } = await way.plan(records);
  await way.tryOut(planHash, [records[0]?.email ?? '']);
  await way.approve(planHash);
  const reply = await way.execute(planHash, { rows_per_second: 1 / 3600 });
  if (reply.status !== 202) throw new Error(reply.text);
  runId = String(reply.body['run_id']);
});
afterAll(async () => server.close());

async function ask(what: 'pause' | 'resume' | 'stop'): Promise<void> {
  const reply = await server.call('POST', `/admin/runs/${runId}/${what}`, { token: way.writer });
  expect(reply.status, reply.text).toBe(202);
}

/** Resolves when the run is in that state; only the time limit of the test ends it otherwise. */
async function until(state: string, after: number): Promise<Record<string, unknown>> {
  for (;;) {
    const { body } = await server.call('GET', `/admin/runs/${runId}`, { token: way.reader });
    if (body['state'] === state && Number(body['rows_done']) >= after) return body;
    await server.call('GET', `/admin/runs/${runId}/items?wait=1&after=${String(body['rows_done'])}`, { token: way.reader });
  }
}

it('is paused and resumed while it waits for its pace, not when the wait is over, and takes no row before its time', { timeout: 30_000 }, async () => {
  await until('running', 1);
  await ask('pause');
  await until('paused', 1);
  await ask('resume');
  expect(await until('running', 1)).toMatchObject({ rows_done: 1 });
});

it('is stopped while it waits for its pace', { timeout: 30_000 }, async () => {
  await ask('stop');
  expect(await until('stopped', 1)).toMatchObject({ rows_done: 1 });
  expect(server.failures).toEqual([]);
});
