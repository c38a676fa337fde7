import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAdminServer, type AdminServer } from '../../tests/support/admin-server.ts';
import { wayOf } from '../../tests/support/migration-way.ts';
import { autoRearm } from './auto-rearm.ts';

let server: AdminServer;
beforeAll(async () => {
  server = await startAdminServer({ engine: 'stopped' });
});
afterAll(async () => server.close());

/** A test run whose validation is done and whose customer nobody has put back, so many minutes ago. */
async function leftAlone(minutes: number): Promise<string> {
  const migration = await server.newMigration();
  const way = await wayOf(server, migration);
  const record = { email: `one@${migration.id}.example.org`, full_name: `One of ${migration.id}`, stripe_customer_id: `cus_${migration.id.replace('-', '')}` };
  await migration.addUser({ email: record.email, name: record.full_name, passwordHash: 'their own' });
  const { planHash } = await way.plan([record]);
  const { runId } = await way.tryOut(planHash, [record.email], 'validated');
  await server.test.asLogin(`update test_sets set last_validation_at = now() - make_interval(mins => $2) where run_id = $1`, [runId, minutes]);
  return runId;
}

async function passwordOf(runId: string): Promise<unknown> {
  const [row] = await server.test.asLogin('select u.password_hash from users u join test_members m on m.user_id = u.id where m.run_id = $1', [runId]);
  return row?.['password_hash'];
}

describe('the server by itself', () => {
  it('puts test customers back a quarter of an hour after the last step of their validation, and none sooner', async () => {
    const [sooner, due] = [await leftAlone(14), await leftAlone(16)];
    await autoRearm(server.test)();
    expect(await passwordOf(due)).toBe('their own');
    expect(await passwordOf(sooner)).not.toBe('their own');
  });

  it('puts back all others when one test run cannot be', async () => {
    const runs = [await leftAlone(20), await leftAlone(20), await leftAlone(20)].sort();
    const [first = '', ...others] = runs;
    await server.test.asLogin(`alter table test_sets add constraint stuck check (run_id <> '${first}' or state = 'open') not valid`);
    await expect(autoRearm(server.test)()).rejects.toThrow(AggregateError);
    for (const runId of others) expect(await passwordOf(runId)).toBe('their own');
    await server.test.asLogin('alter table test_sets drop constraint stuck');
    await autoRearm(server.test)();
    expect(await passwordOf(first)).toBe('their own');
  });
});
