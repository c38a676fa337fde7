import { Command, CommanderError } from 'commander';
import { addApprovalCommands } from './commands/approve.ts';
import { addCheckCommand } from './commands/check.ts';
import { addConformanceCommand } from './commands/conformance.ts';
import { addDryRunCommand } from './commands/dry-run.ts';
import { addEnvCommand } from './commands/env.ts';
import { addExecuteCommand } from './commands/execute.ts';
import { addJournalCommand } from './commands/journal.ts';
import { addKeysCommand } from './commands/keys.ts';
import { addReportCommand } from './commands/report.ts';
import { addRollbackCommand } from './commands/rollback.ts';
import { addRunCommands } from './commands/runs.ts';
import { addServeCommand } from './commands/serve.ts';
import { addTestRunCommand } from './commands/test-run.ts';
import { addVerifyCommand } from './commands/verify.ts';
import type { CommandContext, RunCommand } from './context.ts';
import { type ExitCode, exitCodes } from './exit-code.ts';
import { installationVersion } from './installation-version.ts';
import { Interrupted } from './interrupted.ts';
import { environmentName } from './options.ts';
import { printFailure } from './print.ts';
import { shown } from './shown-text.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

const HELP = `
The way: check, dry-run, test-run --validate, approve, execute, report export.
Each step prints what the next one needs. "drydock COMMAND --help" has examples.

Ends with 0 done, 1 failed or refused file, 2 done but rows were left out,
3 refused by a gate or policy, or a run stands paused, 64 wrong usage, 130 interrupted.
Settings: DRYDOCK_HOME (where journal and environments lie), DRYDOCK_TOKEN (beats a stored token).`;

/**
 * Runs one command line. Prints results to stdout and errors to stderr; with `--json` one document on
 * stdout in either case. Never throws.
 */
export async function runProgram(args: readonly string[], env: CommandContext['env'], terminal: Terminal): Promise<ExitCode> {
  let exitCode: ExitCode = exitCodes.done;
  const wantsJson = args.includes('--json');
  const messages: string[] = [];
  const program = new Command('drydock')
    .description('Change a known list of customer accounts in production, once, and prove what was done.')
    .version(installationVersion(), '--version', 'print the version')
    .option('--json', 'print one JSON document on stdout')
    .option('--env <name>', 'the environment to use for this call', environmentName)
    .addHelpText('after', HELP);

  const run: RunCommand = async (body, onInterrupt = 'leave') => {
    const { json, env: named } = program.opts<{ json?: boolean; env?: string }>();
    // Before it begins: a body that is left would go on for as long as the process lasts.
    if (onInterrupt === 'leave' && terminal.interrupted.aborted) throw new Interrupted();
    const ended = body({ terminal, env, json: json ?? false, environmentName: named });
    exitCode = await (onInterrupt === 'finish' ? ended : Promise.race([ended, rejectedOn(terminal.interrupted)]));
  };
  for (const add of [addCheckCommand, addEnvCommand, addDryRunCommand, addTestRunCommand, addApprovalCommands, addExecuteCommand, addRunCommands, addVerifyCommand, addRollbackCommand, addReportCommand, addKeysCommand, addJournalCommand, addServeCommand, addConformanceCommand]) add(program, run);
  const asked: string[] = [];
  prepare(program, (text) => void asked.push(text), messages);

  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (thrown) {
    if (thrown instanceof CommanderError) {
      if (thrown.exitCode === 0) return answered(asked.join(''), thrown.code, wantsJson, terminal);
      return usage(messages, wantsJson, terminal, thrown);
    }
    if (thrown instanceof Interrupted) return interrupted(wantsJson, terminal, thrown.message);
    if (terminal.interrupted.aborted) return interrupted(wantsJson, terminal, 'A run that was started goes on; "drydock runs" shows it.');
    return printFailure({ json: wantsJson, terminal }, thrown);
  }
}

function rejectedOn(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const leave = (): void => reject(new Error('interrupted'));
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
  });
}

/** Every command gives what it would print, and its errors, back instead of ending the process. */
function prepare(command: Command, writeOut: (text: string) => void, messages: string[]): void {
  command
    .exitOverride()
    .configureOutput({ writeOut, writeErr: (text) => void messages.push(text) })
    .showSuggestionAfterError(true);
  for (const child of command.commands) prepare(child, writeOut, messages);
}

/** Help or the version was asked for. */
function answered(text: string, code: string, wantsJson: boolean, terminal: Terminal): ExitCode {
  if (!wantsJson) terminal.out(text);
  else terminal.out(`${JSON.stringify(code === 'commander.version' ? { version: text.trim() } : { help: text })}\n`);
  return exitCodes.done;
}

function usage(messages: readonly string[], wantsJson: boolean, terminal: Terminal, thrown: CommanderError): ExitCode {
  const text = messages.join('').trim();
  if (!wantsJson) {
    terminal.err(`${shown(text === '' ? thrown.message : text)}\n`);
    return exitCodes.usage;
  }
  const isHelp = thrown.code === 'commander.help';
  return printFailure({ json: true, terminal }, new UsageError(isHelp ? 'Name a command; "drydock --help" lists them.' : text.replace(/^error: /, '').replaceAll('\n', ' ')));
}

function interrupted(wantsJson: boolean, terminal: Terminal, detail: string): ExitCode {
  if (wantsJson) terminal.out(`${JSON.stringify({ error: { code: 'interrupted', title: 'Interrupted', detail, request_id: null } })}\n`);
  else terminal.err(`\nInterrupted. ${shown(detail)}\n`);
  return exitCodes.interrupted;
}
