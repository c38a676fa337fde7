import { Command, CommanderError } from 'commander';
import { CannotListen } from './cannot-listen.ts';
import { auditLogCommand } from './cli-commands/audit.ts';
import { eventsCommand } from './cli-commands/events.ts';
import { flagCommand } from './cli-commands/flag.ts';
import { type CommandContext, processContext } from './cli-commands/command-context.ts';
import { migrateCommand } from './cli-commands/migrate.ts';
import { practiceCommand } from './cli-commands/practice.ts';
import { purgeCommand } from './cli-commands/purge.ts';
import { rollbackCommand } from './cli-commands/rollback.ts';
import { startCommand } from './cli-commands/serve.ts';
import { tempPasswordCommand } from './cli-commands/temp-password.ts';
import { tokenCommand } from './cli-commands/token.ts';
import { UsageError } from './cli-commands/usage-error.ts';
import { gateRefusals } from '../shared/core/problem-codes.ts';
import { SettingError } from './config/setting-error.ts';
import { problemOf, Refusal } from './guards/refusal.ts';
import { errorFields } from './log.ts';
import { NotAPracticeFolder } from './practice/folder.ts';
import { SchemaMismatch } from './migrations/migrate.ts';
import { FolderInUse } from './store/folder-lock.ts';

const settingsHelp = `
Settings (each also as NAME_FILE, naming a file that holds it):
  DRYDOCK_CONFIG        JSON, or a path to it: environment id, name and kind, migrations, approval policy, proxies
  DRYDOCK_DATABASE_URL  PostgreSQL 15 or later; without it an embedded database under DRYDOCK_DATA
  DRYDOCK_JWT_SECRET    checks admin tokens (HS256); or DRYDOCK_JWKS_URL for an issuer's public keys
  DRYDOCK_SECRET_KEY    key of the temporary credential's HMAC; keep it outside the database
  DRYDOCK_RECEIPT_KEY   signs receipts; needed with PostgreSQL
  DRYDOCK_TEMP_PASSWORD seeds a migration's temporary password, if it never had one
  DRYDOCK_PORT          4010 unless set
  DRYDOCK_SMTP_URL      sends the one-time links of confirm_by_email; or DRYDOCK_MAIL_FOLDER, one .eml file each
  DRYDOCK_MAIL_FROM     the address that they come from
  KLAVIYO_API_KEY       private key; with it each Migration Complete event also goes to Klaviyo, without it events wait
  KLAVIYO_BASE_URL      https://a.klaviyo.com unless set

A first look needs none of them:
  drydock-server practice

A first server, in this order:
  drydock-server migrate                                    makes or updates the schema
  drydock-server temp-password set 2025-08-09 --ttl 14d     takes the word from DRYDOCK_TEMP_PASSWORD
  drydock-server flag on migration.csv_2025_08_09_enabled   nothing works before
  drydock-server token --sub mo --scope "migration:read migration:write" --ttl 8h
  drydock-server start

Afterwards: drydock-server audit --since 24h, and drydock-server purge MIGRATION. More: docs/operating.md`;

/** Exit codes, the same as those of `drydock`. */
const exitCodes = { failed: 1, refused: 3, usage: 64 } as const;

function program(context: CommandContext): Command {
  const drydockServer = new Command('drydock-server')
    .description('The Drydock admin API, and what its administrators do on its machine')
    .addHelpText('after', settingsHelp)
    .showHelpAfterError('(see --help)');
  for (const command of [startCommand, migrateCommand, practiceCommand, tokenCommand, flagCommand, tempPasswordCommand, eventsCommand, auditLogCommand, purgeCommand, rollbackCommand]) drydockServer.addCommand(command(context));
  for (const command of allCommands(drydockServer)) command.exitOverride();
  return drydockServer;
}

function allCommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap((child) => allCommands(child))];
}

/** What an error means to the person at the terminal: a line, and an exit code. */
function explain(error: unknown): { readonly line: string | null; readonly exitCode: number } {
  if (error instanceof CommanderError) return { line: null, exitCode: error.exitCode === 0 ? 0 : exitCodes.usage };
  if (error instanceof SettingError || error instanceof UsageError || error instanceof NotAPracticeFolder) return { line: error.message, exitCode: exitCodes.usage };
  if (error instanceof SchemaMismatch || error instanceof FolderInUse || error instanceof CannotListen) return { line: error.message, exitCode: exitCodes.failed };
  if (error instanceof Refusal) return { line: refusedLine(error), exitCode: gateRefusals.has(error.code) ? exitCodes.refused : exitCodes.failed };
  const { errorName, errorCode, stack } = errorFields(error);
  return { line: `drydock-server could not go on: ${[errorName, errorCode].filter((part) => part !== undefined).join(' ')} (${stack ?? 'no place known'})`, exitCode: exitCodes.failed };
}

function refusedLine(refusal: Refusal): string {
  const { title, detail, errors } = problemOf(refusal, '');
  return [`${title}. ${detail}`, ...(errors ?? []).map(({ path, message }) => `  ${path} ${message}`)].join('\n');
}

const context = processContext();
try {
  await program(context).parseAsync();
} catch (error) {
  const { line, exitCode } = explain(error);
  if (line !== null) context.note(line);
  process.exitCode = exitCode;
}
