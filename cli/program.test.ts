import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { checkDocumentSchema } from '../shared/core/check-document.ts';
import { drydock, temporaryFolder } from './captured-terminal.testing.ts';

const corpus = fileURLToPath(new URL('../tests/corpus/csv/', import.meta.url));
const errorSchema = z.strictObject({ error: z.strictObject({ code: z.string(), title: z.string().min(1), detail: z.string().min(1), request_id: z.string().nullable() }) });
const HASH = 'a'.repeat(64);

describe('drydock check', () => {
  it.each([
    ['good.csv', 0],
    ['email-missing.csv', 2],
    ['duplicate-exact.csv', 2],
    ['password-column.csv', 1],
    ['nowhere.csv', 1],
  ])('of %s ends with %i and prints its own document alone', async (file, exitCode) => {
    const ended = await drydock(['check', join(corpus, file), '--json']);
    expect(ended.exitCode).toBe(exitCode);
    expect(ended.stderr).toBe('');
    expect(ended.stdout.endsWith('}\n')).toBe(true);
    expect(checkDocumentSchema.parse(JSON.parse(ended.stdout)).file).toBe(file);
  });

  it('says for people what cannot go on, why, and what comes next', async () => {
    const ended = await drydock(['check', join(corpus, 'email-spaces.csv')]);
    expect(ended.stdout).toContain('1 of 2 rows can go on');
    expect(ended.stdout).toMatch(/line 3 +email .*space inside/);
    expect(ended.stdout).toContain('drydock dry-run');
    expect(ended.stdout).not.toContain('bob 1@example.com');
  });

  it('shows control characters of a file as codes', async () => {
    const path = join(temporaryFolder(), 'people.csv');
    writeFileSync(path, 'Name,Email,Stripe ID,\u202eNotes\u0007\nAnn,ann@example.com,cus_A1,\n');
    const { stdout } = await drydock(['check', path]);
    expect(stdout).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
  });

  it('writes the rejects to a new file and never over one', async () => {
    const out = join(temporaryFolder(), 'rejects.csv');
    expect((await drydock(['check', join(corpus, 'email-missing.csv'), '--rejects', out])).exitCode).toBe(2);
    expect(readFileSync(out, 'utf8').trim().split('\r\n')).toHaveLength(4);
    const again = await drydock(['check', join(corpus, 'email-missing.csv'), '--rejects', out, '--json']);
    expect(again.exitCode).toBe(1);
    expect(errorSchema.parse(JSON.parse(again.stdout)).error.code).toBe('output_not_written');
  });

  it('says so where there is no room to work', async () => {
    const home = temporaryFolder();
    vi.stubEnv('TMPDIR', join(home, 'nowhere'));
    onTestFinished(() => void vi.unstubAllEnvs());
    const ended = await drydock(['check', join(corpus, 'good.csv'), '--json'], { env: { DRYDOCK_HOME: home } });
    expect([ended.exitCode, errorSchema.parse(JSON.parse(ended.stdout)).error.code]).toEqual([1, 'check_no_room']);
  });

  it('takes a mapping, a delimiter and an encoding', async () => {
    const path = join(temporaryFolder(), 'people.csv');
    writeFileSync(path, Buffer.from('Who|Email|Stripe ID\nZo\u00eb|zoe@example.com|cus_Z1\n', 'latin1'));
    const ended = await drydock(['check', path, '--map', 'full_name=who', '--delimiter', 'pipe', '--encoding', 'windows-1252', '--json']);
    expect(checkDocumentSchema.parse(JSON.parse(ended.stdout))).toMatchObject({ accepted: 1, columns: { full_name: 'Who' }, file_error: null });
  });

  it('needs no home and leaves nothing behind', async () => {
    const home = join(temporaryFolder(), 'home');
    await drydock(['check', join(corpus, 'good.csv')], { env: { DRYDOCK_HOME: home } });
    expect(existsSync(home)).toBe(false);
  });

  it('ends with 130 on Ctrl-C', async () => {
    const ended = await drydock(['check', join(corpus, 'good.csv'), '--json'], { interrupted: AbortSignal.abort(new Error('interrupted')) });
    expect(ended.exitCode).toBe(130);
    expect(errorSchema.parse(JSON.parse(ended.stdout)).error.code).toBe('interrupted');
  });

  it('draws progress on a terminal alone, and on stderr', async () => {
    const ended = await drydock(['check', join(corpus, 'good.csv'), '--json'], { drawsProgress: true });
    expect(ended.stderr).toContain('Reading 100 %');
    expect(checkDocumentSchema.safeParse(JSON.parse(ended.stdout)).success).toBe(true);
  });
});

describe('wrong usage', () => {
  it.each([
    [[]],
    [['chek']],
    [['check']],
    [['check', 'a.csv', 'b.csv']],
    [['check', 'a.csv', '--no-such-option']],
    [['check', 'a.csv', '--map', 'email']],
    [['dry-run', 'a.csv']],
    [['dry-run', 'a.csv', '--migration', 'm', '--skip', 'nobody']],
    [['execute', 'abc']],
    [['execute', HASH, '--stage', '101%']],
    [['execute', HASH, '--stage', '0']],
    [['execute', HASH, '--ack-name-matches', '-1']],
    [['execute', HASH, '--ack-name-matches', '1.5']],
    [['test-run', HASH.slice(1)]],
    [['env']],
    [['env', 'add', 'Not A Name', '--url', 'http://127.0.0.1:1']],
    [['env', 'add', 'x']],
    [['env', 'token', 'x']],
    [['report', 'export', 'run']],
    [['journal', 'list', '--limit', '0']],
    [['runs', '--env', '--rows']],
    [['--env', 'Not A Name', 'runs']],
    [['ch\u001b[31mek']],
  ])('of %j ends with 64, one error document with --json and one on stderr without', async (args) => {
    const withJson = await drydock([...args, '--json']);
    expect(withJson.exitCode).toBe(64);
    expect(errorSchema.parse(JSON.parse(withJson.stdout)).error.code).toBe('usage');
    const without = await drydock(args);
    expect(without.exitCode).toBe(64);
    expect(without.stdout).toBe('');
    expect(without.stderr).not.toBe('');
    expect(without.stderr).not.toContain('\u001b');
  });
});

describe('help', () => {
  it('is one document with --json, as the version is', async () => {
    expect(JSON.parse((await drydock(['--version', '--json'])).stdout)).toEqual({ version: (await drydock(['--version'])).stdout.trim() });
    const { stdout, exitCode } = await drydock(['check', '--help', '--json']);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ help: (await drydock(['check', '--help'])).stdout });
  });

  it('lists the commands, and every command teaches with an example', async () => {
    const { stdout, exitCode } = await drydock(['--help']);
    expect(exitCode).toBe(0);
    const commands = [...stdout.matchAll(/^ {2}([a-z][a-z-]+) /gm)].flatMap(([, name]) => (name === undefined || name === 'help' ? [] : [name]));
    expect(commands).toEqual(expect.arrayContaining(['check', 'env', 'dry-run', 'test-run', 'approve', 'reject', 'execute', 'runs', 'status', 'report', 'journal', 'serve']));
    for (const command of commands) {
      const help = await drydock([command, '--help']);
      expect(help.exitCode, command).toBe(0);
      expect(help.stdout, command).toMatch(/\$ .*drydock/);
    }
  });
});

describe('a journal that was taken away', () => {
  it('is spoken of by every command, on stderr, and fails verification', async () => {
    const env = { DRYDOCK_HOME: temporaryFolder() };
    await drydock(['env', 'list'], { env });
    expect((await drydock(['env', 'add', 'later', '--url', 'http://127.0.0.1:1'], { env })).stderr).toBe('');
    rmSync(join(env.DRYDOCK_HOME, 'journal.sqlite'));
    const listed = await drydock(['env', 'list', '--json'], { env });
    expect(listed.exitCode).toBe(0);
    expect(listed.stderr).toContain('the journal does not hold');
    expect(JSON.parse(listed.stdout)).toMatchObject({ items: [{ name: 'later' }] });
    const verified = await drydock(['journal', 'verify', '--json'], { env });
    expect(verified.exitCode).toBe(1);
    expect(JSON.parse(verified.stdout)).toMatchObject({ state: 'damaged' });
  });
});

describe('without an environment', () => {
  it.each([[['runs']], [['status', 'x']], [['dry-run', join(corpus, 'good.csv'), '--migration', 'm']], [['approve', HASH]], [['execute', HASH]]])('%j says so, with --json after the command and --env before it', async (args) => {
    const ended = await drydock([...args, '--json']);
    expect(ended.exitCode).toBe(1);
    expect(errorSchema.parse(JSON.parse(ended.stdout)).error.code).toBe('no_environment');
    const named = await drydock(['--env', 'nowhere', ...args, '--json']);
    expect(errorSchema.parse(JSON.parse(named.stdout)).error.code).toBe('no_environment');
  });

  it('lists none, and says what to do', async () => {
    const ended = await drydock(['env', 'list']);
    expect(ended.exitCode).toBe(0);
    expect(ended.stdout).toContain('drydock env add');
    expect(JSON.parse((await drydock(['env', 'list', '--json'])).stdout)).toEqual({ items: [], next_cursor: null });
  });

  it('never takes a token from a person who would have to guess that it waits', async () => {
    const ended = await drydock(['env', 'token', 'practice', '--json'], { input: '' });
    expect(errorSchema.parse(JSON.parse(ended.stdout)).error.code).toBe('no_token');
  });
});
