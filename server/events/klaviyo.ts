import http from 'node:http';
import https from 'node:https';
import axios, { type AxiosInstance, isAxiosError } from 'axios';
import { z } from 'zod';
import type { DeliveryReason } from './delivery-reasons.ts';
import type { DeliveryOutcome, EventDestination, OutgoingEvent, SendLimit } from './event-destination.ts';
import { retryAfterMs } from './retry-after.ts';

/** The name of this destination in the outbox. */
export const KLAVIYO = 'klaviyo';
export const KLAVIYO_BASE_URL = 'https://a.klaviyo.com';
const REVISION = '2026-07-15';
const PROPERTIES_MAX = 400;
/** No answer and no progress for so long, and all in all: an attempt must be over well before its claim lapses. */
const SILENCE_MS = 10_000;
const ATTEMPT_MS = 15_000;
/** An acceptance has no body, and of a refusal only the status counts. */
const ANSWER_MAX_BYTES = 64 * 1024;

/**
 * Klaviyo lets through 350 a second and 3,500 a minute for an account, counted in fixed windows of its own. We stay a
 * little below, in any stretch of time: what is granted in one of its windows may arrive in the next.
 */
const limits: readonly SendLimit[] = [
  { count: 330, seconds: 1 },
  { count: 3_450, seconds: 61 },
];

/** What `Migration Complete` must have to be sent; whatever else it has goes along. */
const propertiesSchema = z
  .object({
    user_id: z.string().min(1),
    email: z.string().min(1),
    stripe_customer_id: z.string().nullable(),
    timestamp: z.iso.datetime(),
    migration_cohort: z.string().nullable(),
  })
  .catchall(z.union([z.string(), z.number(), z.boolean(), z.null()]));

export type KlaviyoSettings = { readonly apiKey: string; readonly baseUrl: string };

/**
 * Klaviyo's `POST /api/events` (A13). Follows no redirect, takes no proxy and no endless answer; what leaves it is an
 * outcome with a code, never an error of the HTTP library, which would hold the key and the customer.
 */
export function createKlaviyo({ apiKey, baseUrl }: KlaviyoSettings, now: () => Date): EventDestination {
  const agents = { httpAgent: new http.Agent({ keepAlive: true }), httpsAgent: new https.Agent({ keepAlive: true }) };
  const client = axios.create({
    baseURL: baseUrl,
    ...agents,
    adapter: 'http',
    proxy: false,
    maxRedirects: 0,
    allowAbsoluteUrls: false,
    timeout: SILENCE_MS,
    maxContentLength: ANSWER_MAX_BYTES,
    responseType: 'text',
    transformRequest: [(body: unknown) => body],
    transformResponse: [(body: unknown) => body],
    validateStatus: () => true,
    headers: {
      Authorization: `Klaviyo-API-Key ${apiKey}`,
      revision: REVISION,
      Accept: 'application/vnd.api+json',
      'Content-Type': 'application/vnd.api+json',
      'User-Agent': 'drydock',
    },
    transitional: { clarifyTimeoutError: true },
  });
  return {
    name: KLAVIYO,
    limits,
    async send(event) {
      const body = requestBody(event);
      return typeof body === 'string' ? post(client, body, now) : body;
    },
    close() {
      agents.httpAgent.destroy();
      agents.httpsAgent.destroy();
    },
  };
}

/** The JSON:API document of one event, or why there can be none. */
function requestBody(event: OutgoingEvent): string | DeliveryOutcome {
  const parsed = propertiesSchema.safeParse(event.properties);
  if (!parsed.success) return { kind: 'rejected', reason: 'not_of_the_form' };
  const properties = parsed.data;
  if (Object.keys(properties).length > PROPERTIES_MAX) return { kind: 'rejected', reason: 'too_many_properties' };
  // What the former tracking call took as customer_properties: $email is the profile's own attribute now, the others its custom properties.
  const profile = withoutNull({ stripe_customer_id: properties.stripe_customer_id, migration_cohort: properties.migration_cohort });
  return JSON.stringify({
    data: {
      type: 'event',
      attributes: {
        properties,
        metric: { data: { type: 'metric', attributes: { name: event.name } } },
        profile: { data: { type: 'profile', attributes: { email: properties.email, external_id: properties.user_id, properties: profile } } },
        time: properties.timestamp,
        unique_id: event.uniqueId,
      },
    },
  });
}

/** A profile keeps what it has where we know nothing; null would erase it there. */
function withoutNull(values: Readonly<Record<string, string | null>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).flatMap(([name, value]) => (value === null ? [] : [[name, value]])));
}

async function post(client: AxiosInstance, body: string, now: () => Date): Promise<DeliveryOutcome> {
  try {
    const { status, headers } = await client.post<string>('/api/events', body, { signal: AbortSignal.timeout(ATTEMPT_MS) });
    if (status !== 429) return outcomeOf(status);
    return { kind: 'throttled', waitMs: retryAfterMs(textOf(headers['retry-after']), textOf(headers['date']), now()) };
  } catch (error) {
    return { kind: 'failed', reason: reasonOf(error) };
  }
}

/**
 * Only 202 says that it was accepted. What speaks of the key or the address would refuse every event alike, so it stops
 * delivery instead of burying them all; what speaks of this event is for good.
 */
function outcomeOf(status: number): DeliveryOutcome {
  if (status === 202) return { kind: 'accepted' };
  if (status === 401 || status === 403) return { kind: 'refused', reason: 'key_refused' };
  if ((status >= 300 && status < 400) || [404, 405, 406, 407, 410, 415].includes(status)) return { kind: 'refused', reason: 'wrong_address' };
  if (status >= 500) return { kind: 'failed', reason: 'server_failed' };
  if (status === 408 || status === 425 || status < 300) return { kind: 'failed', reason: status === 408 ? 'timed_out' : 'unexpected_answer' };
  if (status === 400 || status === 409 || status === 413 || status === 422) return { kind: 'rejected', reason: `rejected_${status}` };
  return { kind: 'rejected', reason: 'rejected' };
}

const NOT_CONNECTED: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL']);
const TIMED_OUT: ReadonlySet<string> = new Set(['ETIMEDOUT', 'ECONNABORTED', 'ERR_CANCELED']);

/** Whatever went wrong on the way, the event may have arrived: it is sent again with its unique id. */
function reasonOf(error: unknown): DeliveryReason {
  const code = isAxiosError(error) ? (error.code ?? '') : '';
  if (TIMED_OUT.has(code)) return 'timed_out';
  if (NOT_CONNECTED.has(code)) return 'no_connection';
  if (code.includes('CERT') || code.startsWith('ERR_TLS') || code.includes('SIGNATURE')) return 'not_trusted';
  return 'no_answer';
}

function textOf(header: unknown): string | null {
  return typeof header === 'string' ? header : null;
}
