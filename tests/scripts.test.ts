import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BUILD_STAMP, reasonToBuild } from '../scripts/lib/build-stamp.mjs';
import { countTests } from '../scripts/lib/vitest-run.mjs';
import { projectFolder } from './support/command-line.ts';

describe('npm start builds', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'drydock-build-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  function write(path: string, second: number): void {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), '');
    utimesSync(join(root, path), second, second);
  }

  test('where there is no build', () => {
    write('server/main.ts', 1);
    expect(reasonToBuild(root)).toBe('there is no build yet');
  });

  test.each(['server/routes/deep/x.ts', 'renderer/a.css', 'resources/samples/a.csv', 'package-lock.json', 'vite.config.ts'])('when %s is newer than the build', (path) => {
    write(BUILD_STAMP, 10);
    write(path, 11);
    expect(reasonToBuild(root)).toBe(`${path} is newer than the build`);
  });

  test.each(['server/x.test.ts', 'operator/x.testing.ts', 'tests/x.ts', 'README.md', 'server/tsconfig.tsbuildinfo'])('not for %s', (path) => {
    write(BUILD_STAMP, 10);
    write('server/main.ts', 9);
    write(path, 11);
    expect(reasonToBuild(root)).toBeUndefined();
  });
});

describe('npm test counts', () => {
  const file = (status: string, ...statuses: string[]) => ({ name: '/x.test.ts', status, assertionResults: statuses.map((one) => ({ status: one, fullName: 'a test' })) });

  test('what passed and what failed', () => {
    const counted = countTests({ testResults: [file('passed', 'passed', 'passed'), file('failed', 'passed', 'failed')] }, 'tests', 1);
    expect([counted.passed, counted.failures.length]).toEqual([3, 1]);
  });

  test.each([
    ['a skipped test', [file('passed', 'passed', 'skipped')], 0],
    ['a test to come', [file('passed', 'todo')], 0],
    ['a file that cannot be loaded', [file('passed', 'passed'), file('failed')], 1],
    ['an error outside any test', [file('passed', 'passed')], 1],
    ['a run that was ended from outside', [file('passed', 'passed')], null],
    ['no test at all', [], 0],
  ])('%s as a failure', (_what, testResults, exitCode) => {
    expect(countTests({ testResults }, 'tests', exitCode).failures).toHaveLength(1);
  });
});

describe('npm start hands over to the app', () => {
  const handOver = pathToFileURL(join(projectFolder, 'scripts', 'lib', 'hand-over.mjs')).href;

  /** Hands over to a Node program given as text; prints a line when it goes on after it. */
  function start(program: string, earlyMs: number) {
    const script = `import { handOver } from ${JSON.stringify(handOver)}; await handOver(process.execPath, ['-e', ${JSON.stringify(program)}], { earlyMs: ${earlyMs} }); console.log('went on');`;
    return spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  }

  test.each([
    ['ends as it ends', 'process.exit(0)', 60_000, 0, ''],
    ['fails as it fails later', 'process.exit(3)', 0, 3, ''],
    ['goes on to something else when it fails at once', 'process.exit(3)', 60_000, 0, 'went on\n'],
    ['goes on to something else when it is ended by a fault', 'process.kill(process.pid, "SIGTRAP")', 60_000, 0, 'went on\n'],
  ])('and %s', async (_what, program, earlyMs, exitCode, output) => {
    const child = start(program, earlyMs);
    const [printed] = await Promise.all([text(child.stdout), once(child, 'close')]);
    expect([child.exitCode, printed]).toEqual([exitCode, output]);
  });

  test('and passes on that it shall end, however early', async () => {
    const child = start('console.log("ready"); setInterval(() => undefined, 1_000)', 60_000);
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    expect(await once(child, 'close')).toEqual([143, null]);
  });
});
