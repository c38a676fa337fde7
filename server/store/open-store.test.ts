import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sql } from 'kysely';
import { newTestDatabase } from '../../tests/support/test-database.ts';
import { migrations } from '../migrations/migrations.ts';
import { openStore, type StoreLocation } from './open-store.ts';
import type { Store } from './store.ts';

describe('the store', () => {
  let store: Store;
  let location: StoreLocation;

  beforeAll(async () => {
    location = await newTestDatabase();
    store = await openStore(location, 'migrate');
  });
  afterAll(async () => {
    await store.close();
  });

  it('applies every migration', async () => {
    const applied = await store.inReadTx(async (tx) => sql<{ number: number }>`select number from schema_migrations order by number`.execute(tx));
    expect(applied.rows.map((row) => row.number)).toEqual(migrations.map((migration) => migration.number));
  });

  it('reads in a transaction that cannot write', async () => {
    await expect(store.inReadTx(async (tx) => sql`update feature_flags set enabled = true`.execute(tx))).rejects.toThrow(/read-only/);
  });

  it('keeps two transactions apart that are open at the same time', async () => {
    const { promise: firstMayGoOn, resolve: letFirstGoOn } = Promise.withResolvers<void>();
    const first = store
      .inAdminTx(async (tx) => {
        await tx.insertInto('feature_flags').values({ name: 'apart' }).execute();
        await firstMayGoOn;
        throw new Error('rolled back');
      })
      .catch((error: unknown) => error);
    const second = store.inAdminTx(async (tx) => tx.insertInto('feature_flags').values({ name: 'apart-too' }).execute());
    const job = store.queueDatabase.executeSql(`insert into pgboss.warning (type, message) values ('probe', 'kept')`);
    letFirstGoOn();
    await Promise.all([second, job]);
    expect(String(await first)).toContain('rolled back');
    const flags = await store.inReadTx(async (tx) => tx.selectFrom('feature_flags').select('name').where('name', 'like', 'apart%').execute());
    expect(flags).toEqual([{ name: 'apart-too' }]);
    expect((await store.queueDatabase.executeSql(`select message from pgboss.warning where type = 'probe'`)).rows).toEqual([{ message: 'kept' }]);
  });

  it('shows no table to a connection outside its transactions', async () => {
    await expect(store.queueDatabase.executeSql('select * from users')).rejects.toThrow(/permission denied/);
  });

  it('gives times as dates, counts as numbers and JSON as values on every engine', async () => {
    const row = await store.inReadTx(async (tx) =>
      sql<Record<string, unknown>>`select now() as time, count(*) as counted, '[1]'::jsonb as json, array['a'] as list from (values (1)) v`.execute(tx),
    );
    expect(row.rows[0]).toEqual({ time: expect.any(Date), counted: 1, json: [1], list: ['a'] });
  });
});
