import pg from 'pg';
import { z } from 'zod';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fileTestEvents, outboxRows } from '../../tests/support/outbox-events.ts';
import { newTestDatabase } from '../../tests/support/test-database.ts';
import { declareTestMigration, openTestStore, type TestStore } from '../../tests/support/test-store.ts';
import { untilWaitingForLock } from '../../tests/support/until-waiting.ts';
import type { ClaimedEvent } from './claim.ts';
import { KLAVIYO } from './klaviyo.ts';
import { settle } from './settle.ts';

const claimedSchema = z.object({ id: z.string(), unique_id: z.string() });

let test: TestStore;
let other: pg.Client;
beforeAll(async () => {
  const location = await newTestDatabase();
  if (location.kind !== 'postgres') throw new Error('two senders need two connections: PostgreSQL');
  test = await openTestStore(location);
  other = new pg.Client({ connectionString: location.url });
  await other.connect();
  await declareTestMigration(test, 'm-1');
  await fileTestEvents(test, 'm-1', 'both', 2);
});
afterAll(async () => {
  await other.end();
  await test.store.close();
});

/** Two senders have the same events when a claim lapses under the one: in any other order of locks the database would end one of them. */
it('locks what a claim settled by id, so that another who settles the same events is waited for and never in a deadlock', async () => {
  const claimed = z.array(claimedSchema).parse(await test.asLogin('select id, unique_id from outbox order by id'));
  const [lowest, highest] = claimed.map((row): ClaimedEvent => ({ outboxId: row.id, uniqueId: row.unique_id, name: 'Migration Complete', properties: {}, attempts: 1 }));
  if (lowest === undefined || highest === undefined) throw new Error('no two events');
  await other.query('begin');
  await other.query('select from outbox where id = $1 for update', [lowest.outboxId]);
  const settling = settle(test.store, KLAVIYO, '00000000-0000-4000-8000-000000000000', [highest, lowest].map((event) => ({ event, outcome: { kind: 'accepted' } as const })), () => 0);
  // Both are waited for: the database ends either of two that wait for each other.
  expect(await Promise.allSettled([settling, takeOnceItWaits(highest.outboxId)])).toMatchObject([{ status: 'fulfilled' }, { status: 'fulfilled' }]);
  expect((await outboxRows(test)).map((row) => row.state)).toEqual(['delivered', 'delivered']);
});

/** Asks for a row as soon as somebody waits for a lock, and lets go of all. */
async function takeOnceItWaits(id: string): Promise<void> {
  await untilWaitingForLock(test.asLogin);
  try {
    await other.query('select from outbox where id = $1 for update', [id]);
  } finally {
    await other.query('rollback');
  }
}
