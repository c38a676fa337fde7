import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export type PassedRequest = { readonly method: string; readonly path: string; readonly headers: IncomingHttpHeaders; readonly body: string };
export type PassedAnswer = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string };

/** How a copy of the server differs: what it makes of a request before it is carried out, and of the answer after. */
export type Fault = {
  readonly request?: (request: PassedRequest) => PassedRequest;
  readonly answer?: (answer: PassedAnswer, request: PassedRequest) => PassedAnswer;
};

/** A copy of the server at `target` with one fault: the real one does the work, and this stands in front of it. */
export async function startFaultyCopy(target: string, fault: Fault): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> {
  const server = http.createServer((incoming, outgoing) => {
    pass(target, fault, incoming).then(
      ({ status, headers, body }) => outgoing.writeHead(status, { ...headers, 'content-length': String(Buffer.byteLength(body)) }).end(body),
      () => outgoing.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function pass(target: string, fault: Fault, incoming: IncomingMessage): Promise<PassedAnswer> {
  const asked: PassedRequest = { method: incoming.method ?? 'GET', path: incoming.url ?? '/', headers: incoming.headers, body: await text(incoming) };
  const request = fault.request?.(asked) ?? asked;
  const answer = await forward(target, request);
  return fault.answer?.(answer, request) ?? answer;
}

async function forward(target: string, { method, path, headers, body }: PassedRequest): Promise<PassedAnswer> {
  const { 'transfer-encoding': _chunked, connection: _connection, host: _host, ...kept } = headers;
  const came = await new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = http.request(`${target}${path}`, { method, headers: { ...kept, ...(body === '' ? {} : { 'content-length': String(Buffer.byteLength(body)) }) } }, resolve);
    outgoing.once('error', reject);
    outgoing.end(body);
  });
  const { 'transfer-encoding': _chunkedToo, connection: _connectionToo, ...passedOn } = came.headers;
  return { status: came.statusCode ?? 500, headers: passedOn, body: await text(came) };
}

/** The answer with another JSON body. */
export function withBody(answer: PassedAnswer, change: (body: Record<string, unknown>) => Record<string, unknown>): PassedAnswer {
  const body: unknown = JSON.parse(answer.body);
  return { ...answer, body: JSON.stringify(change(typeof body === 'object' && body !== null ? { ...body } : {})) };
}
