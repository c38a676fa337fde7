import { Command } from 'commander';
import { declareEnvironment } from '../config/declare.ts';
import { type CommandContext, withStore } from './command-context.ts';
import { printResult } from './print-result.ts';

/** `migrate`: brings the database's schema up to date, and declares the configured migrations. */
export function migrateCommand(context: CommandContext): Command {
  return new Command('migrate')
    .description('Bring the database schema up to date; safe to run from several machines')
    .addHelpText('after', '\nNeeds a login that may create tables and roles; the server itself does not.\n\nExample:\n  DRYDOCK_DATABASE_URL=postgresql://owner@db/drydock drydock-server migrate')
    .action(async () => {
      await withStore(context, 'migrate', async (store, config) => store.inAdminTx(async (tx) => declareEnvironment(tx, config)));
      printResult(context, { schema: 'up_to_date' }, ['The database schema is up to date.']);
    });
}
