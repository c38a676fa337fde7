import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { projectFolder } from './support/command-line.ts';

/** Says what it was given, then waits to be told to end. */
const PROGRAM = `
process.on('SIGINT', () => { console.log('SIGINT'); process.exit(130); });
process.on('SIGTERM', () => { console.log('SIGTERM'); process.exit(0); });
console.log(JSON.stringify({ pid: process.pid, args: process.argv.slice(2) }));
if (process.argv.includes('fail')) process.exit(64);
if (process.argv.includes('wait')) setInterval(() => undefined, 1_000);
`;

let root: string;
const started: ChildProcess[] = [];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'drydock-bin-'));
  cpSync(join(projectFolder, 'bin'), join(root, 'bin'), { recursive: true });
  writeFileSync(join(root, 'package.json'), '{"type":"module"}');
});
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
  rmSync(root, { recursive: true, force: true });
});

function build(): void {
  for (const folder of ['cli', 'server']) {
    mkdirSync(join(root, 'dist', folder), { recursive: true });
    writeFileSync(join(root, 'dist', folder, 'main.js'), PROGRAM);
  }
}

/** The Node that runs this test takes the part of the one that calls: the pinned one is another version, or the same. */
function pin(which: 'same' | 'another'): void {
  writeFileSync(join(root, '.nvmrc'), which === 'same' ? process.versions.node : '0.0.1');
  const folder = join(root, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin');
  mkdirSync(folder, { recursive: true });
  if (which === 'another') symlinkSync(process.execPath, join(folder, 'node'));
}

function start(program: string, ...args: string[]): ChildProcess & { readonly stdout: NodeJS.ReadableStream; readonly stderr: NodeJS.ReadableStream } {
  const child = spawn(process.execPath, [join(root, 'bin', program), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  started.push(child);
  return child;
}

async function run(program: string, ...args: string[]): Promise<{ exitCode: number | null; stdout: string; stderr: string }> {
  const child = start(program, ...args);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { exitCode: child.exitCode, stdout, stderr };
}

async function firstLine(child: { readonly stdout: NodeJS.ReadableStream }): Promise<{ pid: number; args: string[] }> {
  const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
  return JSON.parse(chunk.toString()) as { pid: number; args: string[] };
}

describe.each([['no other', 'same'], ['another', 'another']] as const)('a launcher that is called by %s Node than the pinned one', (_words, which) => {
  beforeEach(() => {
    pin(which);
    build();
  });

  test('passes arguments as they are, and the exit code back', async () => {
    const args = ['a b', '$HOME', '*', '--json', "it's", ''];
    const done = await run('drydock', ...args);
    expect(JSON.parse(done.stdout)).toMatchObject({ args });
    expect([done.exitCode, done.stderr]).toEqual([0, '']);
    expect((await run('drydock-server', 'fail')).exitCode).toBe(64);
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 0],
  ] as const)('passes %s on, and ends as the program ends', async (signal, exitCode) => {
    const child = start('drydock-server', 'wait');
    await firstLine(child);
    const rest = text(child.stdout);
    child.kill(signal);
    expect(await once(child, 'close')).toEqual([exitCode, null]);
    expect(await rest).toBe(`${signal}\n`);
  });

  test('leaves nothing behind when it is killed', async () => {
    const child = start('drydock-server', 'wait');
    const { pid } = await firstLine(child);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await expect.poll(() => isRunning(pid), { timeout: 10_000 }).toBe(false);
  });
});

describe('a launcher that cannot start its program', () => {
  test('says in one line what to run where nothing is built, and builds nothing', async () => {
    pin('another');
    const done = await run('drydock', 'check', 'x.csv');
    expect([done.exitCode, done.stdout]).toEqual([1, '']);
    expect(done.stderr).toMatch(/^[^\n]*npm ci && npm run build[^\n]*\n$/);
  });

  test('gives the error as a document where one was asked for', async () => {
    pin('another');
    const done = await run('drydock', 'runs', '--json');
    expect(JSON.parse(done.stdout)).toMatchObject({ error: { code: 'not_built', request_id: null } });
  });

  test('says which Node is missing', async () => {
    build();
    writeFileSync(join(root, '.nvmrc'), '0.0.1');
    const done = await run('drydock');
    expect([done.exitCode, done.stderr.split('\n').length]).toEqual([1, 2]);
    expect(done.stderr).toContain('Node 0.0.1');
  });
});

/** A process that has ended and that nobody has asked about yet is not running any more. */
function isRunning(processId: number): boolean {
  try {
    process.kill(processId, 0);
  } catch {
    return false;
  }
  const status = `/proc/${processId}/stat`;
  return !existsSync(status) || !readFileSync(status, 'utf8').includes(') Z ');
}
