import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DoubleFault, type DoubleOptions, type KlaviyoDouble, klaviyoLimits, startKlaviyoDouble } from '../../tests/support/klaviyo-double.ts';
import { fileTestEvents, letTimePass, letWaitsPass, outboxRows } from '../../tests/support/outbox-events.ts';
import { declareTestMigration, openTestStore, type TestStore } from '../../tests/support/test-store.ts';
import { createDelivery, type Delivery } from './delivery.ts';
import { deliveryMetric } from './delivery-counts.ts';
import { readHold } from './destination-row.ts';
import { createKlaviyo, KLAVIYO } from './klaviyo.ts';
import { ATTEMPTS_MAX } from './retry-wait.ts';

const apiKey = 'pk_canary_0123456789';

describe('delivery of the outbox', () => {
  let test: TestStore;
  let double: KlaviyoDouble;
  let migration = '';
  let count = 0;
  let failures: unknown[] = [];
  let refusals: (string | null)[] = [];
  const running: Delivery[] = [];

  beforeAll(async () => {
    test = await openTestStore();
  });
  afterAll(async () => {
    await test.store.close();
  });
  beforeEach(async () => {
    count += 1;
    migration = `m-${count}`;
    failures = [];
    refusals = [];
    await declareTestMigration(test, migration);
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map(async (delivery) => delivery.stop()));
    await double.close();
    await test.asLogin('truncate outbox, event_grants');
    await test.asLogin('update event_destinations set held_until = null, held_because = null');
    if (failures.length > 0) throw new AggregateError(failures, 'delivery could not go on');
  });

  async function deliver(options: Partial<DoubleOptions> = {}, key = apiKey): Promise<Delivery> {
    double = await startKlaviyoDouble({ apiKey, ...options });
    return begin(key);
  }

  /** One more server process, as far as delivery goes. */
  async function begin(key = apiKey): Promise<Delivery> {
    const delivery = createDelivery({
      store: test.store,
      destination: createKlaviyo({ apiKey: key, baseUrl: double.url }, () => new Date()),
      newId: randomUUID,
      random: () => 0.5,
      logFailure: (error) => void failures.push(error),
      onRefused: (reason) => void refusals.push(reason),
    });
    running.push(delivery);
    await delivery.start();
    return delivery;
  }

  async function states(): Promise<readonly string[]> {
    return (await outboxRows(test)).map((row) => row.state);
  }

  /** Waits until the outbox is as asked, whatever that takes. */
  async function until(holds: () => Promise<boolean>, passTime: (test: TestStore) => Promise<void> = async () => undefined): Promise<void> {
    await expect
      .poll(
        async () => {
          await passTime(test);
          return holds();
        },
        { timeout: 30_000, interval: 30 },
      )
      .toBe(true);
  }

  const allAre = (state: string) => async (): Promise<boolean> => (await states()).every((one) => one === state);

  it('brings every recorded event to the destination once, as it was frozen, and says so', async () => {
    const filed = await fileTestEvents(test, migration, 'a', 120);
    const delivery = await deliver();
    await until(allAre('delivered'));
    expect(double.events.map((event) => event.unique_id).toSorted()).toEqual(filed.map((event) => event.uniqueId).toSorted());
    expect(double.events.every((event) => event.time === '2026-01-02T03:04:05.678Z')).toBe(true);
    expect(double.repeats()).toBe(0);
    expect(delivery.counts.read()).toEqual([{ kind: 'accepted', reason: '', count: 120 }]);
    expect(await deliveryMetric(delivery.counts).read()).toEqual([{ labels: { outcome: 'accepted', reason: '' }, value: 120 }]);
  });

  it('never sends what validation made, held or void', async () => {
    await fileTestEvents(test, migration, 'h', 3, 'held');
    await fileTestEvents(test, migration, 'v', 3, 'void');
    const [real] = await fileTestEvents(test, migration, 'r', 1);
    await deliver();
    await until(async () => (await states()).includes('delivered'));
    expect(double.events.map((event) => event.unique_id)).toEqual([real?.uniqueId]);
    expect((await states()).toSorted()).toEqual(['delivered', 'held', 'held', 'held', 'void', 'void', 'void']);
  });

  it('sends again what failed, under the same id, until it is there', async () => {
    const faults: DoubleFault[] = [{ status: 500 }, 'cut before', 'cut after', { status: 503 }];
    await fileTestEvents(test, migration, 'a', 1);
    await deliver({ fault: (place) => faults[place - 1] ?? 'none' });
    await until(allAre('delivered'), letWaitsPass);
    expect(new Set(double.requests.map((request) => JSON.stringify(request.body))).size, 'every attempt is the same request').toBe(1);
    expect([double.requests.length, double.events.length, double.repeats()]).toEqual([5, 1, 1]);
    expect(await outboxRows(test)).toMatchObject([{ attempts: 5, lastError: null }]);
  });

  it('shares the work between processes without doing any of it twice', async () => {
    await fileTestEvents(test, migration, 'a', 200);
    await deliver();
    await begin();
    await begin();
    await until(allAre('delivered'));
    expect([double.events.length, double.requests.length]).toEqual([200, 200]);
  });

  it('buries what is refused for good, with a reason and nothing else', async () => {
    await fileTestEvents(test, migration, 'a', 2);
    const delivery = await deliver({ fault: (_, event) => (event.profile.data.attributes.email.startsWith('a.1@') ? { status: 400, body: `bad: ${apiKey} ${event.profile.data.attributes.email}` } : 'none') });
    await until(async () => (await states()).every((state) => state !== 'pending'));
    const rows = await outboxRows(test);
    expect(rows.find((row) => row.state === 'dead')).toMatchObject({ attempts: 1, lastError: 'rejected_400' });
    expect(rows.find((row) => row.state === 'delivered')).toMatchObject({ attempts: 1, lastError: null });
    expect(delivery.counts.read()).toContainEqual({ kind: 'rejected', reason: 'rejected_400', count: 1 });
  });

  it('gives up after many attempts, and not before', async () => {
    await fileTestEvents(test, migration, 'a', 1);
    await test.asLogin('update outbox set attempts = $1', [ATTEMPTS_MAX - 2]);
    await deliver({ fault: () => ({ status: 500 }) });
    // Time passes only between attempts: a claim that is made to lapse under its worker would count as one attempt more.
    await until(async () => {
      await test.asLogin(`update outbox set next_attempt_at = now() - interval '1 second' where state = 'pending' and claim_id is null`);
      return allAre('dead')();
    });
    expect(await outboxRows(test)).toMatchObject([{ attempts: ATTEMPTS_MAX, lastError: 'server_failed' }]);
    expect(double.requests).toHaveLength(2);
  });

  it('stops when the key is refused instead of burying everything, says so once, and goes on when it is taken again', async () => {
    const filed = await fileTestEvents(test, migration, 'a', 130);
    await deliver({}, 'pk_of_somebody_else');
    await until(async () => (await test.store.inReadTx(async (tx) => readHold(tx, KLAVIYO)))?.because === 'key_refused');
    await Promise.all(running.splice(0).map(async (delivery) => delivery.stop()));
    expect(await allAre('pending')()).toBe(true);
    expect((await outboxRows(test)).every((row) => row.attempts === 0), 'a refused key is no attempt').toBe(true);
    expect(refusals).toEqual(['key_refused']);

    await begin();
    await until(allAre('delivered'));
    expect(double.events).toHaveLength(filed.length);
    expect(await test.store.inReadTx(async (tx) => readHold(tx, KLAVIYO))).toBeNull();
  });

  it('asks with one event whether a refusal still holds', async () => {
    await fileTestEvents(test, migration, 'a', 100);
    const delivery = await deliver({}, 'pk_of_somebody_else');
    const isHeld = async (): Promise<boolean> => (await test.asLogin('select from event_destinations where held_until > now()')).length > 0;
    await until(async () => (await isHeld()) && (await test.asLogin('select from outbox where claim_id is not null')).length === 0);
    const before = double.requests.length;
    await letWaitsPass(test);
    await until(async () => delivery.counts.read().some((one) => one.count > before));
    expect(await isHeld()).toBe(true);
    expect(double.requests.length).toBe(before + 1);
    expect(refusals).toEqual(['key_refused']);
  });

  it('waits for all processes together when the destination takes no more, and counts that against no event', async () => {
    await fileTestEvents(test, migration, 'a', 60);
    await deliver({ limits: { ...klaviyoLimits, perSecond: 20 } });
    await begin();
    await until(allAre('delivered'));
    const throttled = double.requests.filter((request) => request.status === 429).length;
    expect(throttled).toBeGreaterThan(0);
    expect(double.events).toHaveLength(60);
    expect((await outboxRows(test)).every((row) => row.attempts === 1)).toBe(true);
  });

  it('lets what is in flight end when it is asked to stop, and claims nothing more', async () => {
    await fileTestEvents(test, migration, 'a', 60);
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const delivery = await deliver({
      fault: async (): Promise<DoubleFault> => {
        await held;
        return 'none';
      },
    });
    await until(async () => (await test.asLogin('select from outbox where claim_id is not null')).length > 0);
    const stopped = delivery.stop();
    running.splice(0);
    const later = await fileTestEvents(test, migration, 'late', 5);
    release();
    await stopped;
    expect(await outboxRows(test)).toSatisfy((rows: Awaited<ReturnType<typeof outboxRows>>) => rows.every((row) => later.some((one) => one.uniqueId === row.uniqueId) === (row.state === 'pending')));
    expect(double.events).toHaveLength(60);
  });

  it('takes up what a process left behind once its claim has lapsed, and not before', async () => {
    await fileTestEvents(test, migration, 'a', 1);
    await test.asLogin(`update outbox set claim_id = gen_random_uuid(), attempts = 1, next_attempt_at = now() + interval '1 minute'`);
    const [other] = await fileTestEvents(test, migration, 'b', 1);
    await deliver();
    await until(async () => (await states()).includes('delivered'));
    expect(double.events.map((event) => event.unique_id)).toEqual([other?.uniqueId]);
    await until(allAre('delivered'), letTimePass);
    expect(double.events).toHaveLength(2);
  });
});

describe('the database itself', () => {
  let test: TestStore;
  beforeAll(async () => {
    test = await openTestStore();
    await declareTestMigration(test, 'm');
    await fileTestEvents(test, 'm', 'h', 1, 'held');
    await fileTestEvents(test, 'm', 'v', 1, 'void');
    await fileTestEvents(test, 'm', 'p', 1);
  });
  afterAll(async () => test.store.close());

  const codeOf = async (statement: string): Promise<string> =>
    test.asLogin(statement).then(
      () => 'done',
      (error: unknown) => (typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : String(error)),
    );

  it.each([
    `update outbox set state = 'pending' where state = 'held'`,
    `update outbox set state = 'delivered' where state = 'held'`,
    `update outbox set state = 'pending' where state = 'void'`,
    `update outbox set state = 'void' where state = 'pending'`,
    `update outbox set state = 'held' where state = 'pending'`,
    `insert into outbox (id, event_id, destination, unique_id, payload, state) select gen_random_uuid(), id, 'other', 'x', '{}', 'pending' from events where state = 'held'`,
  ])('refuses: %s', async (statement) => {
    expect(await codeOf(statement)).toBe('DD003');
  });
});
