import { expect, it } from 'vitest';
import { commandContextOn } from '../../tests/support/command-context-on.ts';
import { openTestStore } from '../../tests/support/test-store.ts';
import { newTestDatabase } from '../../tests/support/test-database.ts';
import { tokenCommand } from './token.ts';

it('enters a token that it signs, and a revocation, in the audit log: whose, by whom, and never the token', async () => {
  const location = await newTestDatabase();
  const test = await openTestStore(location);
  try {
    const { context, printed } = commandContextOn(location);
    const run = async (...args: readonly string[]): Promise<void> => void (await tokenCommand(context).parseAsync([...args], { from: 'user' }));
    await run('--sub', 'ann', '--scope', 'migration:read migration:write', '--ttl', '2h');
    await run('revoke', '--sub', 'ann');
    const log = await test.asLogin('select sub, route, detail from audit_log order by id');
    expect(log).toEqual([
      { sub: 'drydock-server:root', route: 'token', detail: { sub: 'ann', jti: expect.any(String) as unknown, scope: 'migration:read migration:write', ttl_seconds: 7200 } },
      { sub: 'drydock-server:root', route: 'token revoke', detail: { sub: 'ann' } },
    ]);
    const behind = async (hours: number): Promise<void> => void (await tokenCommand({ ...context, now: () => new Date(Date.now() - hours * 3_600_000) }).parseAsync(['revoke', '--sub', 'ann'], { from: 'user' }));
    const lead = async () => (await test.asLogin(`select round(extract(epoch from issued_before - now()) / 3600)::int as hours, revoked_at > now() - interval '5 minutes' and revoked_at <= now() as is_now from revoked_tokens`))[0];
    await behind(3);
    expect(await lead(), 'what an issuer has given until now is refused, though this machine is behind').toEqual({ hours: 0, is_now: true });
    await behind(-3);
    expect(await lead(), 'and what this machine has given, though it is ahead').toEqual({ hours: 3, is_now: true });
    const signature = printed[0]?.split('.')[2] ?? '';
    expect(signature).not.toBe('');
    expect(JSON.stringify(await test.asLogin('select * from audit_log'))).not.toContain(signature);
  } finally {
    await test.store.close();
  }
});
