import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { problem } from '../problems.ts';
import { installationRoot } from '../resource-paths.ts';
import { type ServerProcess, type StartServer, spawnServer } from './server-process.ts';

const START_TIMEOUT_MS = 180_000;
const STOP_TIMEOUT_MS = 10_000;
const TAIL_CHARS = 2_000;

/** The one line that the practice server prints when it is ready. */
const readyLineSchema = z.object({ url: z.string(), migration: z.string(), token: z.string(), approver_token: z.string(), temporary_password: z.string(), sample: z.string() });
/** What the practice server said of itself. Held in memory alone. */
export type PracticeReady = z.infer<typeof readyLineSchema>;

export type PracticeStatus =
  | { readonly state: 'stopped' }
  | { readonly state: 'starting' }
  | { readonly state: 'ready'; readonly ready: PracticeReady }
  | { readonly state: 'failed'; readonly detail: string };

/** The practice server as a child of this process (N4): reached over HTTP like any other, gone when we are. */
export interface PracticeServer {
  /** Starts it, or gives the one that runs; `reset` begins with fresh made-up people. @throws OperatorError `practice_failed` */
  start(options?: { readonly reset?: boolean }): Promise<PracticeReady>;
  status(): PracticeStatus;
  close(): Promise<void>;
}

export interface PracticeOptions {
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The server's program; the built one, or the source beside it, unless given. */
  readonly serverEntry?: string;
  /** How this host starts it: a child with the Node that runs us, unless given. */
  readonly startServer?: StartServer;
}

/** Of the surroundings only this reaches the child: no production setting of this machine may. */
const PASSED_ON = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot', 'LANG', 'TZ', 'DRYDOCK_TEMP_PASSWORD', 'DRYDOCK_TEMP_PASSWORD_FILE'];

/** Holds the practice server of one launch. Its data lies under `home`/practice, so that it is there next time. */
export function createPracticeServer({ home, env, serverEntry, startServer = spawnServer }: PracticeOptions): PracticeServer {
  let status: PracticeStatus = { state: 'stopped' };
  let child: ServerProcess | undefined;
  let starting: Promise<PracticeReady> | undefined;

  function launch(reset: boolean): Promise<PracticeReady> {
    const entry = serverEntry ?? defaultServerEntry();
    const fresh = startServer(entry, ['practice', '--port', '0', ...(reset ? ['--reset'] : [])], childEnvironment(env, home));
    child = fresh;
    return new Promise<PracticeReady>((resolve, reject) => {
      let output = '';
      let tail = '';
      const timer = setTimeout(() => fail('It did not become ready in time.'), START_TIMEOUT_MS);
      function fail(detail: string): void {
        clearTimeout(timer);
        if (child === fresh) {
          status = { state: 'failed', detail };
          child = undefined;
        }
        fresh.kill('SIGKILL');
        reject(problem('practice_failed', 'The practice environment did not start', detail));
      }
      fresh.stdout?.setEncoding('utf8').on('data', (part: string) => {
        output += part;
        if (status.state === 'ready' || !output.includes('\n')) return;
        const ready = readyLine(output);
        if (ready === undefined) return fail('It started, but not in the way that is known here. Build Drydock again.');
        clearTimeout(timer);
        status = { state: 'ready', ready };
        output = '';
        resolve(ready);
      });
      fresh.stderr?.setEncoding('utf8').on('data', (part: string) => {
        tail = (tail + part).slice(-TAIL_CHARS);
      });
      fresh.onFailed(() => fail('Its program could not be run. Build Drydock again.'));
      fresh.onEnded((code) => {
        if (child === fresh && status.state === 'ready') {
          status = { state: 'failed', detail: 'It ended by itself. It is started again when it is next needed.' };
          child = undefined;
        } else if (child === fresh) fail(lastPlainLine(tail) ?? `It ended with code ${code ?? 'none'}.`);
      });
    });
  }

  async function stop(): Promise<void> {
    const running = child;
    child = undefined;
    status = { state: 'stopped' };
    if (running === undefined || running.hasEnded()) return;
    const ended = new Promise<void>((resolve) => running.onEnded(() => resolve()));
    running.kill('SIGTERM');
    const timer = setTimeout(() => running.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(timer);
  }

  return {
    async start({ reset = false } = {}) {
      if (reset) {
        await starting?.catch(() => undefined);
        await stop();
      }
      if (status.state === 'ready') return status.ready;
      if (starting !== undefined) return starting;
      status = { state: 'starting' };
      starting = launch(reset).finally(() => {
        starting = undefined;
      });
      return starting;
    },
    status: () => status,
    async close() {
      await starting?.catch(() => undefined);
      await stop();
    },
  };
}

function readyLine(output: string): PracticeReady | undefined {
  try {
    return readyLineSchema.parse(JSON.parse(output.slice(0, output.indexOf('\n'))));
  } catch {
    return undefined;
  }
}

/** What it said last in words; log lines are JSON and are left where they are. */
function lastPlainLine(tail: string): string | undefined {
  return tail
    .split('\n')
    .map((line) => line.trim())
    .findLast((line) => line !== '' && !line.startsWith('{') && !line.startsWith('at '));
}

function childEnvironment(env: Readonly<Record<string, string | undefined>>, home: string): Record<string, string> {
  const passed: Record<string, string> = { DRYDOCK_DATA: join(home, 'practice') };
  for (const name of PASSED_ON) {
    const value = env[name];
    if (value !== undefined) passed[name] = value;
  }
  return passed;
}

function defaultServerEntry(): string {
  const root = installationRoot();
  const built = join(root, 'dist', 'server', 'main.js');
  return existsSync(built) ? built : join(root, 'server', 'main.ts');
}
