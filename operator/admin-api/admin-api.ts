import axios, { type AxiosInstance, type AxiosResponse } from 'axios';
import axiosRetry, { retryAfter } from 'axios-retry';
import type { z } from 'zod';
import { type Endpoint, needsIdempotencyKey } from '../../shared/contract/admin/endpoint.ts';
import { agentsFor } from './agents.ts';
import { AdminCallError } from './call-failure.ts';
import { failureOfAnswer, failureOfError, leavesDoubt, mayPass, reachedNobody } from './classify.ts';
import { requestPath } from './request-path.ts';

const ATTEMPT_TIMEOUT_MS = 30_000;
const DEADLINE_MS = 120_000;
const ANSWER_MAX_BYTES = 64 * 1024 * 1024;
/** A cohort of a million records is about 100 MB. */
const BODY_MAX_BYTES = 512 * 1024 * 1024;
const RETRY_AFTER_MAX_MS = 30_000;

export interface AdminApiOptions {
  /** As `adminBaseUrl` gives it. */
  readonly baseUrl: string;
  /** Waits between attempts; as many retries as waits. */
  readonly retryDelaysMs?: readonly number[];
}

/** One call as it goes out. */
export interface CallInput<E extends Endpoint> {
  readonly params: z.infer<E['params']>;
  readonly query: z.infer<E['query']>;
  readonly body: z.infer<E['body']>;
  /** Bearer token: the operator's for `/admin`, a customer's session for `/auth`. */
  readonly token?: string;
  /** Needed by every writing call under `/admin`; only with it is a write tried again. */
  readonly idempotencyKey?: string;
  /** Longest wait for one attempt to make progress. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** The admin API of one address, a typed call for each declared endpoint. */
export interface AdminApi {
  /** @throws AdminCallError and nothing else, but for input that is not of the declared form (RangeError, ZodError) */
  call<E extends Endpoint>(endpoint: E, input: CallInput<E>): Promise<z.infer<E['reply']>>;
  /** Drops the kept connections. */
  close(): void;
}

/**
 * A client that follows no redirect, takes no other address, no proxy, no endless or huge answer, tries a write again
 * only with its Idempotency-Key, and lets no error out that holds a token or a body.
 */
export function createAdminApi({ baseUrl, retryDelaysMs = [250, 1_000, 3_000] }: AdminApiOptions): AdminApi {
  const agents = agentsFor(baseUrl);
  const client = axios.create({
    baseURL: baseUrl,
    ...agents,
    adapter: 'http',
    proxy: false,
    maxRedirects: 0,
    allowAbsoluteUrls: false,
    maxContentLength: ANSWER_MAX_BYTES,
    maxBodyLength: BODY_MAX_BYTES,
    responseType: 'text',
    transformRequest: [(body: unknown) => body],
    transformResponse: [(body: unknown) => body],
    headers: { Accept: 'application/json, application/problem+json', 'User-Agent': 'drydock' },
    transitional: { clarifyTimeoutError: true, silentJSONParsing: false, forcedJSONParsing: false },
  });
  retryWhatMayPass(client, retryDelaysMs);

  return {
    async call(endpoint, input) {
      const { method } = endpoint;
      if (needsIdempotencyKey(endpoint) && input.idempotencyKey === undefined) throw new RangeError(`${endpoint.name} needs an Idempotency-Key.`);
      const url = requestPath(endpoint.path, endpoint.params.parse(input.params) as Record<string, unknown>, endpoint.query.parse(input.query) as Record<string, unknown>);
      const data = bodyText(endpoint, endpoint.body.parse(input.body));
      const timeoutMs = input.timeoutMs ?? ATTEMPT_TIMEOUT_MS;
      const deadline = AbortSignal.timeout(Math.max(DEADLINE_MS, 2 * timeoutMs));
      let anyReached = false;
      let mayBeDone = false;
      const answer = await client
        .request<string>({
          method,
          url,
          ...(data === undefined ? {} : { data }),
          timeout: timeoutMs,
          'axios-retry': {
            retryCondition: (error) => {
              anyReached ||= !reachedNobody(error);
              mayBeDone ||= method !== 'GET' && leavesDoubt(error);
              return mayPass(error);
            },
          },
          signal: input.signal === undefined ? deadline : AbortSignal.any([deadline, input.signal]),
          headers: {
            ...(data === undefined ? {} : { 'Content-Type': endpoint.bodyType ?? 'application/json' }),
            ...(input.token === undefined ? {} : { Authorization: `Bearer ${input.token}` }),
            ...(input.idempotencyKey === undefined ? {} : { 'Idempotency-Key': input.idempotencyKey }),
          },
        })
        .catch((thrown: unknown) => {
          throw new AdminCallError(endpoint.name, failureOfError(thrown, { anyReached, mayBeDone }));
        });
      return replyOf(endpoint, answer);
    },
    close() {
      agents.httpAgent.destroy();
      agents.httpsAgent.destroy();
    },
  };
}

function bodyText(endpoint: Endpoint, body: unknown): string | undefined {
  if (body === undefined) return undefined;
  return typeof body === 'string' && endpoint.bodyType !== undefined ? body : JSON.stringify(body);
}

/** A success that is not of the declared form is an unknown outcome, never a value. */
function replyOf<E extends Endpoint>(endpoint: E, answer: AxiosResponse<string>): z.infer<E['reply']> {
  const known = endpoint.reply.safeParse(answer.status === 204 ? undefined : parsed(answer.data));
  if (known.success && isDeclaredStatus(endpoint, answer.status)) return known.data as z.infer<E['reply']>;
  throw new AdminCallError(endpoint.name, failureOfAnswer());
}

/** What is made again is known already: 200 stands beside a declared 201. */
function isDeclaredStatus(endpoint: Endpoint, status: number): boolean {
  return status === endpoint.status || (endpoint.status === 201 && status === 200) || (endpoint.status === 202 && status === 200);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function retryWhatMayPass(client: AxiosInstance, delaysMs: readonly number[]): void {
  axiosRetry(client, {
    retries: delaysMs.length,
    shouldResetTimeout: true,
    retryDelay: (attempt, error) => Math.min(RETRY_AFTER_MAX_MS, Math.max(delaysMs[attempt - 1] ?? 0, retryAfter(error))),
  });
}
