import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { plainEnvironment } from '../tests/support/command-line.ts';

/** A program that said its first line. */
export interface Spoken {
  readonly line: string;
  /** From its start to that line. */
  readonly milliseconds: number;
  readonly end: () => Promise<void>;
}

/** Starts a program and waits for the first line that it prints, which tells that it is ready. @throws Error when it ends before */
export async function firstLineOf(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Spoken> {
  const began = performance.now();
  const child = spawn(program, [...args], { env: { ...plainEnvironment(), ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (log += chunk));
  const first: unknown[] | null = await Promise.race([once(createInterface({ input: child.stdout }), 'line'), once(child, 'exit').then(() => null)]);
  if (first === null) throw new Error(`${program} ${args.join(' ')} ended before it was ready:\n${log}`);
  return { line: String(first[0]), milliseconds: performance.now() - began, end: () => endOf(child) };
}

async function endOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
