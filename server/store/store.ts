import { type Kysely, sql, type Transaction } from 'kysely';
import type { DatabaseRole } from '../migrations/roles.ts';
import type { Database } from './database.ts';
import type { ConnectionCounts, Engine, KeptStatement } from './engine.ts';
import { createNestingGuard } from './one-at-a-time.ts';
import { connectionQueueDatabase, type QueueDatabase } from './queue-database.ts';
import type { AdminTx, PlannerTx, PurgerTx, ReadTx, RunnerTx, SignInTx } from './transactions.ts';

export type { AdminTx, PlannerTx, ReadTx, RunnerTx, SignInTx } from './transactions.ts';

/**
 * The database as the server sees it: transactions by what they are for. Each runs under the database role of that
 * purpose, so that a mistake in code meets a refusal (A16). One opened inside another is an error (`NestedTransaction`):
 * the embedded database has one connection, and the inner one would wait for the outer for ever.
 */
export type Store = {
  readonly kind: Engine['kind'];
  /** Looks only: the transaction is read-only in the database too, and sees one moment throughout. */
  readonly inReadTx: <T>(work: (tx: ReadTx) => Promise<T>) => Promise<T>;
  /** Plans: may look at customers and file plans. */
  readonly inPlannerTx: <T>(work: (tx: PlannerTx) => Promise<T>) => Promise<T>;
  /** Acts for one run, within its plan. */
  readonly inRunnerTx: <T>(runId: string, work: (tx: RunnerTx) => Promise<T>) => Promise<T>;
  readonly inSignInTx: <T>(work: (tx: SignInTx) => Promise<T>) => Promise<T>;
  /** One statement of sign-in, a transaction by itself: what every sign-in costs should be little. */
  readonly runSignIn: (statement: KeptStatement, values: readonly unknown[]) => Promise<readonly Record<string, unknown>[]>;
  readonly inAdminTx: <T>(work: (tx: AdminTx) => Promise<T>) => Promise<T>;
  /** Takes a finished migration's personal data away. */
  readonly inPurgerTx: <T>(work: (tx: PurgerTx) => Promise<T>) => Promise<T>;
  /** For pg-boss, which works outside transactions: a job only says that a run wants attention, and may be lost or doubled. */
  readonly queueDatabase: QueueDatabase;
  readonly connections: () => ConnectionCounts;
  /** Whether the database answers. */
  readonly ping: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/** Makes the store of an engine whose schema is in place. `db` is that engine's kysely. */
export function createStore(engine: Engine, db: Kysely<Database>): Store {
  const unnested = createNestingGuard();
  async function inRole<T>(role: DatabaseRole, work: (tx: Transaction<Database>) => Promise<T>): Promise<T> {
    return unnested(async () =>
      db.transaction().execute(async (tx) => {
        await sql`set local role ${sql.id(role)}`.execute(tx);
        return work(tx);
      }),
    );
  }
  return {
    kind: engine.kind,
    inReadTx: async (work) =>
      unnested(async () =>
        db
          .transaction()
          .setAccessMode('read only')
          .setIsolationLevel('repeatable read')
          .execute(async (tx) => {
            await sql`set local role ${sql.id('drydock_admin')}`.execute(tx);
            return work(tx);
          }),
      ),
    inPlannerTx: async (work) => inRole('drydock_planner', async (tx) => work(tx as unknown as PlannerTx)),
    inRunnerTx: async (runId, work) =>
      inRole('drydock_runner', async (tx) => {
        await sql`select set_config('drydock.run_id', ${runId}, true)`.execute(tx);
        return work(tx as RunnerTx);
      }),
    inSignInTx: async (work) => inRole('drydock_sign_in', async (tx) => work(tx as SignInTx)),
    runSignIn: async (statement, values) => unnested(async () => engine.runSignIn(statement, values)),
    inAdminTx: async (work) => inRole('drydock_admin', async (tx) => work(tx as AdminTx)),
    inPurgerTx: async (work) => inRole('drydock_purger', async (tx) => work(tx as PurgerTx)),
    queueDatabase: connectionQueueDatabase(engine, unnested),
    connections: engine.connections,
    async ping() {
      await sql`select 1`.execute(db);
    },
    async close() {
      await db.destroy();
      await engine.close();
    },
  };
}
