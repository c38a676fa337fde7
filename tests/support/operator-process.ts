import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type CommandResult, plainEnvironment, projectFolder } from './command-line.ts';

/** An operator's command in a process of its own, from source, that can be killed at any moment. */
export type OperatorProcess = {
  readonly ended: Promise<CommandResult>;
  readonly isOver: () => boolean;
  readonly kill: () => Promise<void>;
};

/** A change to a source file of the operator, made as it is loaded: a wrong design that a proof must catch. */
export type Mutant = { readonly file: string; readonly from: string; readonly to: string };

/** Starts `drydock ARGS --json`. @throws nothing; a mutant whose text is not in its file ends the process with 70 */
export function startOperator(args: readonly string[], env: Readonly<Record<string, string>>, mutants: readonly Mutant[] = []): OperatorProcess {
  const hook = join(projectFolder, 'tests', 'support', 'load-mutant.mjs');
  const child: ChildProcess & { readonly stdout: NodeJS.ReadableStream; readonly stderr: NodeJS.ReadableStream } = spawn(
    process.execPath,
    [...(mutants.length === 0 ? [] : ['--import', hook]), join(projectFolder, 'cli', 'main.ts'), ...args, '--json'],
    { env: { ...plainEnvironment(), ...env, ...(mutants.length === 0 ? {} : { DRYDOCK_TEST_MUTANTS: JSON.stringify(mutants) }) }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const closed = once(child, 'close');
  const ended = Promise.all([text(child.stdout), text(child.stderr), closed]).then(([stdout, stderr]) => ({ exitCode: child.exitCode, stdout, stderr }));
  return {
    ended,
    isOver: () => child.exitCode !== null || child.signalCode !== null,
    async kill() {
      child.kill('SIGKILL');
      await closed;
    },
  };
}
