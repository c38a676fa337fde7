import { CommanderError } from 'commander';
import { type ExitCode, exitCodes } from '../shared/core/exit-code.ts';
import { gateRefusals } from '../shared/core/problem-codes.ts';
import { CannotListen } from './cannot-listen.ts';
import { Declined } from './cli-commands/declined.ts';
import { Interrupted } from './cli-commands/interrupted.ts';
import { UsageError } from './cli-commands/usage-error.ts';
import { SettingError } from './config/setting-error.ts';
import { problemOf, Refusal } from './guards/refusal.ts';
import { errorFields } from './log.ts';
import { SchemaMismatch } from './migrations/migrate.ts';
import { NotAPracticeFolder } from './practice/folder.ts';
import { FolderInUse } from './store/folder-lock.ts';

/** What an error means to whoever ran the command: a problem for scripts, a line for people, an exit code for both. */
export type Failure = {
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
  /** What a person at the terminal reads. */
  readonly line: string;
  readonly exitCode: ExitCode;
};

/** Explains whatever a command has thrown. `usageText` is what the parser of arguments said. Never throws. */
export function explainFailure(error: unknown, usageText: string): Failure {
  if (error instanceof CommanderError) {
    const detail = error.code === 'commander.help' ? 'Name a command; "drydock-server --help" lists them.' : usageText.replace(/^error: /, '').replaceAll('\n', ' ');
    return { ...NOT_UNDERSTOOD, detail, line: usageText };
  }
  if (error instanceof UsageError) return inOneLine({ ...NOT_UNDERSTOOD, detail: error.message });
  if (error instanceof SettingError) return inOneLine({ code: 'bad_setting', title: 'A setting is bad or missing', detail: error.message, exitCode: exitCodes.usage });
  if (error instanceof NotAPracticeFolder) return inOneLine({ code: 'not_a_practice_folder', title: 'This is no folder of a practice environment', detail: error.message, exitCode: exitCodes.usage });
  if (error instanceof SchemaMismatch) return inOneLine({ code: 'schema_mismatch', title: 'The schema of the database is another one', detail: error.message, exitCode: exitCodes.failed });
  if (error instanceof FolderInUse) return inOneLine({ code: 'folder_in_use', title: 'The embedded database is in use', detail: error.message, exitCode: exitCodes.failed });
  if (error instanceof CannotListen) return inOneLine({ code: 'cannot_listen', title: 'The address is not to be had', detail: error.message, exitCode: exitCodes.failed });
  if (error instanceof Declined) return inOneLine({ code: 'not_confirmed', title: 'It was not answered with yes', detail: error.message, exitCode: exitCodes.refused });
  if (error instanceof Interrupted) return { code: 'interrupted', title: 'Interrupted', detail: error.message, line: `Interrupted. ${error.message}`, exitCode: exitCodes.interrupted };
  if (error instanceof Refusal) return refused(error);
  const { errorName, errorCode, stack } = errorFields(error);
  const what = [errorName, errorCode].filter((part) => part !== undefined).join(' ');
  return { code: 'internal', title: 'drydock-server could not go on', detail: what, line: `drydock-server could not go on: ${what} (${stack ?? 'no place known'})`, exitCode: exitCodes.failed };
}

const NOT_UNDERSTOOD = { code: 'usage', title: 'The command was not understood', exitCode: exitCodes.usage } as const;

function inOneLine(failure: Omit<Failure, 'line'>): Failure {
  return { ...failure, line: failure.detail };
}

function refused(refusal: Refusal): Failure {
  const { code, title, detail, errors } = problemOf(refusal, '');
  return {
    code,
    title,
    detail,
    ...(errors === undefined ? {} : { errors }),
    line: [`${title}. ${detail}`, ...(errors ?? []).map(({ path, message }) => `  ${path} ${message}`)].join('\n'),
    exitCode: gateRefusals.has(refusal.code) ? exitCodes.refused : exitCodes.failed,
  };
}
