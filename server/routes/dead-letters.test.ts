import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type AdminServer, startAdminServer, type TestMigration } from '../../tests/support/admin-server.ts';
import { type FiledEvent, fileTestEvents } from '../../tests/support/outbox-events.ts';
import { deadLetterSchema, listDeadLetters } from '../../shared/contract/admin/dead-letters.ts';

describe('dead letters', () => {
  let server: AdminServer;
  let migration: TestMigration;
  let filed: readonly FiledEvent[] = [];
  let writer = '';
  let reader = '';

  beforeAll(async () => {
    server = await startAdminServer({ engine: 'stopped' });
    migration = await server.newMigration();
    filed = await fileTestEvents(server.test, migration.id, 'a', 5);
    const other = await server.newMigration();
    await fileTestEvents(server.test, other.id, 'b', 2);
    writer = await server.token('writer', ['migration:write']);
    reader = await server.token('reader', ['migration:read']);
    await server.test.asLogin(`update outbox set state = 'dead', attempts = 3, last_error = 'rejected_422', failed_at = now()`);
  });
  afterAll(async () => server.close());
  afterEach(() => {
    if (server.failures.length > 0) throw new AggregateError(server.failures, 'the server failed');
  });

  const path = (): string => `/admin/migration/${migration.id}/dead-letters`;
  async function dead(): Promise<readonly string[]> {
    const { body, status } = await server.call('GET', path(), { token: reader });
    expect(status).toBe(200);
    return listDeadLetters.reply.parse(body).items.map((letter) => letter.event_id);
  }
  async function replay(body: unknown, key?: string): Promise<{ readonly status: number; readonly body: unknown }> {
    return server.call('POST', `${path()}/replay`, { token: writer, body, ...(key === undefined ? {} : { key }) });
  }

  it('are listed a page at a time with a reason, and say that nothing is sent where no destination is set', async () => {
    const seen: string[] = [];
    let after = '';
    do {
      const { body } = await server.call('GET', `${path()}?limit=2${after}`, { token: reader });
      const page = listDeadLetters.reply.parse(body);
      expect(page.delivery).toEqual({ state: 'not_configured' });
      seen.push(...page.items.map((letter) => letter.event_id));
      after = page.next_cursor === null ? '' : `&after=${page.next_cursor}`;
    } while (after !== '');
    expect(seen.toSorted()).toEqual(filed.map((event) => event.eventId).toSorted());
    const { body } = await server.call('GET', `${path()}?limit=1`, { token: reader });
    const [letter] = z.object({ items: z.array(deadLetterSchema) }).parse(body).items;
    const event = filed.find((one) => one.eventId === letter?.event_id);
    expect(letter).toMatchObject({ email: event?.email, unique_id: event?.uniqueId, name: 'Migration Complete', destination: 'klaviyo', attempts: 3, reason: { code: 'rejected_422' } });
    expect(letter?.reason.detail).toMatch(/cannot be processed/);
    expect((await server.call('GET', `${path()}?after=nowhere`, { token: reader })).status).toBe(422);
  });

  it('show as dead in the list of events, and as not delivered in the adoption', async () => {
    const events = await server.call('GET', `/admin/migration/${migration.id}/events`, { token: reader });
    expect(z.object({ items: z.array(z.object({ delivery: z.string() })) }).parse(events.body).items.map((event) => event.delivery)).toEqual(Array.from({ length: 5 }, () => 'dead'));
    await server.test.asLogin(`update outbox set state = 'delivered', delivered_at = now() where event_id = $1`, [filed[4]?.eventId]);
    const adoption = await server.call('GET', `/admin/migration/${migration.id}/adoption`, { token: reader });
    expect(adoption.body['counts']).toMatchObject({ delivered: 1 });
  });

  it('are replayed by id, once for each key, and nothing else is', async () => {
    const [first, second] = await dead();
    const body = { event_ids: [first, 'no-id-at-all', filed[4]?.eventId] };
    const answer = await replay(body, 'k'.repeat(20));
    expect(answer).toMatchObject({ status: 200, body: { replayed: 1, not_dead: ['no-id-at-all', filed[4]?.eventId] } });
    expect(await dead()).not.toContain(first);
    expect(await dead()).toContain(second);
    expect((await replay(body, 'k'.repeat(20))).body, 'the same key, the same answer').toEqual(answer.body);
    expect((await replay(body)).body, 'doing it again changes nothing').toMatchObject({ replayed: 0 });
    const [row] = await server.test.asLogin('select state, attempts, unique_id from outbox where event_id = $1', [first]);
    expect(row).toMatchObject({ state: 'pending', attempts: 0, unique_id: filed.find((event) => event.eventId === first)?.uniqueId });
  });

  it('are replayed all together, those of this migration alone', async () => {
    const others = async (): Promise<number> => (await server.test.asLogin(`select from outbox o join events e on e.id = o.event_id where e.migration_id <> $1 and o.state = 'dead'`, [migration.id])).length;
    expect(await replay({ all: true })).toMatchObject({ status: 200, body: { replayed: 3, not_dead: [] } });
    expect(await dead()).toEqual([]);
    expect(await others()).toBe(2);
    expect((await server.test.asLogin(`select from audit_log where route like '%dead-letters/replay'`)).length).toBeGreaterThan(0);
  });

  it('take a token that may write, and a body of the documented form', async () => {
    expect((await server.call('POST', `${path()}/replay`, { token: reader, body: { all: true } })).status).toBe(403);
    for (const body of [{}, { all: false }, { event_ids: [] }, { all: true, event_ids: ['x'] }]) expect((await replay(body)).status, JSON.stringify(body)).toBe(422);
  });
});
