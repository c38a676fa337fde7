import { Command, CommanderError } from 'commander';
import { type ExitCode, exitCodes } from '../shared/core/exit-code.ts';
import { auditLogCommand } from './cli-commands/audit.ts';
import type { CommandContext } from './cli-commands/command-context.ts';
import { eventsCommand } from './cli-commands/events.ts';
import { flagCommand } from './cli-commands/flag.ts';
import { migrateCommand } from './cli-commands/migrate.ts';
import { practiceCommand } from './cli-commands/practice.ts';
import { purgeCommand } from './cli-commands/purge.ts';
import { rollbackCommand } from './cli-commands/rollback.ts';
import { startCommand } from './cli-commands/serve.ts';
import { tempPasswordCommand } from './cli-commands/temp-password.ts';
import { tokenCommand } from './cli-commands/token.ts';
import { explainFailure, type Failure } from './explain-failure.ts';

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

Every command takes --json (one document on stdout, an error too) and ends with 0 done, 1 failed, 2 done but rows were
left out, 3 refused by a gate, a policy or you, 64 wrong usage or a bad setting, 130 interrupted.

Afterwards: drydock-server audit --since 24h, and drydock-server purge MIGRATION. More: docs/operating.md`;

/**
 * Runs one command line. Results go to `print` and everything else to `note`; with `--json` exactly one document is
 * printed, good or bad. Gives how the process ends. Never throws.
 */
export async function runServerProgram(args: readonly string[], world: CommandContext): Promise<ExitCode> {
  let exitCode: ExitCode = exitCodes.done;
  let hasPrinted = false;
  const context: CommandContext = {
    ...world,
    json: args.includes('--json'),
    print: (text) => {
      hasPrinted = true;
      world.print(text);
    },
    endsWith: (code) => {
      exitCode = code;
    },
  };
  const asked: string[] = [];
  const messages: string[] = [];
  try {
    await program(context, (text) => void asked.push(text), (text) => void messages.push(text)).parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) {
      const help = asked.join('');
      context.print(context.json ? JSON.stringify({ help }) : help.trimEnd());
      return exitCodes.done;
    }
    const failure = explainFailure(error, messages.join('').trim());
    // One document alone: what fails after it is printed is told beside it.
    if (context.json && !hasPrinted) context.print(JSON.stringify({ error: problemIn(failure) }));
    else context.note(failure.line);
    return failure.exitCode;
  }
}

function program(context: CommandContext, writeOut: (text: string) => void, writeErr: (text: string) => void): Command {
  const drydockServer = new Command('drydock-server')
    .description('The Drydock admin API, and what its administrators do on its machine')
    .option('--json', 'print one JSON document on stdout')
    .addHelpText('after', settingsHelp)
    .showHelpAfterError('(see --help)');
  for (const command of [startCommand, migrateCommand, practiceCommand, tokenCommand, flagCommand, tempPasswordCommand, eventsCommand, auditLogCommand, purgeCommand, rollbackCommand]) drydockServer.addCommand(command(context));
  for (const command of allCommands(drydockServer)) command.exitOverride().configureHelp({ showGlobalOptions: true }).configureOutput({ writeOut, writeErr });
  return drydockServer;
}

function allCommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap((child) => allCommands(child))];
}

function problemIn({ code, title, detail, errors }: Failure) {
  return { code, title, detail, request_id: null, ...(errors === undefined ? {} : { errors }) };
}
