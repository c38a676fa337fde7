import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fileTestEvents, outboxRows } from '../../tests/support/outbox-events.ts';
import { newTestDatabase } from '../../tests/support/test-database.ts';
import { declareTestMigration, openTestStore, type TestStore } from '../../tests/support/test-store.ts';
import { untilWaitingForLock } from '../../tests/support/until-waiting.ts';
import { replay } from './dead-letters.ts';

const EVENTS = 8;

let test: TestStore;
let other: pg.Client;
beforeAll(async () => {
  const location = await newTestDatabase();
  if (location.kind !== 'postgres') throw new Error('two who lock need two connections: PostgreSQL');
  test = await openTestStore(location);
  other = new pg.Client({ connectionString: location.url });
  await other.connect();
  await declareTestMigration(test, 'm-1');
  await fileTestEvents(test, 'm-1', 'dead', EVENTS);
  // As they lie in the table, the last by id comes first: read as they lie, they would be locked the other way round.
  await test.asLogin(`update outbox o set state = 'dead', failed_at = now(), id = ('00000000-0000-4000-8000-' || lpad((100 - n.place)::text, 12, '0'))::uuid
    from (select id, row_number() over (order by ctid) as place from outbox) n where n.id = o.id`);
});
afterAll(async () => {
  await other.end();
  await test.store.close();
});

/** A sender whose claim has lapsed settles by id; whoever locked dead letters in another order would end one of the two in a deadlock. */
it('locks dead letters by id before it lets them be sent again', async () => {
  const ids = (await test.asLogin('select id from outbox order by id')).map((row) => String(row['id']));
  const [lowest, ...others] = ids;
  await other.query('begin');
  await other.query('select from outbox where id = $1 for update', [lowest]);
  const replayed = test.store.inAdminTx(async (tx) => replay(tx, 'm-1', 'all'));
  await untilWaitingForLock(test.asLogin);
  const free = await other.query('select id from outbox where id = any ($1::uuid[]) for update skip locked', [others]);
  await other.query('rollback');
  expect(free.rowCount).toBe(EVENTS - 1);
  expect(await replayed).toHaveLength(EVENTS);
  expect((await outboxRows(test)).map((row) => row.state)).toEqual(Array.from({ length: EVENTS }, () => 'pending'));
});
