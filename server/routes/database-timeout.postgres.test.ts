import { afterAll, beforeAll, expect, it } from 'vitest';
import { startAdminServer, type AdminServer } from '../../tests/support/admin-server.ts';
import { wayOf } from '../../tests/support/migration-way.ts';
import { newTestDatabase } from '../../tests/support/test-database.ts';
import { openTestStore, type TestStore } from '../../tests/support/test-store.ts';

let server: AdminServer;
let beside: TestStore;
beforeAll(async () => {
  const location = await newTestDatabase();
  beside = await openTestStore(location);
  // What an administrator may have set for a login; connections from here on have it.
  await beside.asLogin(`do $$ begin execute format('alter database %I set statement_timeout = ''500ms''', current_database()); end $$`);
  server = await startAdminServer({ location });
});
afterAll(async () => {
  await server.close();
  await beside.store.close();
});

it('a dry run whose statement runs into the time limit of the database says so and what to do, files nothing, and goes through afterwards', async () => {
  const migration = await server.newMigration();
  const way = await wayOf(server, migration);
  const body = { source_file: 'cohort.csv', source_sha256: 'a'.repeat(64), records: [{ email: 'ann@example.org', full_name: 'Ann', stripe_customer_id: 'cus_ann' }] };
  const key = 'k'.repeat(32);
  const dryRun = async () => server.call('POST', way.path('dry-run'), { token: way.writer, body, key });
  const held = await beside.engine.withConnection('login', async (run) => {
    await run('begin');
    await run('lock table plan_rows in access exclusive mode');
    const reply = await dryRun();
    await run('rollback');
    return reply;
  });
  expect([held.status, held.body], held.text).toMatchObject([503, { code: 'database_timeout', detail: expect.stringContaining('statement_timeout') as unknown }]);
  expect(await beside.asLogin('select from plans union all select from runs')).toEqual([]);
  const again = await dryRun();
  expect(again.status, again.text).toBe(200);
  expect(server.failures.map(String).join()).toContain('statement timeout');
});
