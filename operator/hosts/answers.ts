import type { IncomingMessage, ServerResponse } from 'node:http';
import { securityHeaders } from './content-security.ts';

/** Ends an answer with JSON. Nothing of ours is ever kept by a cache. */
export function answerJson(response: ServerResponse, status: number, value: unknown): void {
  const body = Buffer.from(JSON.stringify(value));
  response.writeHead(status, { ...securityHeaders, 'content-type': 'application/json; charset=utf-8', 'content-length': body.length, 'cache-control': 'no-store' });
  response.end(body);
}

/** Ends an answer with a code and nothing else: whoever gets one has no business here, or an old page. */
export function answerRefusal(response: ServerResponse, status: number, code: string): void {
  answerJson(response, status, { code });
}

/**
 * The JSON of a body; undefined when it is too long, not JSON, or not declared as JSON (a form of another page can
 * send text, and never that type).
 */
export async function readJson(request: IncomingMessage, limitBytes: number): Promise<{ readonly value: unknown } | undefined> {
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) return undefined;
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk as Uint8Array);
    length += bytes.length;
    if (length > limitBytes) return undefined;
    chunks.push(bytes);
  }
  try {
    return { value: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))) };
  } catch {
    return undefined;
  }
}
