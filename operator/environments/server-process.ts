import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { installationRoot } from '../resource-paths.ts';

/** A running practice server, as far as its owner needs to know: hosts start processes in ways of their own. */
export interface ServerProcess {
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  hasEnded(): boolean;
  kill(signal: 'SIGTERM' | 'SIGKILL'): void;
  /** Told once, with the exit code where there is one. */
  onEnded(listener: (code: number | null) => void): void;
  /** Told when the program could not be run at all. */
  onFailed(listener: () => void): void;
}

export type StartServer = (entry: string, args: readonly string[], env: Readonly<Record<string, string>>) => ServerProcess;

/** Starts it with the Node that runs us, as a child that ends when this process is gone, even by `kill -9`. */
export const spawnServer: StartServer = (entry, args, env) => {
  const child = spawn(process.execPath, [...guardArguments(), entry, ...args], { env, stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
  return {
    stdout: child.stdout,
    stderr: child.stderr,
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    kill: (signal) => void child.kill(signal),
    onEnded: (listener) => void child.once('exit', (code) => listener(code)),
    onFailed: (listener) => void child.once('error', () => listener()),
  };
};

function guardArguments(): readonly string[] {
  const guard = join(installationRoot(), 'bin', 'end-with-launcher.mjs');
  return existsSync(guard) ? ['--import', pathToFileURL(guard).href] : [];
}
