import axios from 'axios';
import { agentsFor } from '../admin-api/agents.ts';
import { Broken } from './verdicts.ts';

const TIMEOUT_MS = 60_000;
const ANSWER_MAX_BYTES = 64 * 1024 * 1024;

/** A request as it goes out, byte for byte; nothing is added, mended or tried again. */
export type RawRequest = {
  readonly method: string;
  /** From the first slash on, query included. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
};

/** An answer as it came in. `json` is undefined where the body is no JSON. */
export type RawAnswer = {
  readonly request: RawRequest;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly json: unknown;
};

export interface RawHttp {
  /** @throws Broken when no answer came */
  send(request: RawRequest): Promise<RawAnswer>;
  close(): void;
}

/**
 * Plain HTTP to one address. The operator's own client retries, validates and hides; a check of a contract must see
 * what is really answered. Like that client it follows no redirect and uses no proxy, and no error of the library,
 * which holds token and body, leaves it. `observe` sees every answer.
 */
export function createRawHttp(baseUrl: string, observe: (answer: RawAnswer) => void): RawHttp {
  const agents = agentsFor(baseUrl);
  const client = axios.create({
    baseURL: baseUrl,
    ...agents,
    adapter: 'http',
    proxy: false,
    maxRedirects: 0,
    allowAbsoluteUrls: false,
    timeout: TIMEOUT_MS,
    maxContentLength: ANSWER_MAX_BYTES,
    responseType: 'text',
    validateStatus: () => true,
    transformRequest: [(body: unknown) => body],
    transformResponse: [(body: unknown) => body],
  });
  return {
    async send(request) {
      const came = await client
        .request<string>({
          method: request.method,
          url: request.path,
          // The library would name a media type where there is no body.
          headers: { Accept: 'application/json, application/problem+json', 'User-Agent': 'drydock-conformance', 'Content-Type': false, ...request.headers },
          ...(request.body === undefined ? {} : { data: request.body }),
        })
        .catch(() => {
          throw new Broken(`${request.method} ${withoutQuery(request.path)} was not answered.`);
        });
      const headers: Record<string, string> = {};
      for (const [name, value] of Object.entries(came.headers)) headers[name.toLowerCase()] = String(value);
      const text = typeof came.data === 'string' ? came.data : '';
      const answer: RawAnswer = { request, status: came.status, headers, text, json: parsed(text) };
      observe(answer);
      return answer;
    },
    close() {
      agents.httpAgent.destroy();
      agents.httpsAgent.destroy();
    },
  };
}

/** A path without what was asked in its query, for sentences. */
export function withoutQuery(path: string): string {
  return path.replace(/\?.*$/, '');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
