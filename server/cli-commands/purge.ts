import { Command } from 'commander';
import type { ServerConfig } from '../config/server-config.ts';
import { forgetOld, NotPurgeable, purgeMigration, type Undelivered } from '../purge/purge-migration.ts';
import { issueReceipt } from '../receipts/issue-receipt.ts';
import { enterReceiptKey } from '../receipts/receipt-key-history.ts';
import type { Store } from '../store/store.ts';
import { auditCommand } from './audit-command.ts';
import { commandLineActor, type CommandContext, withStore } from './command-context.ts';
import { configuredReceiptKey } from './configured-receipt-key.ts';
import { printResult } from './print-result.ts';
import { UsageError } from './usage-error.ts';

/** Sessions that are over and keys without a run are of no use to anybody after this. */
const FORGET_DAYS = 90;

/** `purge MIGRATION [--yes]`: takes the personal data of a finished migration away, for good. */
export function purgeCommand(context: CommandContext): Command {
  return new Command('purge')
    .description('Take the personal data of a finished migration away, for good; receipts, counts and hashes stay')
    .argument('<migration>', 'its id')
    .option('--yes', 'go on without asking; needed where there is no terminal')
    .option('--discard-events', 'let events go that their destination never got; needed where none is configured')
    .addHelpText(
      'after',
      '\nGone are: the records of its cohorts, plan rows, items, snapshots, who is prepared and who has completed, events, and\nvalidation. Customers and their accounts stay as they are. The migration is closed: nothing can be written for it again.\nIt needs: no run under way, the flag off, test users put back, nobody prepared without a new password, no event undelivered.\n\nExample:\n  drydock-server flag off migration.csv_2025_08_09_enabled && drydock-server purge 2025-08-09',
    )
    .action(async (migration: string, options: { readonly yes?: boolean; readonly discardEvents?: boolean }) => {
      if (options.yes !== true && (await context.ask(`This takes the personal data of ${migration} away for good. Type its id to go on: `)) !== migration) {
        throw new UsageError('nothing was purged; type the id of the migration, or give --yes');
      }
      const purged = await withStore(context, 'check', async (store, config) => purge(context, store, config, migration, options.discardEvents === true ? 'discard' : 'refuse'));
      printResult(context, { migration, purged }, [
        ...Object.entries(purged).map(([table, count]) => `${String(count).padStart(9)}  ${table}`),
        `The personal data of ${migration} is gone, and the migration is closed. Its receipts can still be checked.`,
      ]);
    });
}

async function purge(context: CommandContext, store: Store, config: ServerConfig, migration: string, undelivered: Undelivered): Promise<Readonly<Record<string, number>>> {
  const key = configuredReceiptKey(context, config);
  const runs = await store.inAdminTx(async (tx) => {
    await enterReceiptKey(tx, key, config.environment.id);
    return tx.selectFrom('runs').select('id').where('migration_id', '=', migration).where('state', 'in', ['stopped', 'completed', 'completed_with_failures', 'failed']).execute();
  });
  // Items go, so what their hashes are is stated and signed before.
  for (const { id } of runs) await issueReceipt({ store, environment: config.environment, key, randomBytes: context.randomBytes }, id);
  try {
    return await store.inPurgerTx(async (tx) => {
      const purged = await purgeMigration(tx, migration, commandLineActor, undelivered);
      await auditCommand(tx, context, { command: 'purge', migrationId: migration, detail: { ...purged, undelivered_events: undelivered } });
      await forgetOld(tx, FORGET_DAYS);
      return purged;
    });
  } catch (error) {
    if (error instanceof NotPurgeable) throw new UsageError(`nothing was purged: ${error.message}`);
    throw error;
  }
}
