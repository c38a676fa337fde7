import { afterAll, beforeAll, expect, it } from 'vitest';
import { startAdminServer, type AdminServer } from '../../tests/support/admin-server.ts';
import { wayOf } from '../../tests/support/migration-way.ts';

let server: AdminServer;
beforeAll(async () => {
  server = await startAdminServer();
});
afterAll(async () => server.close());

it('a run whose batch runs into the time limit of a statement again and again ends as failed, says so, and has written nothing', { timeout: 60_000 }, async () => {
  const migration = await server.newMigration();
  const way = await wayOf(server, migration);
  const email = `ann@${migration.id}.example.org`;
  await migration.addUser({ email, name: 'Ann' });
  const records = [{ email, full_name: 'Ann', stripe_customer_id: 'cus_ann' }, { email: `bob@${migration.id}.example.org`, full_name: 'Bob', stripe_customer_id: 'cus_bob' }];
  const { planHash } = await way.plan(records);
  await way.tryOut(planHash, records.map((record) => record.email));
  await way.approve(planHash);
  const before = await server.test.asLogin('select u.*, (select count(*) from members) as members from users u order by id');
  // As the database would say it after the limit, without the wait.
  await server.test.asLogin(`create function hangs() returns trigger language plpgsql as $$ begin
    if (select kind from runs where id = new.run_id) = 'execution' then raise exception 'canceling statement due to statement timeout' using errcode = '57014'; end if;
    return new; end $$;
    create trigger hangs before insert on run_items for each row execute function hangs()`);
  const reply = await way.execute(planHash);
  expect(reply.status, reply.text).toBe(202);
  const run = await way.settled(String(reply.body['run_id']));
  expect(run).toMatchObject({ state: 'failed', rows_done: 0, message: expect.stringContaining('time limit of a statement') as unknown });
  expect(await server.test.asLogin('select u.*, (select count(*) from members) as members from users u order by id')).toEqual(before);
});
