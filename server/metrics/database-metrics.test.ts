import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fileTestEvents } from '../../tests/support/outbox-events.ts';
import { declareTestMigration, openTestStore, type TestStore } from '../../tests/support/test-store.ts';
import { databaseMetrics, oldestUndelivered, undeliveredByState } from './database-metrics.ts';

let test: TestStore;
beforeAll(async () => {
  test = await openTestStore();
  await declareTestMigration(test, 'metrics');
  await fileTestEvents(test, 'metrics', 'e', 40);
});
afterAll(async () => test.store.close());

const read = async (name: string): Promise<unknown> => databaseMetrics(test.store).find((metric) => metric.name === name)?.read();

it('counts events that wait or were given up, and how long the oldest waits; those delivered are not looked at', async () => {
  const [first] = await test.asLogin('select destination from outbox limit 1');
  const destination = String(first?.['destination']);
  await test.asLogin(`update outbox set state = 'delivered', delivered_at = now() where id in (select id from outbox order by id limit 30)`);
  await test.asLogin(`update outbox set state = 'dead', failed_at = now() where id in (select id from outbox where state = 'pending' order by id limit 4)`);
  await test.asLogin(`update outbox set created_at = now() - interval '1 hour' where id in (select id from outbox where state = 'delivered' limit 1)`);
  expect(await read('drydock_outbox_events')).toEqual(
    expect.arrayContaining([
      { labels: { destination, state: 'pending' }, value: 6 },
      { labels: { destination, state: 'dead' }, value: 4 },
    ]),
  );
  expect(await read('drydock_outbox_events')).toHaveLength(2);
  expect(await read('drydock_outbox_oldest_pending_seconds')).toEqual([{ labels: { destination }, value: expect.toSatisfy((seconds: number) => seconds < 1_800) }]);
});

it.each([['how many there are', undeliveredByState], ['how long the oldest waits', oldestUndelivered]])('looks up %s in an index of those alone', async (_what, query) => {
  // What the database does by itself at any moment; with the one half of it, a count alone, it takes another index of pending events.
  await test.asLogin('vacuum analyze outbox');
  const steps = await test.store.inReadTx(async (tx) => {
    // A small table would be read from end to end; a scan that the index cannot take the place of stays one all the same.
    await sql`set local enable_seqscan = off`.execute(tx);
    const { rows } = await sql<Record<string, string>>`explain (costs off) ${query}`.execute(tx);
    return rows.map((row) => Object.values(row)[0]).join('\n');
  });
  expect(steps).toContain('outbox_undelivered');
});
