import { hash } from 'node:crypto';
import { readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openTestOperator } from '../../operator/operator.testing.ts';
import { JOURNAL_GENESIS_HASH, journalEntryHash, journalEntrySchema } from '../../shared/core/journal-entry.ts';
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

describe('drydock journal export', () => {
  it('prints the chain as lines that follow one another, and of a run alone when asked', async () => {
    const env = { DRYDOCK_HOME: temporaryFolder() };
    await append(env.DRYDOCK_HOME, 6);
    const printed = await drydock(['journal', 'export'], { env });
    const entries = printed.stdout.trimEnd().split('\n').map((line) => journalEntrySchema.parse(JSON.parse(line)));
    expect(entries.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    for (const [index, entry] of entries.entries()) {
      expect(entry.prev_hash).toBe(entries[index - 1]?.hash ?? JOURNAL_GENESIS_HASH);
      expect(entry.hash).toBe(journalEntryHash((text) => hash('sha256', text), entry));
    }
    expect(JSON.parse((await drydock(['journal', 'export', '--json'], { env })).stdout)).toEqual({ entries });
    expect(JSON.parse((await drydock(['journal', 'export', '--run', 'run-1', '--json'], { env })).stdout)).toMatchObject({ entries: [{ seq: 3 }, { seq: 5 }, { seq: 7 }] });
    expect((await drydock(['journal', 'export', '--run', 'another'], { env })).exitCode).toBe(1);

    const file = join(temporaryFolder(), 'journal.jsonl');
    const written = await drydock(['journal', 'export', '--out', file, '--json'], { env });
    expect(JSON.parse(written.stdout)).toEqual({ file, entries: 7, bytes: statSync(file).size });
    expect(readFileSync(file, 'utf8')).toBe(printed.stdout);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const again = await drydock(['journal', 'export', '--out', file], { env });
    expect([again.exitCode, again.stderr]).toEqual([1, expect.stringContaining('nothing is overwritten')]);
    expect(readFileSync(file, 'utf8')).toBe(printed.stdout);
  });
});
