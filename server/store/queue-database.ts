import { CompiledQuery } from 'kysely';
import type { Engine } from './engine.ts';
import type { WriteTx } from './transactions.ts';

/** What pg-boss needs of a database (`IDatabase` there). */
export type QueueDatabase = {
  readonly executeSql: (text: string, values?: unknown[]) => Promise<{ rows: Record<string, unknown>[] }>;
};

/**
 * The queue's own way to the database. It waits its turn like every transaction does: on the one connection of the
 * embedded database a statement that did not wait would run inside somebody's open transaction.
 */
export function connectionQueueDatabase(engine: Engine): QueueDatabase {
  return {
    executeSql: async (text, values) => engine.withConnection('app', async (run) => ({ rows: [...(await run(text, values))] })),
  };
}

/** For adding a job within a transaction: it is there when the transaction commits, and only then. */
export function transactionQueueDatabase(tx: WriteTx): QueueDatabase {
  return {
    async executeSql(text, values) {
      const result = await tx.executeQuery<Record<string, unknown>>(CompiledQuery.raw(text, values ?? []));
      return { rows: result.rows };
    },
  };
}
