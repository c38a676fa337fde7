import { hash } from 'node:crypto';
import { z } from 'zod';
import type { Script } from '../store/engine.ts';
import type { Migration } from './migration.ts';
import { rolesSql } from './roles.ts';

/** Any number will do as long as every server uses the same. */
const MIGRATION_LOCK = 4_010_001;

const appliedSchema = z.object({ number: z.coerce.number(), name: z.string(), sha256: z.string() });
type Applied = z.infer<typeof appliedSchema>;

/** Where it is kept which steps a database has: Drydock's own, and those of the user directory. */
export type Ledger = 'schema_migrations' | 'directory_migrations';

/** The database and this server do not fit together, and nothing was changed. */
export class SchemaMismatch extends Error {
  override readonly name = 'SchemaMismatch';
}

/**
 * Brings the schema up to the last of `migrations`, all steps in one transaction: a failure leaves what was there.
 * Several processes may do this at once; one works, the others wait and find nothing to do.
 * @returns the numbers of the steps that were applied now.
 * @throws SchemaMismatch when the database is newer than this server, or was made by other steps.
 */
export async function migrate(run: Script, migrations: readonly Migration[], ledger: Ledger = 'schema_migrations'): Promise<readonly number[]> {
  await run('begin');
  await run(`select pg_advisory_xact_lock(${String(MIGRATION_LOCK)})`);
  const before = await appliedMigrations(run, ledger);
  const pending = pendingMigrations(before, migrations, ledger);
  if (pending.length > 0) {
    await run(rolesSql);
    await run('set local role drydock_owner');
    await run(`create table if not exists ${ledger} (
      number integer primary key, name text not null, sha256 text not null, applied_at timestamptz not null default now())`);
    for (const migration of pending) {
      await run(migration.sql);
      await run(`insert into ${ledger} (number, name, sha256) values ($1, $2, $3)`, [migration.number, migration.name, fingerprint(migration)]);
    }
    await run(`grant select on ${ledger} to drydock_admin`);
  }
  await run('commit');
  return pending.map((migration) => migration.number);
}

/**
 * Checks that the database has exactly the schema of `migrations`, and changes nothing.
 * @throws SchemaMismatch, saying which side is behind.
 */
export async function assertMigrated(run: Script, migrations: readonly Migration[], ledger: Ledger = 'schema_migrations'): Promise<void> {
  const pending = pendingMigrations(await appliedMigrations(run, ledger), migrations, ledger);
  if (pending.length > 0) throw new SchemaMismatch(`the database lacks ${String(pending.length)} schema steps; run: drydock-server migrate`);
}

async function appliedMigrations(run: Script, ledger: Ledger): Promise<readonly Applied[]> {
  const [table] = await run(`select to_regclass('public.${ledger}') is not null as present`);
  if (table?.['present'] !== true) return [];
  return z.array(appliedSchema).parse(await run(`select number, name, sha256 from public.${ledger} order by number`));
}

function pendingMigrations(applied: readonly Applied[], migrations: readonly Migration[], ledger: Ledger): readonly Migration[] {
  if (ledger === 'directory_migrations' && applied.length > 0 && migrations.length === 0) {
    throw new SchemaMismatch('the database was made for user tables of its own, and this server has none: use the server that was built with that user directory');
  }
  const newest = applied.at(-1)?.number ?? 0;
  if (newest > migrations.length) {
    throw new SchemaMismatch(`the database has schema step ${String(newest)}, this server knows ${String(migrations.length)}: use a newer server`);
  }
  applied.forEach((step, index) => {
    const known = migrations[index];
    if (known?.number !== step.number || fingerprint(known) !== step.sha256) {
      throw new SchemaMismatch(`schema step ${String(step.number)} (${step.name}) of the database is not the one this server knows`);
    }
  });
  return migrations.slice(applied.length);
}

function fingerprint(migration: Migration): string {
  return hash('sha256', migration.sql);
}
