import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { type EndpointName, type Endpoints, endpoints } from '../shared/contract/admin/endpoints.ts';
import type { AdminSession } from '../shared/contract/admin/session.ts';
import type { z } from 'zod';

/** One request as the stub saw it. */
export interface SeenRequest {
  readonly call: EndpointName;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly token: string | undefined;
  readonly key: string | undefined;
}

/** An answer: a value of the declared form, a problem, or the connection cut after the request was read. */
export type StubAnswer<Name extends EndpointName> = z.infer<Endpoints[Name]['reply']> | { readonly refuse: string; readonly status: number } | 'cut' | 'silent';
export type StubAnswers = { [Name in EndpointName]?: (request: SeenRequest) => StubAnswer<Name> | Promise<StubAnswer<Name>> };

/** An admin API on loopback that answers as a test says, over real HTTP. Not a Drydock server: it keeps no rule. */
export interface StubAdminApi {
  readonly url: string;
  readonly seen: SeenRequest[];
  answers: StubAnswers;
  callsOf(name: EndpointName): SeenRequest[];
  close(): Promise<void>;
}

export const stubSession: AdminSession = {
  sub: 'olga',
  scopes: ['migration:write'],
  expires_at: '2030-01-01T00:00:00Z',
  environment: { id: 'env-1', name: 'Staging', kind: 'staging' },
  policy: { approvals_required: 1, requester_may_approve: false, approve_before_test_run: false, approval_valid_hours: 72, plan_stale_share: 0.05, rollback_approval_above: null, typed_confirmation: false },
  receipt_public_key: 'ssh-ed25519 AAAA',
};

/** Starts one. Sessions and anchors are answered unless the test says otherwise; any other call is 404. */
export async function startStubAdminApi(answers: StubAnswers, port = 0): Promise<StubAdminApi> {
  const seen: SeenRequest[] = [];
  const stub = { answers };
  const server = http.createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (part: string) => (text += part));
    request.on('end', () => void answer(request, response, text));
  });

  async function answer(request: http.IncomingMessage, response: http.ServerResponse, text: string): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://stub');
    const found = routeOf(request.method ?? '', url.pathname);
    if (found === undefined) return send(response, 404, problemOf('not_found', 404));
    const isJson = request.headers['content-type'] === 'application/json';
    const entry: SeenRequest = {
      ...found,
      query: url.searchParams,
      body: isJson ? JSON.parse(text) : text,
      token: request.headers.authorization?.replace('Bearer ', ''),
      key: request.headers['idempotency-key']?.toString(),
    };
    seen.push(entry);
    const defaults: StubAnswers = {
      getSession: () => stubSession,
      listJournalHeads: () => ({ items: [], next_cursor: null }),
      postJournalHead: ({ body }) => ({ ...(body as { journal_id: string; seq: number; hash: string }), sub: 'olga', anchored_at: '2026-01-01T00:00:00Z' }),
    };
    const answering = (stub.answers[found.call] ?? defaults[found.call]) as ((request: SeenRequest) => unknown) | undefined;
    const given: unknown = answering === undefined ? { refuse: 'not_found', status: 404 } : await answering(entry);
    if (given === 'silent') return;
    if (given === 'cut') return void request.socket.destroy();
    if (isRefusal(given)) return send(response, given.status, problemOf(given.refuse, given.status));
    const { status } = endpoints[found.call];
    if (status === 204) return void response.writeHead(204).end();
    send(response, status, given);
  }

  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return Object.assign(stub, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    callsOf: (name: EndpointName) => seen.filter(({ call }) => call === name),
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  });
}

function routeOf(method: string, path: string): { call: EndpointName; params: Record<string, string> } | undefined {
  for (const [name, endpoint] of Object.entries(endpoints)) {
    const pattern = new RegExp(`^${endpoint.path.replace(/\{([a-z0-9_]+)\}/g, '(?<$1>[^/]+)')}$`);
    const match = endpoint.method === method ? pattern.exec(path) : null;
    if (match !== null) return { call: name as EndpointName, params: Object.fromEntries(Object.entries(match.groups ?? {}).map(([key, value]) => [key, decodeURIComponent(value)])) };
  }
  return undefined;
}

function isRefusal(given: unknown): given is { refuse: string; status: number } {
  return typeof given === 'object' && given !== null && 'refuse' in given;
}

function problemOf(code: string, status: number) {
  return { type: 'about:blank', title: `Refused: ${code}`, status, code, detail: 'Do otherwise.', request_id: 'req-1' };
}

function send(response: http.ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'Content-Type': status < 400 ? 'application/json' : 'application/problem+json' }).end(JSON.stringify(value));
}
