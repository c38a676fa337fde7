import { directory } from '../directory/directory.ts';
import type { Script } from '../store/engine.ts';
import { assertMigrated, migrate } from './migrate.ts';
import { migrations } from './migrations.ts';

/** Steps of the directory have numbers of their own: Drydock's next one never collides with them. */
const DIRECTORY_LEDGER = 'directory_migrations';

/**
 * Brings a database up to what this server needs: Drydock's own steps, then those of its user directory.
 * @throws SchemaMismatch when the database is newer than this server, or was made by other steps or for another directory.
 */
export async function migrateDatabase(run: Script): Promise<void> {
  await migrate(run, migrations);
  await migrate(run, directory.steps, DIRECTORY_LEDGER);
}

/**
 * Looks whether the database is what this server needs, and changes nothing.
 * @throws SchemaMismatch, saying which side is behind.
 */
export async function assertDatabaseMigrated(run: Script): Promise<void> {
  await assertMigrated(run, migrations);
  await assertMigrated(run, directory.steps, DIRECTORY_LEDGER);
}
