import pg from 'pg';
import { CompiledQuery, PostgresDialect, type PostgresCursor, type PostgresPool, type PostgresPoolClient, type PostgresQueryResult } from 'kysely';
import { type Engine, enterAppRole, enterSignInRole, type Script } from './engine.ts';
import { createKeptNames } from './kept-statements.ts';
import { isHeldByAnother } from './passing-error.ts';

const INT8 = 20;
const POOL_SIZE = 10;
/** A statement of sign-in takes less than a millisecond; these wait for the disk now and then, and for a customer a moment only. */
const SIGN_IN_POOL_SIZE = 6;
const CONNECT_TIMEOUT_MS = 10_000;

/** Counts and sequence numbers stay far below 2^53; as text they would differ from what the embedded database gives. */
const types: pg.CustomTypesConfig = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid === INT8 && format !== 'binary') return (text: string) => Number(text);
    return pg.types.getTypeParser(oid, format ?? 'text') as (text: string) => unknown;
  },
};

/** Opens a pool on a PostgreSQL (15 or later). Connects at first use, not here. */
export function openPostgres(url: string): Engine {
  const pool = openPool(url, POOL_SIZE);
  const signInPool = openPool(url, SIGN_IN_POOL_SIZE);
  const signsIn = new WeakSet<pg.PoolClient>();
  return {
    kind: 'postgres',
    dialect: new PostgresDialect({
      pool: keepingStatements(pool),
      onCreateConnection: async (connection) => {
        await connection.executeQuery(CompiledQuery.raw(enterAppRole));
      },
    }),
    async withConnection(as, work) {
      const client = await pool.connect();
      let broken = false;
      try {
        await client.query(as === 'app' ? enterAppRole : 'reset role');
        return await work(scriptOn(client));
      } catch (error) {
        await client.query('rollback').catch(() => {
          broken = true;
        });
        throw error;
      } finally {
        // kysely enters the role once a connection, so one that has left it must not come back to kysely.
        client.release(broken || as === 'login');
      }
    },
    async runSignIn({ name, text }, values) {
      const client = await signInPool.connect();
      let broken = true;
      try {
        if (!signsIn.has(client)) await client.query(enterSignInRole);
        signsIn.add(client);
        const { rows } = await client.query<Record<string, unknown>>({ name, text, values: [...values] });
        broken = false;
        return rows;
      } catch (error) {
        // Nothing is wrong with the connection then, and the statement is tried again.
        broken = !isHeldByAnother(error);
        throw error;
      } finally {
        client.release(broken);
      }
    },
    connections() {
      const count = (of: (each: pg.Pool) => number): number => of(pool) + of(signInPool);
      return { total: count((each) => each.totalCount), idle: count((each) => each.idleCount), waiting: count((each) => each.waitingCount) };
    },
    async close() {
      for (const each of [pool, signInPool]) if (!each.ended) await each.end();
    },
  };
}

function openPool(url: string, max: number): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, max, connectionTimeoutMillis: CONNECT_TIMEOUT_MS, types });
  // A connection that breaks reports here while it is idle, and by itself while somebody has it; unheard, either would end the
  // process. Whoever has it learns of it from their next statement.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/** The pool as kysely sees it: statements that are marked as kept are prepared by name, once a connection. */
function keepingStatements(pool: pg.Pool): PostgresPool {
  const nameOf = createKeptNames();
  // kysely tells a new connection by its object, and enters the role on it.
  const known = new WeakMap<pg.PoolClient, PostgresPoolClient>();
  return {
    options: pool.options,
    async connect() {
      const client = await pool.connect();
      const keeping = known.get(client) ?? new KeepingClient(client, nameOf);
      known.set(client, keeping);
      return keeping;
    },
    end: async () => pool.end(),
  };
}

class KeepingClient implements PostgresPoolClient {
  readonly #client: pg.PoolClient;
  readonly #nameOf: (text: string) => string | undefined;
  constructor(client: pg.PoolClient, nameOf: (text: string) => string | undefined) {
    this.#client = client;
    this.#nameOf = nameOf;
  }

  query<R>(text: string, values: readonly unknown[]): Promise<PostgresQueryResult<R>>;
  query<R>(cursor: PostgresCursor<R>): PostgresCursor<R>;
  query<R>(asked: string | PostgresCursor<R>, values: readonly unknown[] = []): Promise<PostgresQueryResult<R>> | PostgresCursor<R> {
    if (typeof asked !== 'string') throw new Error('Nothing here reads by cursor; read in pages.');
    return this.#send<R>(asked, values);
  }

  async #send<R>(text: string, values: readonly unknown[]): Promise<PostgresQueryResult<R>> {
    const plain: PostgresPoolClient = this.#client;
    const name = this.#nameOf(text);
    if (name === undefined) return plain.query<R>(text, values);
    // The same that the library gives for a text; its types only name fewer commands there.
    return (await this.#client.query({ name, text, values: [...values] })) as unknown as PostgresQueryResult<R>;
  }

  release(destroy?: boolean): void {
    this.#client.release(destroy);
  }
}

function scriptOn(client: pg.PoolClient): Script {
  return async (text, values) => {
    // Several statements at once give an array of results, which the types of the library leave out.
    const result: unknown = values === undefined || values.length === 0 ? await client.query(text) : await client.query(text, [...values]);
    return (Array.isArray(result) ? result : [result]).flatMap(rowsOf);
  };
}

function rowsOf(result: { readonly rows?: readonly Record<string, unknown>[] }): readonly Record<string, unknown>[] {
  return result.rows ?? [];
}
