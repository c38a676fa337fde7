import { request } from 'node:http';

/** An answer as it came over the wire. */
export type RawReply = { readonly status: number; readonly type: string; readonly text: string };

export type RawRequest = {
  readonly base: string;
  readonly method: string;
  /** Sent as it is; `fetch` would tidy it up. */
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
};

/** Sends a request without tidying anything up; rejects when the connection ends without an answer. */
export async function rawRequest({ base, method, target, headers = {}, body }: RawRequest): Promise<RawReply> {
  const { promise, resolve, reject } = Promise.withResolvers<RawReply>();
  const { hostname, port } = new URL(base);
  const sent = request({ host: hostname, port, method, path: target, headers: { ...headers, ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }) } }, (reply) => {
    let text = '';
    reply.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    reply.on('end', () => resolve({ status: reply.statusCode ?? 0, type: String(reply.headers['content-type'] ?? ''), text }));
    reply.on('error', reject);
  });
  sent.on('error', reject);
  sent.end(body);
  return promise;
}
