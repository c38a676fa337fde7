import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';

/**
 * A double of Klaviyo's `POST /api/events`, which cannot be had here. Written from the description in the issue that asked
 * for delivery, and from Klaviyo's public pages "Create Event" and "Rate limits, status codes, and errors"
 * (developers.klaviyo.com): 202 with no body means accepted; of a `unique_id` repeated for the same profile and metric the
 * first one is recorded and the others are taken and dropped; 350 a second and 3,500 a minute in fixed windows for the
 * account, beyond them 429 with `Retry-After` in whole seconds and without the `RateLimit-` headers that other answers have.
 */
export type KlaviyoDouble = {
  readonly url: string;
  /** Every request that came in whole, in order, whatever was answered. */
  readonly requests: readonly DoubleRequest[];
  /** What is recorded there: one for each profile, metric and unique id. */
  readonly events: readonly RecordedEvent[];
  /** Requests whose event was recorded before: taken, and dropped. */
  readonly repeats: () => number;
  readonly close: () => Promise<void>;
};

export type DoubleRequest = { readonly status: number | null; readonly headers: http.IncomingHttpHeaders; readonly body: unknown; readonly url: string };
export type RecordedEvent = z.infer<typeof eventSchema>['data']['attributes'];

/** What goes wrong with a request. `cut before`: the connection ends and nothing was recorded; `cut after`: recorded, and the reply is lost. */
export type DoubleFault =
  | 'none'
  | 'cut before'
  | 'cut after'
  | 'silent'
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string };

export type DoubleOptions = {
  readonly apiKey: string;
  /** Judged with each request that is of the form, by its place in the order of arrival. It may wait: the request waits too. */
  readonly fault?: (place: number, event: RecordedEvent) => DoubleFault | Promise<DoubleFault>;
  /** Left out: no limits. */
  readonly limits?: { readonly perSecond: number; readonly perMinute: number };
  /** Milliseconds that pass for the limits' windows. */
  readonly clock?: () => number;
};

/** The account limits of this endpoint. */
export const klaviyoLimits = { perSecond: 350, perMinute: 3_500 } as const;

const eventSchema = z.strictObject({
  data: z.strictObject({
    type: z.literal('event'),
    attributes: z.strictObject({
      properties: z.record(z.string(), z.unknown()).refine((properties) => Object.keys(properties).length <= 400),
      metric: z.strictObject({ data: z.strictObject({ type: z.literal('metric'), attributes: z.strictObject({ name: z.string().min(1).max(128) }) }) }),
      profile: z.strictObject({
        data: z.strictObject({
          type: z.literal('profile'),
          attributes: z.strictObject({ email: z.email(), external_id: z.string(), properties: z.record(z.string(), z.unknown()) }),
        }),
      }),
      time: z.iso.datetime(),
      unique_id: z.string().min(1),
    }),
  }),
});

/** Starts the double on loopback. */
export async function startKlaviyoDouble({ apiKey, fault = () => 'none', limits, clock = () => performance.now() }: DoubleOptions): Promise<KlaviyoDouble> {
  const requests: DoubleRequest[] = [];
  const recorded = new Map<string, RecordedEvent>();
  const windows = limits === undefined ? [] : [createWindow(limits.perSecond, 1_000, clock), createWindow(limits.perMinute, 60_000, clock)];
  let repeats = 0;
  let places = 0;

  function record(event: RecordedEvent): void {
    const key = JSON.stringify([event.profile.data.attributes.email, event.metric.data.attributes.name, event.unique_id]);
    if (recorded.has(key)) repeats += 1;
    else recorded.set(key, event);
  }

  async function answer(request: http.IncomingMessage, body: unknown): Promise<Exclude<DoubleFault, 'none'>> {
    if (request.method !== 'POST' || request.url !== '/api/events') return { status: 404 };
    if (request.headers.authorization !== `Klaviyo-API-Key ${apiKey}`) return errorAnswer(401, 'not_authenticated');
    if (request.headers['content-type'] !== 'application/vnd.api+json') return errorAnswer(415, 'unsupported_media_type');
    if (request.headers['revision'] !== '2026-07-15') return errorAnswer(400, 'invalid_revision');
    const retryAfter = Math.max(0, ...windows.map((window) => window.take()));
    if (retryAfter > 0) return { ...errorAnswer(429, 'throttled'), headers: { 'Retry-After': String(retryAfter) } };
    const parsed = eventSchema.safeParse(body);
    if (!parsed.success) return errorAnswer(400, 'invalid');
    const event = parsed.data.data.attributes;
    places += 1;
    const wrong = await fault(places, event);
    if (wrong === 'cut after' || wrong === 'none') record(event);
    return wrong === 'none' ? { status: 202, headers: { 'RateLimit-Limit': '3500' } } : wrong;
  }

  const server = http.createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (part: string) => (text += part));
    request.on('end', () => {
      const body = parsedOf(text);
      void answer(request, body).then((given) => {
        requests.push({ status: typeof given === 'string' ? null : given.status, headers: request.headers, body, url: request.url ?? '' });
        if (given === 'cut before' || given === 'cut after') request.socket.destroy();
        else if (given !== 'silent') response.writeHead(given.status, given.headers).end(given.body);
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    get events() {
      return [...recorded.values()];
    },
    repeats: () => repeats,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function parsedOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Errors are JSON:API documents; they may say back what was sent, as Klaviyo's do. */
function errorAnswer(status: number, code: string): { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string } {
  return { status, headers: { 'Content-Type': 'application/vnd.api+json' }, body: JSON.stringify({ errors: [{ id: '0', status, code, title: code, detail: code, source: { pointer: '/data' } }] }) };
}

/** A fixed window that begins with the first request after the last one ended. Gives the whole seconds to wait, 0 where there is room. */
function createWindow(count: number, lengthMs: number, clock: () => number): { readonly take: () => number } {
  let startedAt = Number.NEGATIVE_INFINITY;
  let taken = 0;
  return {
    take() {
      const now = clock();
      if (now - startedAt >= lengthMs) {
        startedAt = now;
        taken = 0;
      }
      taken += 1;
      return taken <= count ? 0 : Math.ceil((startedAt + lengthMs - now) / 1000);
    },
  };
}
