import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { decideApproval } from '../../shared/contract/admin/approvals.ts';
import { login } from '../../shared/contract/admin/customer-auth.ts';
import { getHealth } from '../../shared/contract/admin/health.ts';
import { getRun, pauseRun } from '../../shared/contract/admin/runs.ts';
import { OperatorError } from '../../shared/contract/operator/reply.ts';
import { type AdminApi, createAdminApi } from './admin-api.ts';
import { adminBaseUrl } from './base-url.ts';
import { AdminCallError, type CallFailure, operatorErrorOf } from './call-failure.ts';

type Answer = (request: http.IncomingMessage, response: http.ServerResponse, body: string) => void;

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A real server on loopback that answers with the given functions in turn, the last one for ever. */
async function serve(...answers: readonly Answer[]): Promise<{ api: AdminApi; url: string; seen: { method: string; url: string; headers: http.IncomingHttpHeaders; body: string }[] }> {
  const seen: { method: string; url: string; headers: http.IncomingHttpHeaders; body: string }[] = [];
  const server = http.createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => (body += part));
    request.on('end', () => {
      seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
      answers[Math.min(seen.length, answers.length) - 1]?.(request, response, body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const api = createAdminApi({ baseUrl: url, retryDelaysMs: [0, 0] });
  closing.push(() => {
    api.close();
    server.closeAllConnections();
    server.close();
  });
  return { api, url, seen };
}

const json = (status: number, value: unknown, headers: Record<string, string> = {}): Answer => (_, response) => {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(value));
};
const refusal = (status: number, code: string): Answer => json(status, { type: 'about:blank', title: 'No', status, code, detail: 'Do otherwise.', request_id: 'r1' });
const dropped: Answer = (request) => request.socket.destroy();

async function failure(call: Promise<unknown>): Promise<CallFailure> {
  const thrown: unknown = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof AdminCallError)) throw new Error(`expected an AdminCallError, got ${String(thrown)}`);
  expect(JSON.stringify(thrown) + thrown.stack).not.toMatch(/canary/);
  return thrown.failure;
}

const read = { params: {}, query: {}, body: undefined };
const key = 'k'.repeat(24);
const decide = { params: { id: 'm' }, query: {}, body: { plan_hash: 'a'.repeat(64), decision: 'approve', comment: '' }, token: 'canary-token', idempotencyKey: key } as const;
const approval = { approval_id: 'a', plan_hash: 'a'.repeat(64), sub: 's', decision: 'approve', comment: '', decided_at: '2026-01-01T00:00:00Z', expires_at: '2026-01-04T00:00:00Z', state: 'valid' };

describe('a call', () => {
  it('sends method, path, query, token, key and body as declared, and gives the parsed answer', async () => {
    const { api, seen } = await serve(json(201, approval));
    expect(await api.call(decideApproval, decide)).toEqual(approval);
    expect(seen[0]).toMatchObject({ method: 'POST', url: '/admin/migration/m/approvals', headers: { authorization: 'Bearer canary-token', 'idempotency-key': key, 'content-type': 'application/json' } });
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual(decide.body);
  });

  it('keeps every value inside its segment of the path', async () => {
    const { api, seen } = await serve(refusal(404, 'unknown_run'));
    await failure(api.call(getRun, { ...read, params: { run_id: '../../auth/login?x=1#y' } }));
    expect(seen[0]?.url).toBe('/admin/runs/..%2F..%2Fauth%2Flogin%3Fx%3D1%23y');
    await expect(api.call(getRun, { ...read, params: { run_id: '..' } })).rejects.toThrow(RangeError);
    expect(seen).toHaveLength(1);
  });

  it('follows no redirect', async () => {
    const elsewhere = await serve(json(200, { status: 'ok' }));
    const { api } = await serve((_, response) => response.writeHead(302, { Location: `${elsewhere.url}/health` }).end());
    expect(await failure(api.call(getHealth, read))).toEqual({ kind: 'not_understood', status: 302 });
    expect(elsewhere.seen).toHaveLength(0);
  });

  it('uses no proxy, whatever the process environment says', async () => {
    const proxy = await serve(json(200, { status: 'ok' }));
    const { api, seen } = await serve(json(200, { status: 'ok' }));
    process.env['HTTP_PROXY'] = proxy.url;
    process.env['http_proxy'] = proxy.url;
    try {
      await api.call(getHealth, read);
    } finally {
      delete process.env['HTTP_PROXY'];
      delete process.env['http_proxy'];
    }
    expect(proxy.seen).toHaveLength(0);
    expect(seen).toHaveLength(1);
  });
});

describe('a call that fails', () => {
  it('gives the refusal in the server’s own words, without token or body', async () => {
    const { api } = await serve(refusal(403, 'insufficient_scope'));
    const found = await failure(api.call(decideApproval, { ...decide, body: { ...decide.body, comment: 'canary comment' } }));
    expect(found).toMatchObject({ kind: 'refused', status: 403 });
    expect(operatorErrorOf(found, true)).toBeInstanceOf(OperatorError);
    expect(operatorErrorOf(found, true).problem).toEqual({ code: 'insufficient_scope', title: 'No', detail: 'Do otherwise.', request_id: 'r1' });
  });

  it('tries a write again with the same key and body', async () => {
    const { api, seen } = await serve(dropped, refusal(500, 'internal_error'), json(201, approval));
    await api.call(decideApproval, decide);
    expect(seen.map((request) => [request.headers['idempotency-key'], request.body])).toEqual(Array.from({ length: 3 }, () => [key, JSON.stringify(decide.body)]));
  });

  it('never tries a write without a key again', async () => {
    const { api, seen } = await serve(dropped);
    const found = await failure(api.call(login, { params: {}, query: {}, body: { email: 'a@example.com', password: 'canary-password' } }));
    expect(found).toEqual({ kind: 'unknown_outcome', why: 'no_answer', problem: undefined });
    expect(seen).toHaveLength(1);
  });

  it('refuses to send a write that has no key', async () => {
    const { api, seen } = await serve(json(202, {}));
    await expect(api.call(pauseRun, { params: { run_id: 'r' }, query: {}, body: {} })).rejects.toThrow(RangeError);
    expect(seen).toHaveLength(0);
  });

  it('takes a success that is not of the declared form for an unknown outcome', async () => {
    const { api } = await serve(json(201, { ...approval, decision: 'perhaps' }));
    expect(await failure(api.call(decideApproval, decide))).toMatchObject({ kind: 'unknown_outcome', why: 'answer_not_of_the_form' });
    const html = await serve((_, response) => response.writeHead(200, { 'Content-Type': 'text/html' }).end('<p>Welcome to the Wi-Fi</p>'));
    const ofHtml = await failure(html.api.call(getHealth, read));
    expect(ofHtml).toMatchObject({ kind: 'unknown_outcome', why: 'answer_not_of_the_form' });
    expect([operatorErrorOf(ofHtml, false).problem.code, operatorErrorOf(ofHtml, true).problem.code]).toEqual(['not_an_admin_api', 'outcome_unknown']);
  });

  it('takes a success whose body was cut off for an unknown outcome, and asks again with the same key', async () => {
    const cut: Answer = (request, response) => {
      response.writeHead(201, { 'Content-Type': 'application/json', 'Content-Length': '500' });
      response.write('{"approval_id":', () => request.socket.destroy());
    };
    const always = await serve(cut);
    expect(await failure(always.api.call(decideApproval, decide))).toEqual({ kind: 'unknown_outcome', why: 'no_answer', problem: undefined });
    const once = await serve(cut, json(201, approval));
    expect(await once.api.call(decideApproval, decide)).toEqual(approval);
    expect(once.seen.map((request) => request.headers['idempotency-key'])).toEqual([key, key]);
  });

  it.each([
    ['a token that has expired meanwhile', refusal(401, 'unauthenticated')],
    ['a flag that was switched off meanwhile', refusal(403, 'feature_disabled')],
    ['a proxy', (_: http.IncomingMessage, response: http.ServerResponse) => void response.writeHead(403).end('<p>Blocked</p>')],
  ] as const)('does not take a refusal by %s for what became of an attempt that may have been carried out', async (_, second) => {
    const { api } = await serve(dropped, second);
    expect((await failure(api.call(decideApproval, decide))).kind).toBe('unknown_outcome');
    const reading = await serve(dropped, second);
    expect((await failure(reading.api.call(getHealth, read))).kind).not.toBe('unknown_outcome');
    const behindTheGuards = await serve(dropped, refusal(409, 'approval_closed'));
    expect((await failure(behindTheGuards.api.call(decideApproval, decide))).kind).toBe('refused');
  });

  it('says that nothing was sent only when no attempt reached anybody', async () => {
    const gone = await serve(json(200, {}));
    for (const close of closing.splice(0)) close();
    const api = createAdminApi({ baseUrl: gone.url, retryDelaysMs: [0] });
    expect(await failure(api.call(decideApproval, decide))).toEqual({ kind: 'not_sent', code: 'ECONNREFUSED' });
    api.close();
  });

  it('gives up on a server that says nothing, and does not know what came of it', async () => {
    const { api } = await serve(() => undefined);
    expect(await failure(api.call(getHealth, { ...read, timeoutMs: 30 }))).toMatchObject({ kind: 'unknown_outcome', why: 'timed_out' });
  });

  it('takes no answer without end', async () => {
    const { api } = await serve((_, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      const block = 'x'.repeat(1024 * 1024);
      const more = (): void => {
        while (response.write(block)) if (response.destroyed) return;
        response.once('drain', more);
      };
      response.on('error', () => undefined);
      more();
    });
    expect((await failure(api.call(getHealth, read))).kind).toBe('unknown_outcome');
  });
});

describe('the address of an environment', () => {
  it.each(['https://admin.example.com', 'http://127.0.0.1:4010', 'http://localhost:4010', 'http://[::1]:4010'])('takes %s', (url) => expect(adminBaseUrl(`${url}/`)).toBe(url));
  it.each(['http://admin.example.com', 'http://127.0.0.1.example.com', 'ftp://x', 'file:///etc/passwd', 'javascript:alert(1)', 'https://u:p@example.com', 'https://example.com?x=1', 'example.com', ''])('refuses %s', (url) => expect(() => adminBaseUrl(url)).toThrow(/bad_url/));
});
