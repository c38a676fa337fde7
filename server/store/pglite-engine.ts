import type { PGlite } from '@electric-sql/pglite';
import type { CompiledQuery, DatabaseConnection, Driver, QueryResult, TransactionSettings } from 'kysely';
import { PGliteAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely';
import { openEmbeddedDatabase } from './embedded-database.ts';
import { type Engine, enterAppRole, type Script } from './engine.ts';
import { createMutex, type Mutex } from './mutex.ts';

/** Where an embedded database lives: a folder, or memory when it is left out; a template saves making it anew. */
export type PgliteOptions = { readonly folder?: string; readonly template?: Blob };

/**
 * Opens the embedded database. It has one connection, and kysely's own driver hands that to everybody at once, so that a
 * queue statement could run inside somebody's open transaction and vanish with its rollback. Here whoever holds the
 * connection holds it alone, until the transaction is over.
 */
export async function openPglite(options: PgliteOptions): Promise<Engine> {
  const database = await openEmbeddedDatabase({
    ...(options.folder === undefined ? {} : { dataDir: options.folder }),
    ...(options.template === undefined ? {} : { loadDataDir: options.template }),
  });
  const mutex = createMutex();
  let hasEnteredRole = false;
  async function enterRole(): Promise<void> {
    if (hasEnteredRole) return;
    await database.exec(enterAppRole);
    hasEnteredRole = true;
  }
  return {
    kind: 'pglite',
    dialect: {
      createAdapter: () => new PGliteAdapter(),
      createDriver: () => new OneConnectionDriver(database, mutex, enterRole),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
    async withConnection(as, work) {
      const release = await mutex.acquire();
      try {
        if (as === 'app') await enterRole();
        else {
          hasEnteredRole = false;
          await database.exec('reset role');
        }
        return await work(scriptOn(database));
      } catch (error) {
        await database.exec('rollback').catch(() => undefined);
        throw error;
      } finally {
        release();
      }
    },
    async runSignIn({ text }, values) {
      const release = await mutex.acquire();
      try {
        await database.exec('begin; set local role drydock_sign_in');
        const { rows } = await database.query<Record<string, unknown>>(text, [...values]);
        await database.exec('commit');
        return rows;
      } catch (error) {
        await database.exec('rollback').catch(() => undefined);
        throw error;
      } finally {
        release();
      }
    },
    connections: () => ({ total: 1, idle: mutex.waiting() === 0 ? 1 : 0, waiting: Math.max(0, mutex.waiting() - 1) }),
    async close() {
      const release = await mutex.acquire();
      try {
        if (!database.closed) await database.close();
      } finally {
        release();
      }
    },
  };
}

function scriptOn(database: PGlite): Script {
  return async (text, values) => {
    if (values !== undefined && values.length > 0) return (await database.query<Record<string, unknown>>(text, [...values])).rows;
    const results = await database.exec(text);
    return results.flatMap((result) => result.rows as Record<string, unknown>[]);
  };
}

class OneConnection implements DatabaseConnection {
  readonly #database: PGlite;
  constructor(database: PGlite) {
    this.#database = database;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const result = await this.#database.query<R>(query.sql, [...query.parameters]);
    return { rows: result.rows, numAffectedRows: BigInt(result.affectedRows ?? 0) };
  }

  streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('The embedded database gives no stream; read in pages.');
  }
}

class OneConnectionDriver implements Driver {
  readonly #connection: OneConnection;
  readonly #database: PGlite;
  readonly #mutex: Mutex;
  readonly #enterRole: () => Promise<void>;
  #release: (() => void) | undefined;

  constructor(database: PGlite, mutex: Mutex, enterRole: () => Promise<void>) {
    this.#database = database;
    this.#connection = new OneConnection(database);
    this.#mutex = mutex;
    this.#enterRole = enterRole;
  }

  async init(): Promise<void> {
    await this.#database.waitReady;
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    const release = await this.#mutex.acquire();
    try {
      await this.#enterRole();
    } catch (error) {
      release();
      throw error;
    }
    this.#release = release;
    return this.#connection;
  }

  async releaseConnection(): Promise<void> {
    const release = this.#release;
    this.#release = undefined;
    release?.();
  }

  async beginTransaction(_connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    const isolation = settings.isolationLevel === undefined ? '' : ` isolation level ${settings.isolationLevel}`;
    const access = settings.accessMode === undefined ? '' : ` ${settings.accessMode}`;
    await this.#database.exec(`begin${isolation}${access}`);
  }

  async commitTransaction(): Promise<void> {
    await this.#database.exec('commit');
  }

  async rollbackTransaction(): Promise<void> {
    await this.#database.exec('rollback');
  }

  async destroy(): Promise<void> {
    if (!this.#database.closed) await this.#database.close();
  }
}
