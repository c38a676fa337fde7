import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { plainEnvironment, projectFolder } from './command-line.ts';

/** A server in a process of its own, from source, as `drydock-server start` runs it. */
export type ServerProcess = {
  readonly url: string;
  /** Every line of its log so far. */
  readonly log: () => readonly string[];
  /** Ends it, and gives its exit code; null where a signal ended it. */
  readonly stop: (signal?: 'SIGTERM' | 'SIGKILL') => Promise<number | null>;
};

const logLine = z.object({ msg: z.string(), url: z.string().optional() });

/** Runs a command of the server from source; resolves when it has ended. */
export async function runServerCommand(args: readonly string[], settings: Readonly<Record<string, string>>): Promise<{ readonly exitCode: number | null; readonly stdout: string; readonly stderr: string }> {
  const child = spawn(process.execPath, [join(projectFolder, 'server', 'main.ts'), ...args], { env: { ...plainEnvironment(), ...settings }, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  await once(child, 'close');
  return { exitCode: child.exitCode, stdout, stderr };
}

/** The server as it is built and installed; it is up to the caller that it is built. */
export const builtServer: readonly string[] = [join(projectFolder, 'bin', 'drydock-server')];

/** Starts a server, from source where nothing else is said, and waits until it listens. @throws with its log when it ends before. */
export async function startServerProcess(settings: Readonly<Record<string, string>>, program: readonly string[] = [process.execPath, join(projectFolder, 'server', 'main.ts')]): Promise<ServerProcess> {
  const [command = '', ...args] = program;
  const child = spawn(command, [...args, 'start'], { env: { ...plainEnvironment(), DRYDOCK_PORT: '0', ...settings }, stdio: ['ignore', 'ignore', 'pipe'] });
  const lines: string[] = [];
  const { promise: listening, resolve, reject } = Promise.withResolvers<string>();
  createInterface({ input: child.stderr }).on('line', (line) => {
    lines.push(line);
    const entry = logLine.safeParse(line.startsWith('{') ? JSON.parse(line) : undefined);
    if (entry.data?.msg === 'listening' && entry.data.url !== undefined) resolve(entry.data.url);
  });
  child.once('exit', () => reject(new Error(`the server ended before it listened:\n${lines.join('\n')}`)));
  const killOnExit = (): void => void child.kill('SIGKILL');
  process.once('exit', killOnExit);
  return {
    url: await listening,
    log: () => lines,
    async stop(signal = 'SIGTERM') {
      process.off('exit', killOnExit);
      return ended(child, signal);
    },
  };
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const exit = once(child, 'exit');
    child.kill(signal);
    await exit;
  }
  return child.exitCode;
}
