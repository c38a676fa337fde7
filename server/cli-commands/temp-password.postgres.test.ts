import { expect, it } from 'vitest';
import { COMMAND_MIGRATION, commandContextOn } from '../../tests/support/command-context-on.ts';
import { newTestDatabase } from '../../tests/support/test-database.ts';
import { openTestStore } from '../../tests/support/test-store.ts';
import { tempPasswordCommand } from './temp-password.ts';

it('resumes a temporary password that a declared rate has suspended, once, and says so in the audit log', async () => {
  const location = await newTestDatabase();
  const test = await openTestStore(location);
  try {
    const { context, printed } = commandContextOn(location);
    const say = async (command: 'set' | 'status' | 'resume'): Promise<string> => {
      const before = printed.length;
      await tempPasswordCommand(context).parseAsync([command, COMMAND_MIGRATION], { from: 'user' });
      return printed.slice(before).join('\n');
    };
    await say('set');
    expect(await say('resume')).toBe(`The temporary password of ${COMMAND_MIGRATION} is not suspended.`);
    await test.asLogin(`update temp_credentials set suspended_at = now(), suspended_because = 'more sign-ins than declared'`);
    expect(await say('status')).toMatch(/^suspended [^]*more sign-ins than declared/);
    expect(await say('resume')).toBe(`The temporary password of ${COMMAND_MIGRATION} opens accounts again.`);
    expect(await say('status')).toMatch(/^live /);
    expect(await test.asLogin('select route from audit_log order by id')).toEqual([{ route: 'temp-password set' }, { route: 'temp-password resume' }]);
  } finally {
    await test.store.close();
  }
});
