import http from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { type DoubleFault, type KlaviyoDouble, startKlaviyoDouble } from '../../tests/support/klaviyo-double.ts';
import type { EventDestination, OutgoingEvent } from './event-destination.ts';
import { createKlaviyo } from './klaviyo.ts';

const apiKey = 'pk_canary_0123456789';
const event: OutgoingEvent = {
  uniqueId: '2025-08-09:0190:Migration Complete',
  name: 'Migration Complete',
  properties: {
    user_id: '0190',
    email: 'ann@example.com',
    stripe_customer_id: 'cus_1',
    timestamp: '2026-01-02T03:04:05.678Z',
    migration_cohort: '2025-08-09-csv',
    source_file: 'cohort.csv',
  },
};

const closing: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function klaviyo(fault: DoubleFault = 'none', key = apiKey): Promise<{ readonly double: KlaviyoDouble; readonly destination: EventDestination }> {
  const double = await startKlaviyoDouble({ apiKey, fault: () => fault });
  const destination = createKlaviyo({ apiKey: key, baseUrl: double.url }, () => new Date('2026-01-01T00:00:00Z'));
  closing.push(async () => double.close(), () => destination.close());
  return { double, destination };
}

describe('an event sent to Klaviyo', () => {
  it('goes out as the documented request, with profile, frozen time and unique id', async () => {
    const { double, destination } = await klaviyo();
    expect(await destination.send(event)).toEqual({ kind: 'accepted' });
    expect(double.requests[0]).toMatchObject({
      url: '/api/events',
      headers: { authorization: `Klaviyo-API-Key ${apiKey}`, revision: '2026-07-15', accept: 'application/vnd.api+json', 'content-type': 'application/vnd.api+json' },
      body: {
        data: {
          type: 'event',
          attributes: {
            properties: event.properties,
            metric: { data: { type: 'metric', attributes: { name: 'Migration Complete' } } },
            profile: {
              data: { type: 'profile', attributes: { email: 'ann@example.com', external_id: '0190', properties: { stripe_customer_id: 'cus_1', migration_cohort: '2025-08-09-csv' } } },
            },
            time: '2026-01-02T03:04:05.678Z',
            unique_id: '2025-08-09:0190:Migration Complete',
          },
        },
      },
    });
  });

  it('is recorded once, however often it is sent', async () => {
    const { double, destination } = await klaviyo();
    for (let time = 0; time < 3; time += 1) expect(await destination.send(event)).toEqual({ kind: 'accepted' });
    expect([double.events.length, double.repeats()]).toEqual([1, 2]);
  });

  it('erases nothing in the profile where a value is not known', async () => {
    const { double, destination } = await klaviyo();
    await destination.send({ ...event, properties: { ...(event.properties as object), stripe_customer_id: null } });
    expect(double.events[0]?.profile.data.attributes.properties).toEqual({ migration_cohort: '2025-08-09-csv' });
  });

  it.each([
    [400, { kind: 'rejected', reason: 'rejected_400' }],
    [409, { kind: 'rejected', reason: 'rejected_409' }],
    [413, { kind: 'rejected', reason: 'rejected_413' }],
    [422, { kind: 'rejected', reason: 'rejected_422' }],
    [418, { kind: 'rejected', reason: 'rejected' }],
    [401, { kind: 'refused', reason: 'key_refused' }],
    [403, { kind: 'refused', reason: 'key_refused' }],
    [404, { kind: 'refused', reason: 'wrong_address' }],
    [410, { kind: 'refused', reason: 'wrong_address' }],
    [302, { kind: 'refused', reason: 'wrong_address' }],
    [500, { kind: 'failed', reason: 'server_failed' }],
    [503, { kind: 'failed', reason: 'server_failed' }],
    [408, { kind: 'failed', reason: 'timed_out' }],
    [200, { kind: 'failed', reason: 'unexpected_answer' }],
  ] as const)('answered with %i is %j', async (status, outcome) => {
    const { destination } = await klaviyo({ status, headers: { Location: 'http://127.0.0.1:1/elsewhere' }, body: `you sent ${apiKey} for ann@example.com` });
    expect(await destination.send(event)).toEqual(outcome);
  });

  it('waits as long as a Retry-After says', async () => {
    const seconds = await klaviyo({ status: 429, headers: { 'Retry-After': '7' } });
    expect(await seconds.destination.send(event)).toEqual({ kind: 'throttled', waitMs: 7_000 });
    const date = await klaviyo({ status: 429, headers: { 'Retry-After': 'Thu, 01 Jan 2026 00:00:30 GMT', Date: 'Thu, 01 Jan 2026 00:00:10 GMT' } });
    expect(await date.destination.send(event)).toEqual({ kind: 'throttled', waitMs: 20_000 });
  });

  it('is to be sent again when the reply is lost, whether or not it arrived', async () => {
    const before = await klaviyo('cut before');
    expect(await before.destination.send(event)).toEqual({ kind: 'failed', reason: 'no_answer' });
    const after = await klaviyo('cut after');
    expect(await after.destination.send(event)).toEqual({ kind: 'failed', reason: 'no_answer' });
    expect([before.double.events.length, after.double.events.length]).toEqual([0, 1]);
  });

  it('is to be sent again when nobody is there', async () => {
    const { double, destination } = await klaviyo();
    await double.close();
    closing.shift();
    expect(await destination.send(event)).toEqual({ kind: 'failed', reason: 'no_connection' });
  });

  it('takes no answer without end', async () => {
    const { destination } = await klaviyo({ status: 400, body: 'x'.repeat(1024 * 1024) });
    expect(await destination.send(event)).toEqual({ kind: 'failed', reason: 'no_answer' });
  });

  it('uses no proxy, whatever the process environment says', async () => {
    let asked = 0;
    const proxy = http.createServer((_, response) => {
      asked += 1;
      response.end();
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    closing.push(() => void proxy.close());
    const address = proxy.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const { destination } = await klaviyo();
    process.env['http_proxy'] = `http://127.0.0.1:${address.port}`;
    try {
      expect(await destination.send(event)).toEqual({ kind: 'accepted' });
    } finally {
      delete process.env['http_proxy'];
    }
    expect(asked).toBe(0);
  });

  it('is not sent at all with more than 400 properties, or without what it must have', async () => {
    const { double, destination } = await klaviyo();
    const many = Object.fromEntries(Array.from({ length: 396 }, (_, place) => [`p${place}`, place]));
    expect(await destination.send({ ...event, properties: { ...(event.properties as object), ...many } })).toEqual({ kind: 'rejected', reason: 'too_many_properties' });
    expect(await destination.send({ ...event, properties: { email: 'ann@example.com' } })).toEqual({ kind: 'rejected', reason: 'not_of_the_form' });
    expect(double.requests).toHaveLength(0);
  });
});
