import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { processContext } from './cli-commands/command-context.ts';
import { runServerProgram } from './program.ts';

const MIGRATION = '2025-08-09';
const WORD = 'a word for the whole cohort 1!';
const errorSchema = z.strictObject({ error: z.strictObject({ code: z.string(), title: z.string().min(1), detail: z.string().min(1), request_id: z.null() }) });

/** A whole and proper call of each command that opens a database. */
const commands: readonly (readonly string[])[] = [
  ['start'],
  ['migrate'],
  ['token', 'revoke', '--sub', 'ann'],
  ['flag', 'list'],
  ['flag', 'on', 'migration.m_enabled'],
  ['temp-password', 'set', MIGRATION],
  ['temp-password', 'expire', MIGRATION],
  ['temp-password', 'revoke', MIGRATION],
  ['temp-password', 'resume', MIGRATION],
  ['temp-password', 'status', MIGRATION],
  ['events', 'list', MIGRATION],
  ['events', 'replay', MIGRATION, '--all'],
  ['audit'],
  ['purge', MIGRATION, '--yes'],
  ['rollback', MIGRATION, '--all'],
];

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-program-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A command line of the server with these settings beside good ones; nobody sits there to be asked. */
async function run(args: readonly string[], changes: Readonly<Record<string, string>> = {}) {
  const printed: string[] = [];
  const notes: string[] = [];
  const migration = { id: MIGRATION, playbook: 'account-prep', title: 'Downgraded subscribers', flag: 'migration.m_enabled', settings: { cohort_tag: '2025-08-09-csv' } };
  const env = {
    DRYDOCK_CONFIG: JSON.stringify({ environment: { id: 'acme-staging', name: 'Acme staging', kind: 'staging' }, migrations: [migration] }),
    DRYDOCK_DATA: '/dev/null/nowhere',
    DRYDOCK_JWT_SECRET: 'j'.repeat(32),
    DRYDOCK_SECRET_KEY: 's'.repeat(32),
    DRYDOCK_RECEIPT_KEY: Buffer.alloc(32, 7).toString('base64'),
    DRYDOCK_TEMP_PASSWORD: WORD,
    ...changes,
  };
  const exitCode = await runServerProgram(args, { ...processContext(), settings: { env, readFile: () => '' }, ask: async () => null, print: (text) => void printed.push(text), note: (text) => void notes.push(text) });
  return { exitCode, printed, notes };
}

/** The same with `--json`, which prints exactly one document whatever becomes of it. */
async function errorOf(args: readonly string[], changes?: Readonly<Record<string, string>>) {
  const { exitCode, printed, notes } = await run([...args, '--json'], changes);
  expect([printed.length, notes]).toEqual([1, []]);
  return { exitCode, ...errorSchema.parse(JSON.parse(printed[0] ?? '')).error };
}

describe('a bad setting', () => {
  it.each([...commands, ['practice']])('that names no folder to work in stops %j with one line that names it, 64, and one document with --json', async (...args) => {
    const { exitCode, printed, notes } = await run(args);
    expect([exitCode, printed]).toEqual([64, []]);
    expect(notes).toEqual([expect.stringMatching(/^DRYDOCK_DATA: the folder \/dev\/null\/nowhere cannot be used \(ENOTDIR\)[^\n]*$/)]);
    expect(await errorOf(args)).toMatchObject({ exitCode: 64, code: 'bad_setting', detail: notes[0] });
  });

  it('is a file where a folder should be, or a folder that nothing can be opened in', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'file'), 'three years');
    mkdirSync(join(folder, 'closed', 'lock.sqlite'), { recursive: true });
    expect((await run(['flag', 'list'], { DRYDOCK_DATA: join(folder, 'file') })).notes).toEqual([expect.stringMatching(/^DRYDOCK_DATA: [^\n]+\(EEXIST\)[^\n]+$/)]);
    expect((await run(['flag', 'list'], { DRYDOCK_DATA: join(folder, 'closed') })).notes).toEqual([expect.stringMatching(/^DRYDOCK_DATA: [^\n]+\(SQLITE_CANTOPEN[A-Z_]*\)[^\n]+$/)]);
  });

  it.each(commands)('is an address of a database that cannot be read, told without its password: %j', async (...args) => {
    const { exitCode, printed, notes } = await run(args, { DRYDOCK_DATABASE_URL: 'postgres://owner:ab/cd@host/db' });
    expect([exitCode, printed]).toEqual([64, []]);
    expect(notes).toEqual([expect.stringMatching(/^DRYDOCK_DATABASE_URL: is no address that can be read[^\n]+$/)]);
    expect(notes.join()).not.toMatch(/ab\/cd|owner/);
  });

  it.each([...commands, ['token', '--sub', 'ann', '--scope', 'migration:read']])('is a receipt key that is none, for every command and before anything is opened: %j', async (...args) => {
    const folder = join(temporaryFolder(), 'data');
    expect(await errorOf(args, { DRYDOCK_DATA: folder, DRYDOCK_RECEIPT_KEY: 'not a key' })).toMatchObject({ exitCode: 64, code: 'bad_setting', detail: expect.stringMatching(/^DRYDOCK_RECEIPT_KEY: [^\n]+$/) as unknown });
    expect(existsSync(folder)).toBe(false);
  });
});

describe('wrong usage', () => {
  it.each([
    [],
    ['unheard-of'],
    ['start', 'now'],
    ['migrate', '--no-such-option'],
    ['practice', '--port', 'x'],
    ['token'],
    ['token', '--sub', 'ann', '--scope', 'migration:write:none'],
    ['token', 'revoke'],
    ['flag'],
    ['flag', 'on'],
    ['temp-password', 'set'],
    ['temp-password', 'set', MIGRATION, '--ttl', 'soon'],
    ['events', 'replay', MIGRATION],
    ['audit', '--limit', '0'],
    ['purge', MIGRATION],
    ['rollback', MIGRATION],
    ['rollback', MIGRATION, '--user', 'nobody'],
  ])('%j %j %j %j %j ends with 64: a line for people, and one document with --json, before the command as well', async (...args) => {
    const { exitCode, printed, notes } = await run(args);
    expect([exitCode, printed, notes.length]).toEqual([64, [], 1]);
    expect(await errorOf(args)).toMatchObject({ exitCode: 64, code: 'usage' });
    expect((await run(['--json', ...args])).printed).toHaveLength(1);
  });
});

it('gives help for people and as a document, and --json stands in the help of every command', async () => {
  for (const args of [[], ...commands.map((command) => command.slice(0, 1))]) {
    const help = await run([...args, '--help']);
    expect([help.exitCode, help.notes]).toEqual([0, []]);
    expect(help.printed.join()).toContain('--json');
    const document = await run([...args, '--help', '--json']);
    expect([document.exitCode, JSON.parse(document.printed.join())]).toEqual([0, { help: `${help.printed.join()}\n` }]);
  }
});
