import { expect, it } from 'vitest';
import { COMMAND_MIGRATION, commandContextOn } from '../../tests/support/command-context-on.ts';
import { newTestDatabase } from '../../tests/support/test-database.ts';
import { openTestStore } from '../../tests/support/test-store.ts';
import { tempPasswordCommand } from './temp-password.ts';

it('resumes a temporary password that a declared rate has suspended, once, and says so in the audit log; ends one now or later by the clock of the database', async () => {
  const location = await newTestDatabase();
  const test = await openTestStore(location);
  try {
    const { context, printed } = commandContextOn(location);
    const say = async (command: 'set' | 'status' | 'resume' | 'expire', ...options: readonly string[]): Promise<string> => {
      const before = printed.length;
      // A clock that nobody has set: an expiry is counted and judged by the database's.
      await tempPasswordCommand({ ...context, now: () => new Date('1999-01-01T00:00:00Z') }).parseAsync([command, COMMAND_MIGRATION, ...options], { from: 'user' });
      return printed.slice(before).join('\n');
    };
    const minutesLeft = async () => (await test.asLogin('select round(extract(epoch from expires_at - now()) / 60)::int as minutes from temp_credentials where revoked_at is null'))[0]?.['minutes'];
    await say('set');
    expect(await say('resume')).toBe(`The temporary password of ${COMMAND_MIGRATION} is not suspended.`);
    await test.asLogin(`update temp_credentials set suspended_at = now(), suspended_because = 'more sign-ins than declared'`);
    expect(await say('status')).toMatch(/^suspended [^]*more sign-ins than declared/);
    expect(await say('resume')).toBe(`The temporary password of ${COMMAND_MIGRATION} opens accounts again.`);
    expect(await say('status')).toMatch(/^live /);
    expect(await test.asLogin('select route from audit_log order by id')).toEqual([{ route: 'temp-password set' }, { route: 'temp-password resume' }]);

    expect(await say('expire', '--ttl', '2h')).toMatch(/ends \d{4}-.*Z\.$/);
    expect(await minutesLeft()).toBe(120);
    expect(await say('expire')).toBe(`The temporary password of ${COMMAND_MIGRATION} has ended.`);
    expect(await say('status')).toMatch(/^expired /);
    expect(await say('expire', '--ttl', '14d'), 'what has ended is not brought back').toBe(`${COMMAND_MIGRATION} has no temporary password that could expire.`);
    expect(await say('status')).toMatch(/^expired /);
    expect(await say('set', '--ttl', '1h')).toMatch(/is set, until \d{4}-.*Z\. /);
    expect(await minutesLeft()).toBe(60);
  } finally {
    await test.store.close();
  }
});
