import { Kysely, sql } from 'kysely';
import { assertDatabaseMigrated, migrateDatabase } from '../migrations/schema.ts';
import type { Database } from './database.ts';
import type { Engine } from './engine.ts';
import { openPglite, type PgliteOptions } from './pglite-engine.ts';
import { openPostgres } from './postgres-engine.ts';
import { createStore, type Store } from './store.ts';

/** Which database: a PostgreSQL by URL, or an embedded one. */
export type StoreLocation = { readonly kind: 'postgres'; readonly url: string } | ({ readonly kind: 'pglite' } & PgliteOptions);

/** Opens an engine without looking at its schema. */
export async function openEngine(location: StoreLocation): Promise<Engine> {
  return location.kind === 'postgres' ? openPostgres(location.url) : openPglite(location);
}

/**
 * Opens the store for a server. `schema: 'migrate'` brings the schema up to date first; `'check'` only looks, for a
 * login that may not create tables.
 * @throws SchemaMismatch when the schema is newer than this server, or (checking) older.
 */
export async function openStore(location: StoreLocation, schema: 'migrate' | 'check'): Promise<Store> {
  return openStoreOn(await openEngine(location), schema);
}

/** The same on an engine that is open already, which is closed when this fails. */
export async function openStoreOn(engine: Engine, schema: 'migrate' | 'check'): Promise<Store> {
  try {
    await engine.withConnection('login', async (run) => {
      if (schema === 'migrate') await migrateDatabase(run);
      else {
        await run('set role drydock_admin');
        await assertDatabaseMigrated(run);
      }
    });
    const db = new Kysely<Database>({ dialect: engine.dialect });
    await sql`select 1`.execute(db);
    return createStore(engine, db);
  } catch (error) {
    await engine.close();
    throw error;
  }
}
