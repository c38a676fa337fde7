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
  readonly interrupted?: AbortSignal;
}

/** A new folder that is gone when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs a command line in this process with a home of its own, and keeps what it prints. */
export async function drydock(args: readonly string[], { env = {}, input, drawsProgress = false, interrupted }: Surroundings = {}): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  const exitCode = await runProgram(
    args,
    { DRYDOCK_HOME: env['DRYDOCK_HOME'] ?? temporaryFolder(), ...env },
    {
      out: (text) => void (stdout += text),
      err: (text) => void (stderr += text),
      drawsProgress,
      readInput: async () => input,
      interrupted: interrupted ?? new AbortController().signal,
    },
  );
  return { exitCode, stdout, stderr };
}
