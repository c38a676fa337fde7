import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { itemOutcomeSchema } from '../../shared/core/run-item.ts';
import { addTestUser } from '../../tests/support/test-store.ts';
import { startWholeServer, WHOLE_SERVER_PASSWORD, type WholeServer } from '../../tests/support/whole-server.ts';
import { drydock, type Ended, temporaryFolder } from '../captured-terminal.testing.ts';

const leftOutSchema = z.object({ run_id: z.string().min(1), passed: z.boolean(), members: z.array(z.object({ email: z.string() })), left_out: z.array(z.strictObject({ row: z.int(), email: z.string(), outcome: itemOutcomeSchema, reason: z.string().min(1) })) });

describe('a test run on a server whose customers have changed since the plan', () => {
  let server: WholeServer;
  let env: Record<string, string>;
  beforeAll(async () => {
    server = await startWholeServer({ migrations: ['some', 'all', 'kept'] });
    env = { DRYDOCK_TOKEN: await server.token('olga', ['migration:write']) };
  });
  afterAll(async () => server.stop());

  const cli = (args: readonly string[], more: Record<string, string> = { DRYDOCK_TEMP_PASSWORD: WHOLE_SERVER_PASSWORD }): Promise<Ended> => drydock(args, { env: { ...env, ...more } });

  async function planOf(migration: string, people: readonly string[]): Promise<string> {
    const home = temporaryFolder();
    env['DRYDOCK_HOME'] = home;
    expect((await cli(['env', 'add', 'whole', '--url', server.url])).exitCode).toBe(0);
    const file = join(home, 'people.csv');
    writeFileSync(file, `Name,Email,Stripe ID\n${people.map((name) => `${name},${name}@example.com,cus_${name}1\n`).join('')}`);
    const { stdout } = await cli(['dry-run', file, '--migration', migration, '--json']);
    return z.object({ plan_hash: z.string() }).parse(JSON.parse(stdout)).plan_hash;
  }
  const joinsStaff = async (email: string) => server.test.asLogin(`update users set role = 'staff' where id = (select user_id from user_emails where email = $1)`, [email]);
  const testRuns = async () => server.test.asLogin(`select id from runs where kind = 'test_run'`);

  it('writes nobody where it is to be validated and nobody has said the temporary password', async () => {
    await addTestUser(server.test, { email: 'ann@example.com', name: 'ann' });
    const hash = await planOf('some', ['ann', 'new']);
    const refused = await cli(['test-run', hash, '--validate', '--json'], {});
    expect([refused.exitCode, JSON.parse(refused.stdout)]).toMatchObject([1, { error: { code: 'temporary_password_needed' } }]);
    expect(await testRuns()).toEqual([]);
  });

  it('ends with 2 where a test row has drifted, names it, and advises no approval', async () => {
    const hash = await planOf('some', ['ann', 'new']);
    await joinsStaff('ann@example.com');
    const told = await cli(['test-run', hash, '--validate']);
    expect(told.exitCode, told.stderr).toBe(2);
    expect(told.stdout).toMatch(/row 1 +ann@example\.com +drifted +\S/);
    expect(told.stdout).not.toContain('drydock approve');
    const { exitCode, stdout } = await cli(['test-run', hash, '--validate', '--json']);
    expect([exitCode, leftOutSchema.parse(JSON.parse(stdout))]).toMatchObject([2, { passed: true, members: [{ email: 'new@example.com' }], left_out: [{ row: 1, email: 'ann@example.com', outcome: 'drifted' }] }]);
  });

  it('ends with 2 and the rows where all of them have drifted, though there is nobody to observe', async () => {
    await addTestUser(server.test, { email: 'cal@example.com', name: 'cal' });
    const hash = await planOf('all', ['cal']);
    await joinsStaff('cal@example.com');
    for (const args of [['test-run', hash], ['test-run', hash, '--validate']]) {
      const { exitCode, stdout } = await cli([...args, '--json']);
      expect([exitCode, leftOutSchema.parse(JSON.parse(stdout))]).toMatchObject([2, { passed: false, members: [], left_out: [{ email: 'cal@example.com', outcome: 'drifted' }] }]);
      const told = await cli(args);
      expect([told.exitCode, told.stderr]).toEqual([2, '']);
      expect(told.stdout).toMatch(/row 1 +cal@example\.com +drifted/);
      expect(told.stdout).toContain('Next: do a dry run again');
    }
  });

  it('ends with 2 where a customer changed something meanwhile and was kept, after validation and after --put-back', async () => {
    await addTestUser(server.test, { email: 'dee@example.com', name: 'dee' });
    const hash = await planOf('kept', ['dee']);
    // As if Dee had set a password of her own between validation and re-arm.
    await server.test.asLogin(`create function changed_meanwhile() returns trigger language plpgsql as $$ begin new.left_as := '{}'; return new; end $$`);
    await server.test.asLogin('create trigger changed_meanwhile before insert or update on validation_changes for each row execute function changed_meanwhile()');
    const validated = await cli(['test-run', hash, '--validate', '--json']);
    expect([validated.exitCode, JSON.parse(validated.stdout)]).toMatchObject([2, { passed: true, members: [{ email: 'dee@example.com', kept_changed_since: true }] }]);
    const putBack = await cli(['test-run', hash, '--put-back']);
    expect(putBack.exitCode, putBack.stderr).toBe(2);
    expect(putBack.stdout).toContain('kept: the customer changed something meanwhile');
  });
});
