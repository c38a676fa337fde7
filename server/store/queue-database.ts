import { randomUUID } from 'node:crypto';
import { CompiledQuery } from 'kysely';
import type { PgBoss } from 'pg-boss';
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
export function connectionQueueDatabase(engine: Engine, unnested: <T>(work: () => Promise<T>) => Promise<T>): QueueDatabase {
  return {
    executeSql: async (text, values) => unnested(async () => engine.withConnection('app', async (run) => ({ rows: [...(await run(text, values))] }))),
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

/**
 * Makes a queue, if it is not there, and has pg-boss look it up: it does so at a queue's first use, over its own
 * connection, which must not happen inside a transaction.
 */
export async function openQueue(boss: PgBoss, name: string): Promise<void> {
  await boss.createQueue(name);
  await boss.findJobs(name, { id: randomUUID() });
}
