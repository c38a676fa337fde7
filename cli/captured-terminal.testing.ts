import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type ExitCode } from './exit-code.ts';
import { runProgram } from './program.ts';

export interface Ended {
  readonly exitCode: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Surroundings {
  readonly env?: Readonly<Record<string, string>>;
  /** What is piped in; a keyboard unless given. */
  readonly input?: string;
  readonly drawsProgress?: boolean;
  /** Hears what comes on stderr, while the command is at work. */
  readonly heard?: (text: string) => void;
  readonly interrupted?: AbortSignal;
  /** What the person at the keyboard says to a question; without it there is nobody to ask. */
  readonly ask?: (question: string) => Promise<string>;
}

/** A new folder that is gone when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs a command line in this process with a home of its own, and keeps what it prints. */
export async function drydock(args: readonly string[], { env = {}, input, drawsProgress = false, interrupted, ask, heard }: Surroundings = {}): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  const exitCode = await runProgram(
    args,
    { DRYDOCK_HOME: env['DRYDOCK_HOME'] ?? temporaryFolder(), ...env },
    {
      out: (text) => void (stdout += text),
      err: (text) => {
        stderr += text;
        heard?.(text);
      },
      drawsProgress,
      readInput: async () => input,
      interrupted: interrupted ?? new AbortController().signal,
      ...(ask === undefined ? {} : { ask }),
    },
  );
  return { exitCode, stdout, stderr };
}
