import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { claimDue } from '../../server/events/claim.ts';
import { createDelivery } from '../../server/events/delivery.ts';
import type { EventDestination } from '../../server/events/event-destination.ts';
import { openDestination } from '../../server/events/destination-row.ts';
import { createKlaviyo } from '../../server/events/klaviyo.ts';
import { settle } from '../../server/events/settle.ts';
import { seededRandom } from '../../server/practice/random.ts';
import { type DoubleFault, type KlaviyoDouble, startKlaviyoDouble } from '../support/klaviyo-double.ts';
import { type FiledEvent, fileTestEvents, letTimePass, outboxRows } from '../support/outbox-events.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { proofSize } from '../support/proof-size.ts';
import { declareTestMigration, openTestStore, type TestStore } from '../support/test-store.ts';

/**
 * Events arrive once: processes that deliver are killed with -9 again and again, in the middle of whatever they are doing, while the
 * destination throttles, fails, is silent, cuts connections before and after it has recorded, and while two processes believe
 * that a claim is theirs. Each event is recorded once under its one unique id, and none of validation ever arrives.
 */
const apiKey = 'pk_of_the_proof';
const kills = proofSize({ short: 4, full: 100 });
const eventCount = proofSize({ short: 240, full: 4_000 });
const seed = 20_250_809;
const processFile = fileURLToPath(new URL('../support/delivery-process.ts', import.meta.url));

describe('events arrive once', () => {
  let postgres: TestPostgres;
  let url = '';
  let test: TestStore;
  let double: KlaviyoDouble;
  const started: ChildProcess[] = [];
  /** Those at work. */
  const processes: ChildProcess[] = [];

  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(async () => postgres.stop());
  beforeEach(async () => {
    url = await postgres.createDatabase();
    test = await openTestStore({ kind: 'postgres', url });
    await declareTestMigration(test, 'm');
  });
  afterEach(async () => {
    processes.splice(0);
    for (const child of started.splice(0)) child.kill('SIGKILL');
    await test.store.close();
    await double.close();
  });

  async function startProcess(): Promise<void> {
    const child = spawn(process.execPath, [processFile], { env: { ...process.env, DATABASE_URL: url, KLAVIYO_BASE_URL: double.url, KLAVIYO_API_KEY: apiKey }, stdio: ['ignore', 'pipe', 'inherit'] });
    started.push(child);
    const [said] = await Promise.race([once(child.stdout, 'data'), once(child, 'exit').then(() => ['ended'])]);
    if (String(said) !== 'ready\n') throw new Error('a process that delivers did not start');
    processes.push(child);
  }

  /** What came of it, seen from the destination and from the outbox. */
  async function judge(filed: readonly FiledEvent[]): Promise<{ readonly lost: number; readonly doubled: number; readonly ofValidation: number; readonly open: number }> {
    const arrived = double.events.map((event) => event.properties['user_id']);
    const expected = new Set(filed.map((event) => event.email));
    const emails = double.events.map((event) => event.properties['email']);
    const rows = await outboxRows(test);
    return {
      lost: [...expected].filter((email) => !emails.includes(email)).length,
      doubled: arrived.length - new Set(arrived).size,
      ofValidation: emails.filter((email) => typeof email === 'string' && /^(?:held|void)\./.test(email)).length,
      open: rows.filter((row) => row.state === 'pending' || row.state === 'dead').length,
    };
  }

  it(`over ${kills} kills of processes, ${eventCount} events, every fault there is (seed ${seed})`, async () => {
    const random = seededRandom(seed);
    const filed = await fileTestEvents(test, 'm', 'real', eventCount);
    await fileTestEvents(test, 'm', 'held', 20, 'held');
    await fileTestEvents(test, 'm', 'void', 20, 'void');
    let killed = 0;
    let nextKillAt = 10;
    let killing: Promise<void> | undefined;
    async function killOne(): Promise<void> {
      const victim = processes.splice(Math.floor(random() * processes.length), 1)[0];
      if (victim === undefined) return;
      victim.kill('SIGKILL');
      await once(victim, 'exit');
      killed += 1;
    }
    const faults: readonly DoubleFault[] = ['none', 'none', 'none', 'none', 'none', 'cut before', 'cut after', { status: 500 }, { status: 503 }, { status: 429, headers: { 'Retry-After': '0' } }, 'cut after'];
    double = await startKlaviyoDouble({
      apiKey,
      fault: async (place): Promise<DoubleFault> => {
        // The kill falls while this request and dozens of others are under way; what is answered after it reaches nobody.
        if (place >= nextKillAt && killing === undefined && killed < kills) {
          killing = killOne();
          await killing;
          killing = undefined;
          nextKillAt = place + 5 + Math.floor(random() * 30);
        }
        return faults[Math.floor(random() * faults.length)] ?? 'none';
      },
    });
    await Promise.all([startProcess(), startProcess()]);
    while ((await judge(filed)).open > 0) {
      while (processes.length < 2) await startProcess();
      // Time passes: waits are over, and claims lapse, those of the living too. So two of them send the same event.
      await letTimePass(test);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(killed).toBeGreaterThanOrEqual(kills);
    expect(double.repeats(), 'events that were sent again after they had arrived').toBeGreaterThan(0);
    expect(await judge(filed)).toEqual({ lost: 0, doubled: 0, ofValidation: 0, open: 0 });
    expect(double.events.map((event) => event.unique_id).toSorted()).toEqual(filed.map((event) => event.uniqueId).toSorted());
    expect((await outboxRows(test)).filter((row) => row.state === 'held' || row.state === 'void')).toHaveLength(40);
  });

  /** Delivers all that is due with the real worker around a destination, time passing, until nothing is open. */
  async function deliverAll(destination: EventDestination, filed: readonly FiledEvent[]): Promise<void> {
    const delivery = createDelivery({ store: test.store, destination, newId: randomUUID, random: () => 0, logFailure: () => undefined, onRefused: () => undefined });
    await delivery.start();
    try {
      await expect
        .poll(
          async () => {
            await letTimePass(test);
            return (await judge(filed)).open;
          },
          { timeout: 30_000, interval: 50 },
        )
        .toBe(0);
    } finally {
      await delivery.stop();
    }
  }

  const klaviyo = (): EventDestination => createKlaviyo({ apiKey, baseUrl: double.url }, () => new Date());
  /** Every other reply is lost. */
  const lossy = async (): Promise<void> => {
    double = await startKlaviyoDouble({ apiKey, fault: (place) => (place % 2 === 0 ? 'cut after' : 'none') });
  };

  it('and the proof sees it when not: nothing is wrong with the real worker under lost replies', async () => {
    const filed = await fileTestEvents(test, 'm', 'real', 20);
    await lossy();
    await deliverAll(klaviyo(), filed);
    expect(await judge(filed)).toEqual({ lost: 0, doubled: 0, ofValidation: 0, open: 0 });
  });

  it('a fresh unique id at each attempt doubles', async () => {
    const filed = await fileTestEvents(test, 'm', 'real', 20);
    await lossy();
    const real = klaviyo();
    await deliverAll({ ...real, send: async (event) => real.send({ ...event, uniqueId: randomUUID() }) }, filed);
    expect((await judge(filed)).doubled).toBeGreaterThan(0);
  });

  it('an address looked up when it is sent, and not frozen, doubles', async () => {
    const filed = await fileTestEvents(test, 'm', 'real', 20);
    await lossy();
    const real = klaviyo();
    let attempt = 0;
    const moved = (properties: unknown): unknown => {
      attempt += 1;
      return { ...(properties as object), email: `moved.${attempt}@example.com` };
    };
    await deliverAll({ ...real, send: async (event) => real.send({ ...event, properties: moved(event.properties) }) }, filed);
    expect((await judge(filed)).doubled).toBeGreaterThan(0);
  });

  it('marking before sending loses', async () => {
    const filed = await fileTestEvents(test, 'm', 'real', 20);
    double = await startKlaviyoDouble({ apiKey, fault: (place) => (place % 2 === 0 ? 'cut before' : 'none') });
    const real = klaviyo();
    await openDestination(test.store, real.name);
    const claimId = randomUUID();
    const { events } = await claimDue(test.store, real, claimId, 50);
    await settle(test.store, real.name, claimId, events.map((event) => ({ event, outcome: { kind: 'accepted' } })), () => 0);
    for (const event of events) await real.send(event);
    real.close();
    expect(await judge(filed)).toMatchObject({ open: 0, lost: 10 });
  });
});
