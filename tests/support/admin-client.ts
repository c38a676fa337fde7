import { randomUUID } from 'node:crypto';

/** Plain HTTP against the admin API, as anybody with a token could write it. */
export interface AdminClient {
  readonly url: string;
  /** @throws when the answer is no 2xx, with what it said. */
  readonly get: (path: string) => Promise<unknown>;
  readonly post: (path: string, body: unknown) => Promise<unknown>;
}

export function adminClient(url: string, token: string): AdminClient {
  async function call(method: 'GET' | 'POST', path: string, body?: unknown): Promise<unknown> {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(method === 'POST' ? { 'content-type': 'application/json', 'idempotency-key': randomUUID() } : {}) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${String(answer.status)} ${text}`);
    return JSON.parse(text);
  }
  return { url, get: async (path) => call('GET', path), post: async (path, body) => call('POST', path, body) };
}
