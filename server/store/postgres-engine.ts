import pg from 'pg';
import { CompiledQuery, PostgresDialect } from 'kysely';
import { type Engine, enterAppRole, enterSignInRole, type Script } from './engine.ts';

const INT8 = 20;
const POOL_SIZE = 10;
/** A statement of sign-in takes less than a millisecond; these wait for the disk now and then. */
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
      pool,
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
