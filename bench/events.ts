import { randomUUID } from 'node:crypto';
import { createDelivery } from '../server/events/delivery.ts';
import { createKlaviyo } from '../server/events/klaviyo.ts';
import { klaviyoLimits, startKlaviyoDouble } from '../tests/support/klaviyo-double.ts';
import { fileTestEvents, outboxRows } from '../tests/support/outbox-events.ts';
import { startPostgres } from '../tests/support/postgres.ts';
import { declareTestMigration, openTestStore } from '../tests/support/test-store.ts';
import type { BenchTable } from './table.ts';

const WORKERS = 2;
const apiKey = 'pk_bench';

/**
 * `events`: an outbox emptied by two workers into a stub that answers 429 as Klaviyo does, against the least time in which
 * its limits let that many through. 10,000 events take more than two minutes, all of it waiting, so there is one run.
 */
export async function benchEvents([count = '10000']: readonly string[]): Promise<BenchTable> {
  const events = Number(count);
  const postgres = await startPostgres({ durable: true });
  const double = await startKlaviyoDouble({ apiKey, limits: klaviyoLimits });
  try {
    const test = await openTestStore({ kind: 'postgres', url: await postgres.createDatabase() });
    await declareTestMigration(test, 'bench');
    await fileTestEvents(test, 'bench', 'e', events);
    const workers = Array.from({ length: WORKERS }, () =>
      createDelivery({
        store: test.store,
        destination: createKlaviyo({ apiKey, baseUrl: double.url }, () => new Date()),
        newId: randomUUID,
        random: Math.random,
        logFailure: (error) => void process.stderr.write(`${String(error)}\n`),
        onRefused: () => undefined,
      }),
    );
    const begin = performance.now();
    for (const worker of workers) await worker.start();
    while (double.events.length < events) await new Promise((resolve) => setTimeout(resolve, 20));
    const seconds = (performance.now() - begin) / 1000;
    await Promise.all(workers.map(async (worker) => worker.stop()));
    const undelivered = (await outboxRows(test)).filter((row) => row.state !== 'delivered').length;
    await test.store.close();
    const least = leastSeconds(events);
    const throttled = double.requests.filter((request) => request.status === 429).length;
    const row = (work: string, time: number): string[] => [work, time.toFixed(1), (events / time).toFixed(1), (least / time).toFixed(2)];
    return {
      name: 'events',
      about: `${events.toLocaleString('en')} events, ${WORKERS} workers, PostgreSQL with fsync, one run`,
      columns: ['work', 'seconds', 'events a second', 'share of the limit', '429s', 'lost', 'doubled', 'sent again', 'not marked'],
      rows: [
        [...row('the limit: 350 in each second, 3,500 in each minute', least), '0', '0', '0', '0', '0'],
        [...row('delivery', seconds), String(throttled), String(events - new Set(double.events.map((event) => event.properties['user_id'])).size), String(double.events.length - new Set(double.events.map((event) => event.properties['user_id'])).size), String(double.repeats()), String(undelivered)],
      ],
    };
  } finally {
    await double.close();
    await postgres.stop();
  }
}

/** The least time for so many: each minute's allowance as fast as its seconds allow, and the rest of the last minute not waited for. */
function leastSeconds(events: number): number {
  const full = Math.floor((events - 1) / klaviyoLimits.perMinute);
  return full * 60 + (events - full * klaviyoLimits.perMinute) / klaviyoLimits.perSecond;
}
