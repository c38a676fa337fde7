import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type CommandResult, plainEnvironment, projectFolder, runCommand } from '../../tests/support/command-line.ts';
import { startPracticeServer } from '../../tests/support/practice-server.ts';
import { startPostgres, type TestPostgres } from '../../tests/support/postgres.ts';
import { runServerProgram } from '../program.ts';
import { processContext } from './command-context.ts';

/** The server's own commands, as an administrator runs them: the built program, on both databases. */
const migration = '2025-08-09';
const flag = 'migration.csv_2025_08_09_enabled';
const config = {
  environment: { id: 'acme-staging', name: 'Acme staging', kind: 'staging' },
  migrations: [{ id: migration, playbook: 'account-prep', title: 'Downgraded subscribers', flag, settings: { cohort_tag: '2025-08-09-csv' } }],
};
const temporaryPassword = 'TEMP-word-for-all-1';

let folder = '';
let settings: Record<string, string> = {};
const servers: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drydock-server-'));
  settings = {
    DRYDOCK_CONFIG: JSON.stringify(config),
    DRYDOCK_DATA: join(folder, 'data'),
    DRYDOCK_JWT_SECRET: 'j'.repeat(32),
    DRYDOCK_SECRET_KEY: 's'.repeat(32),
    DRYDOCK_PORT: '0',
  };
});
afterEach(async () => {
  for (const server of servers.splice(0)) server.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

async function run(...args: readonly string[]): Promise<CommandResult> {
  return runCommand('drydock-server', args, settings);
}

/** `start`, until it says where it listens. */
async function start(...options: readonly string[]): Promise<{ readonly url: string; readonly printed: () => string; readonly stop: () => Promise<number | null> }> {
  const child = spawn(join(projectFolder, 'bin', 'drydock-server'), ['start', ...options], { env: { ...plainEnvironment(), ...settings }, stdio: ['ignore', 'pipe', 'pipe'] });
  servers.push(child);
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stderr })) {
    lines.push(line);
    const entry = z.object({ msg: z.string(), url: z.string().optional() }).safeParse(line.startsWith('{') ? JSON.parse(line) : undefined);
    if (entry.data?.msg === 'listening' && entry.data.url !== undefined) return { url: entry.data.url, printed: () => printed, stop: async () => stopped(child) };
  }
  throw new Error(`it ended before it listened:\n${lines.join('\n')}`);
}

async function stopped(child: ChildProcess): Promise<number | null> {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
  return child.exitCode;
}

async function sessionStatus(url: string, token: string): Promise<number> {
  return (await fetch(`${url}/admin/session`, { headers: { authorization: `Bearer ${token}` } })).status;
}

/** The same without a process for each command, which the way on PostgreSQL has: each opens the embedded database anew all the same. */
async function runHere(...args: readonly string[]): Promise<CommandResult> {
  const printed: string[] = [];
  const notes: string[] = [];
  const exitCode = await runServerProgram(args, {
    ...processContext(),
    settings: { env: settings, readFile: () => '' },
    ask: async () => null,
    print: (text) => void printed.push(`${text}\n`),
    note: (text) => void notes.push(`${text}\n`),
  });
  return { exitCode, stdout: printed.join(''), stderr: notes.join('') };
}

/** Some thirty commands one after the other, each opening its database. */
const WAY_TIMEOUT_MS = 180_000;

/** What an administrator does before the first run, and what must come of it. */
async function goesTheAdministratorsWay(run: (...args: readonly string[]) => Promise<CommandResult>): Promise<void> {
  expect(await run('migrate')).toMatchObject({ exitCode: 0, stdout: 'The database schema is up to date.\n' });
  expect(await run('migrate')).toMatchObject({ exitCode: 0 });
  expect((await run('flag', 'list')).stdout).toBe(`off  ${flag}\n`);
  expect(await run('flag', 'on', flag)).toMatchObject({ exitCode: 0 });
  expect((await run('flag', 'list')).stdout).toContain(`on   ${flag}`);
  expect(await run('flag', 'on', 'migration.unheard_of')).toMatchObject({ exitCode: 64 });

  expect((await run('temp-password', 'status', migration)).stdout).toContain('never had');
  settings['DRYDOCK_TEMP_PASSWORD'] = temporaryPassword;
  expect(await run('temp-password', 'set', migration, '--ttl', '14d')).toMatchObject({ exitCode: 0 });
  expect((await run('temp-password', 'status', migration)).stdout).toMatch(/^live {6}set .* until /);
  expect(await run('temp-password', 'expire', migration, '--ttl', '1h')).toMatchObject({ exitCode: 0 });
  expect(await run('temp-password', 'revoke', migration)).toMatchObject({ exitCode: 0 });
  expect((await run('temp-password', 'status', migration)).stdout).toMatch(/^revoked {3}set /);
  expect(await run('temp-password', 'status', 'unheard-of')).toMatchObject({ exitCode: 64 });

  const issued = await run('token', '--sub', 'ann', '--scope', 'migration:read migration:write', '--ttl', '2h');
  const token = issued.stdout.trim();
  const first = await start('--json');
  expect(await sessionStatus(first.url, token)).toBe(200);
  expect(await first.stop()).toBe(0);
  expect(first.printed(), 'its address and nothing else').toBe(`${JSON.stringify({ url: first.url })}\n`);
  expect((await run('temp-password', 'status', migration)).stdout, 'a start brings no revoked credential back (A10)').toMatch(/^revoked .*\n$/);

  expect(await run('token', 'revoke', '--sub', 'ann')).toMatchObject({ exitCode: 0 });
  expect(await run('purge', migration), 'nothing is purged without a terminal or --yes').toMatchObject({ exitCode: 64, stdout: '' });
  expect((await run('purge', migration, '--yes')).stderr).toContain('its flag is on');
  expect(await run('flag', 'off', flag)).toMatchObject({ exitCode: 0 });
  expect((await run('purge', migration, '--yes')).stdout).toContain(`The personal data of ${migration} is gone`);
  expect(await run('flag', 'on', flag)).toMatchObject({ exitCode: 64 });
  const log = z.object({ items: z.array(z.object({ sub: z.string().nullable(), method: z.string(), route: z.string(), status: z.int() })) }).parse(JSON.parse((await run('audit', '--json')).stdout));
  const commands = log.items.filter((entry) => entry.method === 'COMMAND').map((entry) => entry.route);
  expect(commands).toEqual(expect.arrayContaining(['flag on', 'flag off', 'temp-password set', 'temp-password expire', 'temp-password revoke', 'token revoke', 'purge']));
  expect(log.items.filter((entry) => entry.method === 'COMMAND').every((entry) => entry.sub?.startsWith('drydock-server:'))).toBe(true);
  expect(log.items.filter((entry) => entry.sub === 'ann').map((entry) => [entry.route, entry.status])).toEqual([['/admin/session', 200]]);
  expect((await run('audit', '--sub', 'ann', '--since', '1h')).stdout.split('\n')).toHaveLength(2);
  expect(await run('audit', '--since', 'yesterday')).toMatchObject({ exitCode: 64 });

  const second = await start();
  expect(await sessionStatus(second.url, token)).toBe(401);
  expect(await second.stop()).toBe(0);
}

describe('drydock-server on an embedded database', () => {
  it('leads an administrator from an empty folder to a server, and back', { timeout: WAY_TIMEOUT_MS }, async () => goesTheAdministratorsWay(runHere));

  it('keeps a second process away from a folder in use, with a sentence', async () => {
    const server = await start();
    const second = await run('flag', 'list');
    expect(second).toMatchObject({ exitCode: 1, stdout: '' });
    expect(second.stderr).toContain('open in another process');
    await server.stop();
  });

  it('keeps the secrets it makes in files named for it, for the owner alone', async () => {
    await (await start()).stop();
    expect(await readdir(settings['DRYDOCK_DATA'] ?? '')).toContain('secrets-receipt-key');
  });
});

describe('drydock-server --help', () => {
  it('teaches each of its commands by an example', async () => {
    const { stdout } = await runHere('--help');
    const commands = [...stdout.matchAll(/^ {2}([a-z][a-z-]+)(?: \[options\])?(?: <migration>)? {2,}\S/gm)].map(([, name]) => name ?? '').filter((name) => name !== 'help');
    expect(commands).toEqual(['start', 'migrate', 'practice', 'token', 'flag', 'temp-password', 'events', 'audit', 'purge', 'rollback']);
    for (const name of commands) expect((await runHere(name, '--help')).stdout, name).toMatch(new RegExp(`Examples?:\\n {2}.*drydock-server ${name}`));
  });
});

describe('drydock-server practice', () => {
  it('takes no setting of a real environment: no database, no token key, no Klaviyo, no configuration', async () => {
    const real = {
      DRYDOCK_CONFIG: '{ this is none',
      DRYDOCK_DATA: '/nowhere',
      DRYDOCK_DATABASE_URL: 'postgres://127.0.0.1:1/production',
      DRYDOCK_JWT_SECRET: 'short',
      DRYDOCK_JWKS_URL: 'https://id.example/keys',
      DRYDOCK_SECRET_KEY_FILE: '/nowhere',
      DRYDOCK_RECEIPT_KEY: 'not a key',
      DRYDOCK_SMTP_URL: 'nonsense',
      KLAVIYO_API_KEY: 'two words',
      KLAVIYO_BASE_URL: 'nonsense',
    };
    const practice = await startPracticeServer(join(folder, 'practice'), { env: real });
    try {
      expect(new URL(practice.ready.url).hostname).toBe('127.0.0.1');
      expect(await sessionStatus(practice.ready.url, practice.ready.token)).toBe(200);
    } finally {
      await practice.stop('SIGKILL');
    }
  });
});

describe('drydock-server on PostgreSQL', () => {
  let postgres: TestPostgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(async () => {
    await postgres.stop();
  });

  it('leads an administrator from an empty database to a server, and back', { timeout: WAY_TIMEOUT_MS }, async () => {
    settings['DRYDOCK_DATABASE_URL'] = await postgres.createDatabase();
    settings['DRYDOCK_RECEIPT_KEY'] = Buffer.alloc(32, 7).toString('base64');
    await goesTheAdministratorsWay(run);
  });

  it('does not start on a schema that nobody has made, and says what to run', async () => {
    settings['DRYDOCK_DATABASE_URL'] = await postgres.createDatabase();
    settings['DRYDOCK_RECEIPT_KEY'] = Buffer.alloc(32, 7).toString('base64');
    const refused = await run('start');
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain('drydock-server migrate');
  });
});

describe('drydock-server refuses', () => {
  it.each([
    ['a missing setting', 'DRYDOCK_SECRET_KEY', undefined],
    ['a temporary password that is no password', 'DRYDOCK_TEMP_PASSWORD', 'short'],
    ['a receipt key that is none', 'DRYDOCK_RECEIPT_KEY', 'not a key'],
    ['a data folder that cannot be made', 'DRYDOCK_DATA', '/dev/null/x'],
    ['an address of a database that cannot be read', 'DRYDOCK_DATABASE_URL', 'postgres://u:ab/cd@host/db'],
  ])('%s: one line that names it, exit 64, nothing started', async (_what, name, value) => {
    if (name === 'DRYDOCK_DATABASE_URL') settings['DRYDOCK_RECEIPT_KEY'] = Buffer.alloc(32, 7).toString('base64');
    if (value === undefined) delete settings[name];
    else settings[name] = value;
    const refused = await run('start');
    expect(refused).toMatchObject({ exitCode: 64, stdout: '' });
    expect(refused.stderr).toMatch(new RegExp(`^${name}: [^\\n]+\\n$`));
  });

  it('a folder for mail that cannot be written: one line that names it, exit 64', async () => {
    settings['DRYDOCK_MAIL_FOLDER'] = join('/dev/null', 'out');
    settings['DRYDOCK_MAIL_FROM'] = 'accounts@shop.example';
    const config = z.object({ migrations: z.array(z.object({ settings: z.record(z.string(), z.unknown()) }).loose()) }).loose().parse(JSON.parse(settings['DRYDOCK_CONFIG'] ?? ''));
    for (const one of config.migrations) one.settings['confirm_by_email'] = true;
    settings['DRYDOCK_CONFIG'] = JSON.stringify({ ...config, sign_in: { confirm_link: 'https://shop.example/confirm' } });
    const refused = await run('start');
    expect(refused).toMatchObject({ exitCode: 64, stdout: '' });
    expect(refused.stderr).toMatch(/^DRYDOCK_MAIL_FOLDER: cannot be written \(ENOTDIR\); [^\n]+\n$/);
  });

  it('wrong usage with 64', async () => {
    expect(await run('unheard-of')).toMatchObject({ exitCode: 64, stdout: '' });
  });

  it('a port that is taken: one line that names it, and the process ends', async () => {
    const first = await start();
    const { port } = new URL(first.url);
    settings['DRYDOCK_DATA'] = join(folder, 'other');
    settings['DRYDOCK_PORT'] = port;
    const refused = await run('start');
    expect(refused).toMatchObject({ exitCode: 1, stdout: '' });
    expect(refused.stderr).toMatch(new RegExp(`^port ${port} of [^\\n]+ in use [^\\n]+\\n$`));
    await first.stop();
  });

  it('practice in a folder that holds something else', async () => {
    await writeFile(join(folder, 'thesis.txt'), 'three years');
    settings['DRYDOCK_DATA'] = folder;
    for (const args of [['practice'], ['practice', '--reset']]) expect(await run(...args)).toMatchObject({ exitCode: 64, stdout: '' });
    expect(await readdir(folder)).toEqual(['thesis.txt']);
  });
});
