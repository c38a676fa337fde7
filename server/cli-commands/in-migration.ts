import { declareEnvironment } from '../config/declare.ts';
import type { ServerConfig } from '../config/server-config.ts';
import type { AdminTx } from '../store/store.ts';
import { type CommandContext, withStore } from './command-context.ts';
import { UsageError } from './usage-error.ts';

/** Runs `work` in one transaction for a migration of the configured environment. @throws UsageError when there is no such migration. */
export async function inMigration<Result>(context: CommandContext, migration: string, work: (tx: AdminTx, config: ServerConfig) => Promise<Result>): Promise<Result> {
  return withStore(context, 'check', async (store, config) =>
    store.inAdminTx(async (tx) => {
      await declareEnvironment(tx, config);
      const known = await tx.selectFrom('migrations').select('id').where('id', '=', migration).executeTakeFirst();
      if (known === undefined) throw new UsageError(`there is no migration ${migration} in this environment`);
      return work(tx, config);
    }),
  );
}
