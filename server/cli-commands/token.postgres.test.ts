import { expect, it } from 'vitest';
import { openTestStore } from '../../tests/support/test-store.ts';
import { newTestDatabase } from '../../tests/support/test-database.ts';
import { type CommandContext, processContext } from './command-context.ts';
import { tokenCommand } from './token.ts';

it('enters a token that it signs, and a revocation, in the audit log: whose, by whom, and never the token', async () => {
  const location = await newTestDatabase();
  const test = await openTestStore(location);
  try {
    const env = {
      DRYDOCK_CONFIG: JSON.stringify({
        environment: { id: 'acme-staging', name: 'Acme staging', kind: 'staging' },
        migrations: [{ id: '2025-08-09', playbook: 'account-prep', title: 'Downgraded subscribers', flag: 'migration.csv_2025_08_09_enabled', settings: { cohort_tag: '2025-08-09-csv' } }],
      }),
      DRYDOCK_DATABASE_URL: location.kind === 'postgres' ? location.url : '',
      DRYDOCK_JWT_SECRET: 'j'.repeat(32),
      DRYDOCK_SECRET_KEY: 's'.repeat(32),
      DRYDOCK_RECEIPT_KEY: Buffer.alloc(32, 7).toString('base64'),
    };
    const printed: string[] = [];
    const context: CommandContext = { ...processContext(), settings: { env, readFile: () => '' }, print: (text) => void printed.push(text), osUser: () => 'root' };
    const run = async (...args: readonly string[]): Promise<void> => void (await tokenCommand(context).parseAsync([...args], { from: 'user' }));
    await run('--sub', 'ann', '--scope', 'migration:read migration:write', '--ttl', '2h');
    await run('revoke', '--sub', 'ann');
    const log = await test.asLogin('select sub, route, detail from audit_log order by id');
    expect(log).toEqual([
      { sub: 'drydock-server:root', route: 'token', detail: { sub: 'ann', jti: expect.any(String) as unknown, scope: 'migration:read migration:write', ttl_seconds: 7200 } },
      { sub: 'drydock-server:root', route: 'token revoke', detail: { sub: 'ann' } },
    ]);
    const signature = printed[0]?.split('.')[2] ?? '';
    expect(signature).not.toBe('');
    expect(JSON.stringify(await test.asLogin('select * from audit_log'))).not.toContain(signature);
  } finally {
    await test.store.close();
  }
});
