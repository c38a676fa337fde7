import { Command } from 'commander';
import { declareEnvironment } from '../config/declare.ts';
import type { AdminTx } from '../store/store.ts';
import { auditCommand } from './audit-command.ts';
import { commandLineActor, type CommandContext, withStore } from './command-context.ts';
import { printResult } from './print-result.ts';
import { UsageError } from './usage-error.ts';

/** `flag on NAME`, `flag off NAME`, `flag list` (A15). */
export function flagCommand(context: CommandContext): Command {
  const command = new Command('flag')
    .description('The feature flags that gate migrations; off until switched on')
    .addHelpText('after', '\nExamples:\n  drydock-server flag list\n  drydock-server flag on migration.csv_2025_08_09_enabled');
  command
    .command('list')
    .description('Every flag and how it stands')
    .action(async () => {
      const flags = await withStore(context, 'check', async (store, config) =>
        store.inAdminTx(async (tx) => {
          await declareEnvironment(tx, config);
          return tx.selectFrom('feature_flags').select(['name', 'enabled', 'changed_by', 'changed_at']).orderBy('name').execute();
        }),
      );
      printResult(context, { items: flags.map((flag) => ({ ...flag, changed_at: flag.changed_at.toISOString() })) }, flags.map((flag) => `${flag.enabled ? 'on ' : 'off'}  ${flag.name}${flag.changed_by === null ? '' : `  (${flag.changed_by}, ${flag.changed_at.toISOString()})`}`));
    });
  for (const [word, enabled] of [['on', true], ['off', false]] as const) {
    command
      .command(`${word} <name>`)
      .description(enabled ? 'Let the migration work and its temporary password open the reset' : 'Close it: no new run, a running one pauses, the temporary sign-in ends')
      .action(async (name: string) => {
        await setFlag(context, name, enabled);
        printResult(context, { name, enabled }, [`${name} is ${word}.`]);
      });
  }
  return command;
}

async function setFlag(context: CommandContext, name: string, enabled: boolean): Promise<void> {
  await withStore(context, 'check', async (store, config) =>
    store.inAdminTx(async (tx) => {
      await declareEnvironment(tx, config);
      const changed = await tx
        .updateTable('feature_flags')
        .set({ enabled, changed_at: context.now(), changed_by: commandLineActor })
        .where('name', '=', name)
        .executeTakeFirst();
      if (enabled) await requireNotPurged(tx, name);
      await auditCommand(tx, context, { command: `flag ${enabled ? 'on' : 'off'}`, detail: { flag: name } });
      if (changed.numUpdatedRows !== 1n) throw new UsageError(`there is no flag ${name}; see: drydock-server flag list`);
    }),
  );
}

async function requireNotPurged(tx: AdminTx, flag: string): Promise<void> {
  const purged = await tx.selectFrom('migrations').select('id').where('flag', '=', flag).where('purged_at', 'is not', null).executeTakeFirst();
  if (purged !== undefined) throw new UsageError(`${purged.id} was purged and is closed; its flag stays off`);
}
