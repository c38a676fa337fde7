import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { refusalCode } from '../operator.testing.ts';
import { installationRoot } from '../resource-paths.ts';
import { type PracticeServer, createPracticeServer } from './practice.ts';

const ready = { url: 'http://127.0.0.1:1', migration: 'm1', token: 't', approver_token: 'a', temporary_password: 'p', sample: '/s.csv' };

let home = '';
let practice: PracticeServer | undefined;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'drydock-practice-'));
});
afterEach(async () => {
  await practice?.close();
  rmSync(home, { recursive: true, force: true });
});

/** A program in the server's place, which writes down how it was started. */
function program(body: string): string {
  const path = join(home, 'server.mjs');
  writeFileSync(path, `import { appendFileSync, writeFileSync } from 'node:fs';\nconst started = ${JSON.stringify(join(home, 'started'))};\nappendFileSync(started, JSON.stringify({ pid: process.pid, args: process.argv.slice(2), env: Object.keys(process.env), data: process.env.DRYDOCK_DATA }) + '\\n');\n${body}`);
  return path;
}
const staysReady = `console.log(${JSON.stringify(JSON.stringify(ready))}); setInterval(() => undefined, 1000);`;

function starts(): { pid: number; args: string[]; env: string[]; data: string }[] {
  return readFileSync(join(home, 'started'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as { pid: number; args: string[]; env: string[]; data: string });
}

describe('the practice server', () => {
  it('is started once, on data under the home, and gets no production setting', async () => {
    practice = createPracticeServer({ home, env: { PATH: process.env['PATH'], DRYDOCK_DATABASE_URL: 'postgres://production', DRYDOCK_JWT_SECRET: 'canary', DRYDOCK_TOKEN: 'canary' }, serverEntry: program(staysReady) });
    const [one, other] = await Promise.all([practice.start(), practice.start()]);
    expect(one).toEqual(ready);
    expect(other).toBe(one);
    expect(starts()).toHaveLength(1);
    expect(starts()[0]).toMatchObject({ args: ['practice', '--port', '0'], data: join(home, 'practice') });
    expect(starts()[0]?.env.filter((name) => name.startsWith('DRYDOCK_'))).toEqual(['DRYDOCK_DATA']);
  });

  it('is started again when it died, and afresh when that is asked', async () => {
    practice = createPracticeServer({ home, env: process.env, serverEntry: program(staysReady) });
    await practice.start();
    await practice.start({ reset: true });
    expect(starts()[1]?.args).toEqual(['practice', '--port', '0', '--reset']);
    const dead = starts()[1]?.pid ?? 0;
    process.kill(dead, 'SIGKILL');
    await expect.poll(() => practice?.status().state).toBe('failed');
    await practice.start();
    expect(starts()).toHaveLength(3);
  });

  it('says in words why it did not start', async () => {
    practice = createPracticeServer({ home, env: process.env, serverEntry: program(`console.error('{"level":30}'); console.error('the port is taken'); process.exitCode = 64;`) });
    await expect(practice.start()).rejects.toMatchObject({ problem: { code: 'practice_failed', detail: 'the port is taken' } });
    expect(practice.status()).toEqual({ state: 'failed', detail: 'the port is taken' });
  });

  it('takes no other first line for readiness', async () => {
    practice = createPracticeServer({ home, env: process.env, serverEntry: program(`console.log('hello'); setInterval(() => undefined, 1000);`) });
    expect(await refusalCode(practice.start())).toBe('practice_failed');
  });

  it('ends when the app is killed', async () => {
    const entry = program(staysReady);
    const source = pathToFileURL(join(installationRoot(), 'operator', 'environments', 'practice.ts')).href;
    const app = spawn(process.execPath, ['--input-type=module', '-e', `import { createPracticeServer } from ${JSON.stringify(source)}; await createPracticeServer({ home: ${JSON.stringify(home)}, env: process.env, serverEntry: ${JSON.stringify(entry)} }).start(); console.log('up');`], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(app.stdout, 'data');
    const child = starts()[0]?.pid ?? 0;
    expect(isAlive(child)).toBe(true);
    app.kill('SIGKILL');
    await expect.poll(() => isAlive(child), { timeout: 10_000 }).toBe(false);
    expect(existsSync(join(home, 'started'))).toBe(true);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
