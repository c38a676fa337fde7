import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { postgresBinaries } from './postgres-binaries.ts';

const SUPERUSER = 'postgres';
const START_LIMIT_MS = 30_000;
const PORT_ATTEMPTS = 5;

/** A PostgreSQL of this test file's own, in a temporary folder, on a free loopback port. */
export type TestPostgres = {
  /** Connection URL of a database for the superuser `postgres` (no password: only this machine can reach it). */
  readonly url: (database?: string) => string;
  /** Makes an empty database of its own and gives its URL: one for each test, so that no test sees another's rows. */
  readonly createDatabase: () => Promise<string>;
  /** Kills it as a power cut would (SIGKILL); the folder stays until `stop`. */
  readonly kill: () => Promise<void>;
  /** Ends it and removes its folder. */
  readonly stop: () => Promise<void>;
};

type StartOptions = {
  /** Keeps fsync on: for tests that kill it, and for benchmarks that speak of durable commits. */
  readonly durable?: boolean;
  readonly maxConnections?: number;
  /** More settings, each `name=value`. */
  readonly settings?: readonly string[];
};

type Owner = { readonly uid: number; readonly gid: number } | undefined;

/**
 * Starts PostgreSQL from the machine's own binaries and waits until it answers.
 * Throws when the machine has no PostgreSQL.
 */
export async function startPostgres(options: StartOptions = {}): Promise<TestPostgres> {
  const binaries = postgresBinaries();
  const owner = unprivilegedOwner();
  const folder = mkdtempSync(join(tmpdir(), 'drydock-postgres-'));
  if (owner !== undefined) chownSync(folder, owner.uid, owner.gid);
  const data = join(folder, 'data');
  execFileSync(
    join(binaries, 'initdb'),
    ['-D', data, '-U', SUPERUSER, '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync', '--no-instructions'],
    { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'], ...owner },
  );
  try {
    const { child, port } = await startOnFreePort(binaries, folder, data, options, owner);
    return testPostgres(child, port, folder);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

function testPostgres(child: ChildProcess, port: number, folder: string): TestPostgres {
  const killOnExit = (): void => void child.kill('SIGQUIT');
  process.once('exit', killOnExit);
  const url = (database = SUPERUSER): string => `postgresql://${SUPERUSER}@127.0.0.1:${String(port)}/${database}`;
  return {
    url,
    async createDatabase() {
      return createDatabaseOn(url());
    },
    async kill() {
      await ended(child, 'SIGKILL');
    },
    async stop() {
      process.off('exit', killOnExit);
      await ended(child, 'SIGINT');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Makes an empty database of its own on the PostgreSQL of that superuser URL, and gives its URL. */
export async function createDatabaseOn(superuserUrl: string): Promise<string> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await withClient(superuserUrl, (client) => client.query(`create database ${name}`));
  return Object.assign(new URL(superuserUrl), { pathname: `/${name}` }).href;
}

/** `initdb` and `postgres` refuse to run as root, so root hands them to the `postgres` user that Debian's package makes. */
function unprivilegedOwner(): Owner {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string): number => Number(execFileSync('id', [flag, SUPERUSER], { encoding: 'utf8' }).trim());
  return { uid: id('-u'), gid: id('-g') };
}

async function startOnFreePort(
  binaries: string,
  folder: string,
  data: string,
  options: StartOptions,
  owner: Owner,
): Promise<{ child: ChildProcess; port: number }> {
  const careless = options.durable === true ? [] : ['-c', 'fsync=off', '-c', 'synchronous_commit=off', '-c', 'full_page_writes=off'];
  let said = '';
  for (let attempt = 0; attempt < PORT_ATTEMPTS; attempt += 1) {
    const port = await freePort();
    const settings = [`port=${String(port)}`, 'listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`, `max_connections=${String(options.maxConnections ?? 100)}`, ...(options.settings ?? [])];
    const args = ['-D', data, ...careless, ...settings.flatMap((setting) => ['-c', setting])];
    const child = spawn(join(binaries, 'postgres'), args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'], ...owner });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-4_000)));
    if (await answers(child, port)) return { child, port };
    await ended(child, 'SIGQUIT');
  }
  throw new Error(`PostgreSQL did not start: ${said}`);
}

async function answers(child: ChildProcess, port: number): Promise<boolean> {
  const giveUpAt = Date.now() + START_LIMIT_MS;
  while (child.exitCode === null && child.signalCode === null && Date.now() < giveUpAt) {
    try {
      await withClient(`postgresql://${SUPERUSER}@127.0.0.1:${String(port)}/${SUPERUSER}`, (client) => client.query('select 1'));
      return true;
    } catch {
      await delay(50);
    }
  }
  return false;
}

async function withClient(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill(signal);
  await exit;
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no loopback port to be had');
  return address.port;
}
