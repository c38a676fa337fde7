import type { Engine } from './engine.ts';

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
