import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler, type RawBuilder } from 'kysely';
import type { Script } from './engine.ts';

/** Turns queries into text and values, and reaches no database. */
const compiler = new Kysely<Record<never, never>>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
});

/** Runs a statement where there is no transaction of a role: in what prepares a database. */
export async function runStatement(run: Script, statement: RawBuilder<unknown>): Promise<void> {
  const { sql, parameters } = statement.compile(compiler);
  await run(sql, parameters);
}
