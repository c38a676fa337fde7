import { afterAll, describe, expect, it } from 'vitest';
import { newTestDatabase } from '../../tests/support/test-database.ts';
import { openEmbeddedDatabase } from '../store/embedded-database.ts';
import type { Engine } from '../store/engine.ts';
import { openEngine } from '../store/open-store.ts';
import { assertMigrated, migrate, SchemaMismatch } from './migrate.ts';
import type { Migration } from './migration.ts';
import { migrations } from './migrations.ts';

const steps: readonly Migration[] = [
  { number: 1, name: 'one', sql: 'create table one (a int)' },
  { number: 2, name: 'two', sql: 'create table two (a int)' },
];

describe('the numbered steps', () => {
  it('are consecutive and named once', () => {
    expect(migrations.map((migration) => migration.number)).toEqual(migrations.map((_, index) => index + 1));
    expect(new Set(migrations.map((migration) => migration.name)).size).toBe(migrations.length);
  });
});

describe('migrating', () => {
  const engines: Engine[] = [];
  afterAll(async () => {
    await Promise.all(engines.map(async (engine) => engine.close()));
  });
  let bare: Blob | undefined;
  /** Without a schema, which an embedded one for tests comes with; made once, since making one takes five seconds. */
  async function bareTemplate(): Promise<Blob> {
    if (bare !== undefined) return bare;
    const database = await openEmbeddedDatabase();
    bare = await database.dumpDataDir('none');
    await database.close();
    return bare;
  }
  async function emptyDatabase(): Promise<Engine> {
    const location = await newTestDatabase();
    const engine = await openEngine(location.kind === 'pglite' ? { kind: 'pglite', template: await bareTemplate() } : location);
    engines.push(engine);
    return engine;
  }
  const apply = async (engine: Engine, known: readonly Migration[]): Promise<readonly number[]> => engine.withConnection('login', async (run) => migrate(run, known));

  it('numbers the steps of a user directory by themselves, and refuses a database that was made for another one', async () => {
    const engine = await emptyDatabase();
    await apply(engine, steps);
    const ofDirectory = async (known: readonly Migration[]): Promise<readonly number[]> => engine.withConnection('login', async (run) => migrate(run, known, 'directory_migrations'));
    expect(await ofDirectory([]), 'no steps, no table').toEqual([]);
    expect(await ofDirectory([{ number: 1, name: 'shop', sql: 'create table shop (a int)' }])).toEqual([1]);
    expect(await apply(engine, steps)).toEqual([]);
    await expect(ofDirectory([])).rejects.toThrow('made for user tables of its own');
    await expect(ofDirectory([{ number: 1, name: 'another', sql: 'create table another (a int)' }])).rejects.toThrow(SchemaMismatch);
  });

  it('applies what is missing, once, however many processes try', async () => {
    const engine = await emptyDatabase();
    const applied = await Promise.all([apply(engine, steps), apply(engine, steps), apply(engine, steps)]);
    expect(applied.flat()).toEqual([1, 2]);
    expect(await apply(engine, [...steps, { number: 3, name: 'three', sql: 'create table three (a int)' }])).toEqual([3]);
  });

  it('refuses a database that is newer than the server', async () => {
    const engine = await emptyDatabase();
    await apply(engine, steps);
    await expect(apply(engine, steps.slice(0, 1))).rejects.toThrow(SchemaMismatch);
  });

  it('refuses a database that was made by an edited step', async () => {
    const engine = await emptyDatabase();
    await apply(engine, steps);
    await expect(apply(engine, [{ number: 1, name: 'one', sql: 'create table one (b int)' }, ...steps.slice(1)])).rejects.toThrow(/step 1/);
  });

  it('leaves nothing of a step that fails, nor of those before it', async () => {
    const engine = await emptyDatabase();
    await expect(apply(engine, [...steps, { number: 3, name: 'three', sql: 'create table three (a int); nonsense' }])).rejects.toThrow(/nonsense/);
    expect(await apply(engine, steps)).toEqual([1, 2]);
  });

  it('only looks when it is asked to, and says what is missing', async () => {
    const engine = await emptyDatabase();
    await apply(engine, steps.slice(0, 1));
    await expect(engine.withConnection('login', async (run) => assertMigrated(run, steps))).rejects.toThrow(/lacks 1 schema steps; run: drydock-server migrate/);
  });

  it('makes tables that the login does not own', async () => {
    const engine = await emptyDatabase();
    await apply(engine, migrations);
    const owners = await engine.withConnection('login', async (run) =>
      run(`select distinct tableowner from pg_tables where schemaname in ('public', 'pgboss')`),
    );
    expect(owners).toEqual([{ tableowner: 'drydock_owner' }]);
  });
});
