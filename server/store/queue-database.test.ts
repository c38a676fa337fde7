import { PgBoss } from 'pg-boss';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newTestDatabase } from '../../tests/support/test-database.ts';
import { NestedTransaction } from './one-at-a-time.ts';
import { openStore } from './open-store.ts';
import type { Store } from './store.ts';

describe('the queue', () => {
  let store: Store;
  let boss: PgBoss;
  const failures: unknown[] = [];

  beforeAll(async () => {
    store = await openStore(await newTestDatabase(), 'migrate');
    boss = new PgBoss({ db: store.queueDatabase, backend: store.kind, schema: 'pgboss', migrate: false, createSchema: false, reindex: false, monitorVacuum: false });
    boss.on('error', (error) => failures.push(error));
    await boss.start();
    await boss.createQueue('batches');
  });
  afterAll(async () => {
    await boss.stop({ graceful: false });
    await store.close();
  });

  it('keeps a job that was sent while somebody else rolls back', async () => {
    const { promise: mayGoOn, resolve: goOn } = Promise.withResolvers<void>();
    const open = store
      .inAdminTx(async () => {
        await mayGoOn;
        throw new Error('rolled back');
      })
      .catch(() => undefined);
    const sent = boss.send('batches', { run: 'apart' });
    goOn();
    await Promise.all([open, sent]);
    const jobs = await boss.fetch('batches', { batchSize: 10 });
    expect(jobs.map((job) => job.data)).toEqual([{ run: 'apart' }]);
  });

  it('refuses to be asked inside a transaction, instead of waiting for itself', async () => {
    await expect(store.inAdminTx(async () => boss.send('batches', { run: 'nested' }))).rejects.toThrow(NestedTransaction);
    await expect(store.inAdminTx(async () => store.inReadTx(async () => undefined))).rejects.toThrow(NestedTransaction);
  });

  it('works and maintains itself with the rights it has', async () => {
    const { promise: worked, resolve } = Promise.withResolvers<unknown>();
    await boss.work('batches', { pollingIntervalSeconds: 0.5 }, async (jobs) => resolve(jobs.map((job) => job.data)));
    await boss.send('batches', { run: 'worked' });
    expect(await worked).toEqual([{ run: 'worked' }]);
    await boss.supervise();
    expect(failures).toEqual([]);
  });
});
