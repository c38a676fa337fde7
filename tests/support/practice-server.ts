import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { plainEnvironment, projectFolder } from './command-line.ts';

/** The one line that `drydock-server practice` prints once it is ready. */
const readyLineSchema = z.strictObject({
  url: z.string(),
  migration: z.string(),
  token: z.string(),
  approver_token: z.string(),
  temporary_password: z.string(),
  sample: z.string(),
});
export type PracticeReady = z.infer<typeof readyLineSchema>;

export interface PracticeServer {
  readonly ready: PracticeReady;
  /** Everything it wrote to stderr so far. */
  readonly log: () => string;
  /** Everything it wrote to stdout after the ready line: nothing, if it keeps its word. */
  readonly furtherOutput: () => string;
  /** Ends it: politely by default, or at once as a power cut would. */
  readonly stop: (signal?: 'SIGTERM' | 'SIGKILL') => Promise<void>;
}

/** Starts the practice environment on a folder of its own and waits for its line. @throws with its log when it ends before. */
export async function startPracticeServer(folder: string, options: { readonly args?: readonly string[]; readonly env?: Readonly<Record<string, string>> } = {}): Promise<PracticeServer> {
  const child = spawn(join(projectFolder, 'bin', 'drydock-server'), ['practice', '--port', '0', ...(options.args ?? [])], {
    env: { ...plainEnvironment(), DRYDOCK_DATA: folder, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  let furtherOutput = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    log += chunk;
  });
  const lines = createInterface({ input: child.stdout });
  const first = await Promise.race([once(lines, 'line'), once(child, 'exit').then(() => null)]);
  if (first === null) throw new Error(`the practice server ended before it was ready:\n${log}`);
  lines.on('line', (line: string) => {
    furtherOutput += `${line}\n`;
  });
  const ready = readyLineSchema.parse(JSON.parse(String(first[0])));
  return {
    ready,
    log: () => log,
    furtherOutput: () => furtherOutput,
    stop: (signal = 'SIGTERM') => stop(child, signal),
  };
}

async function stop(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}
