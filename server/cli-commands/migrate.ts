import { Command } from 'commander';
import { declareEnvironment } from '../config/declare.ts';
import { type CommandContext, withStore } from './command-context.ts';

/** `migrate`: brings the database's schema up to date, and declares the configured migrations. */
export function migrateCommand(context: CommandContext): Command {
  return new Command('migrate').description('Bring the database schema up to date; safe to run from several machines').action(async () => {
    await withStore(context, 'migrate', async (store, config) => store.inAdminTx(async (tx) => declareEnvironment(tx, config)));
    context.print('The database schema is up to date.');
  });
}
