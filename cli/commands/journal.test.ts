import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openTestOperator } from '../../operator/operator.testing.ts';
import { drydock, temporaryFolder } from '../captured-terminal.testing.ts';

async function append(home: string, count: number): Promise<void> {
  const { operator } = await openTestOperator(home);
  for (let index = 0; index < count; index += 1) operator.parts.journal.append({ kind: 'outcome', payload: { index, run_id: `run-${index % 2}` } });
  await operator.close();
}

describe.each([['erase', 'run-1'], ['import', 'nowhere.sqlite']])('drydock journal %s', (verb, argument) => {
  it('asks nobody where there is no terminal: --yes is to be given', async () => {
    const ended = await drydock(['journal', verb, argument, '--json']);
    expect(ended.exitCode).toBe(64);
    expect(JSON.parse(ended.stdout)).toMatchObject({ error: { code: 'usage' } });
  });
});

describe('drydock journal erase', () => {
  it('of a run that the journal does not know ends with 1 and says so', async () => {
    const ended = await drydock(['journal', 'erase', 'run-1', '--yes', '--json']);
    expect(ended.exitCode).toBe(1);
    expect(JSON.parse(ended.stdout)).toMatchObject({ error: { code: 'unknown_run' } });
  });
});

describe('drydock journal backup and import', () => {
  it('give a lost journal back, and say which entries are missing before they ask', async () => {
    const env = { DRYDOCK_HOME: temporaryFolder() };
    await append(env.DRYDOCK_HOME, 2);
    const backup = join(temporaryFolder(), 'backup.sqlite');
    const made = await drydock(['journal', 'backup', backup, '--json'], { env });
    expect(made.exitCode).toBe(0);
    expect(JSON.parse(made.stdout)).toMatchObject({ file: backup, entries: 3, bytes: statSync(backup).size });
    expect((await drydock(['journal', 'backup', backup], { env })).exitCode).toBe(1);

    await append(env.DRYDOCK_HOME, 1);
    for (const name of readdirSync(env.DRYDOCK_HOME).filter((one) => one.startsWith('journal.sqlite'))) rmSync(join(env.DRYDOCK_HOME, name));
    const asked: string[] = [];
    const declined = await drydock(['journal', 'import', backup], { env, ask: async (question) => (asked.push(question), 'n') });
    expect(declined.exitCode).toBe(3);
    expect(asked).toHaveLength(1);
    expect(declined.stderr).toContain('Entries 4 to 4 will be missing');
    expect(readdirSync(env.DRYDOCK_HOME)).not.toContain('journal.sqlite');

    const imported = await drydock(['journal', 'import', backup, '--yes', '--json'], { env });
    expect(imported.exitCode).toBe(0);
    expect(JSON.parse(imported.stdout)).toMatchObject({ entries: 3, missing: { from: 4, to: 4 }, kept_aside: null });
    const verified = await drydock(['journal', 'verify', '--json'], { env });
    expect(verified.exitCode).toBe(1);
    expect(JSON.parse(verified.stdout)).toMatchObject({ state: 'damaged', damages: [{ kind: 'replaced', seq: 4 }], damages_left_out: 0 });
  });
});
