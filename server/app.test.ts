import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sql } from 'kysely';
import { endpoints } from '../shared/contract/admin/endpoints.ts';
import { problemSchema } from '../shared/contract/admin/problem.ts';
import { startAdminServer, type AdminServer, type CallOptions } from '../tests/support/admin-server.ts';
import { routerRoutes } from '../tests/support/router-routes.ts';

let server: AdminServer;
let writer: string;
let migration: string;
beforeAll(async () => {
  server = await startAdminServer({ engine: 'stopped' });
  writer = await server.token('wendy', ['migration:write']);
  migration = (await server.newMigration()).id;
});
afterAll(async () => server.close());

const record = { email: 'ann@example.org', full_name: 'Ann', stripe_customer_id: 'cus_A1' };
const good = { source_file: 'cohort.csv', source_sha256: 'a'.repeat(64), records: [record] };
const dryRun = async (options: Parameters<AdminServer['call']>[2]): ReturnType<AdminServer['call']> => server.call('POST', `/admin/migration/${migration}/dry-run`, { token: writer, ...options });

describe('a request that is not as documented', () => {
  const raw = (text: string | Uint8Array<ArrayBuffer>, type = 'application/json'): CallOptions => ({ raw: { type, text } });
  const withRecord = (change: Record<string, unknown>): CallOptions => ({ body: { ...good, records: [{ ...record, ...change }] } });
  const cases: [string, CallOptions, number, string, string][] = [
    ['a field nobody knows', { body: { ...good, colour: 'red' } }, 422, 'invalid_request', 'colour'],
    ['a field nobody knows, deep inside', withRecord({ colour: 'red' }), 422, 'invalid_request', 'records.0.colour'],
    ['a number for a text', withRecord({ email: 7 }), 422, 'invalid_request', 'records.0.email'],
    ['a missing field', { body: { records: [record] } }, 422, 'invalid_request', 'source_file'],
    ['no body', {}, 422, 'invalid_request', ''],
    ['a list for an object', { body: [good] }, 422, 'invalid_request', ''],
    ['an address that is none', withRecord({ email: 'ann' }), 422, 'invalid_request', 'records.0.email'],
    ['a person named twice', { body: { ...good, records: [record, { ...record, email: ' ANN@example.org' }] } }, 422, 'invalid_request', 'records.1.email'],
    ['somebody outside the cohort in only', { body: { ...good, only: ['bob@example.org'] } }, 422, 'invalid_request', 'only.0'],
    ['a decision about somebody outside', { body: { ...good, decisions: [{ email: 'bob@example.org', as: 'skip' }] } }, 422, 'invalid_request', 'decisions.0.email'],
    ['a NUL', withRecord({ full_name: 'A\u0000nn' }), 422, 'invalid_request', 'records.0.full_name'],
    ['half a surrogate pair', raw(JSON.stringify(good).replace('"Ann"', '"\\ud800"')), 422, 'invalid_request', 'records.0.full_name'],
    ['a prototype for a key', raw('{"__proto__": {"polluted": true}}'), 422, 'invalid_request', ''],
    ['JSON that is broken', raw('{"source_file":'), 400, 'malformed_body', ''],
    ['bytes that are no UTF-8', raw(Uint8Array.of(0x7b, 0xff, 0x7d)), 400, 'malformed_body', ''],
    ['a hundred thousand levels', raw('['.repeat(100_000)), 400, 'malformed_body', ''],
    ['another charset', raw(JSON.stringify(good), 'application/json; charset=iso-8859-1'), 415, 'unsupported_media_type', ''],
    ['another media type', raw('a=b', 'application/x-www-form-urlencoded'), 415, 'unsupported_media_type', ''],
    ['NDJSON where JSON is wanted', raw('{}', 'application/x-ndjson'), 415, 'unsupported_media_type', ''],
  ];
  it.each(cases)('is refused with a code and the place: %s', async (_what, options, status, code, path) => {
    const reply = await dryRun(options);
    expect([reply.status, reply.body['code']], reply.text).toEqual([status, code]);
    expect(reply.headers.get('content-type')).toContain('application/problem+json');
    const problem = problemSchema.parse(reply.body);
    if (path !== '') expect(problem.errors?.map((error) => error.path)).toContain(path);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
    expect(reply.text).not.toMatch(/\bat .*\.ts|node_modules/);
  });

  it('that is not there is none, whatever the client calls it, on every route', async () => {
    const writing = routerRoutes(server.app).filter(({ method, url }) => ['POST', 'PUT'].includes(method) && !url.endsWith('/cohorts/:sha256'));
    expect(writing.length).toBeGreaterThan(10);
    const token = await server.token('wendy', ['migration:write', 'migration:approve']);
    for (const { method, url } of writing) {
      for (const type of ['application/json', 'application/x-www-form-urlencoded', 'text/plain', 'no type at all']) {
        const reply = await server.call(method, url.replaceAll(/:[a-z0-9_]+/g, 'none'), { token, headers: type.includes('/') ? { 'content-type': type } : {} });
        expect([415, 500], `${method} ${url} as ${type}: ${reply.text}`).not.toContain(reply.status);
      }
    }
    expect((await server.call('POST', '/auth/logout', { token: 'x'.repeat(32), headers: { 'content-type': 'application/x-www-form-urlencoded' } })).status).toBe(204);
  });

  it('is refused for its size before it is read', async () => {
    const large = await server.call('POST', `/admin/migration/${migration}/approvals`, { token: await server.token('abel', ['migration:approve']), raw: { type: 'application/json', text: ' '.repeat(2 * 1024 * 1024) } });
    expect([large.status, large.body['code']]).toEqual([413, 'payload_too_large']);
  });

  it.each([
    ['GET', '/nowhere', 404, 'not_found'],
    ['GET', '/admin/nowhere', 404, 'not_found'],
    ['DELETE', '/admin/runs', 405, 'method_not_allowed'],
    ['PATCH', '/admin/session', 405, 'method_not_allowed'],
    ['GET', '/admin/migration/%E0%A4%A/members', 404, 'not_found'],
    ['GET', '/admin/runs?limit=0', 422, 'invalid_request'],
    ['GET', '/admin/runs?limit=10&limit=20', 422, 'invalid_request'],
    ['GET', '/admin/runs?surprise=1', 422, 'invalid_request'],
    ['GET', '/admin/runs?migration=%00', 422, 'invalid_request'],
    ['GET', '/admin/runs/no-such-run', 404, 'unknown_run'],
    ['GET', '/admin/runs/00000000-0000-4000-8000-000000000000', 404, 'unknown_run'],
    ['GET', '/admin/runs?after=x', 422, 'invalid_request'],
  ])('is a problem document whatever it is: %s %s', async (method, path, status, code) => {
    const reply = await server.call(method, path, { token: writer });
    expect([reply.status, problemSchema.parse(reply.body).code], reply.text).toEqual([status, code]);
  });
});

describe('the routes', () => {
  it('are those of the contract, each under its own method alone', async () => {
    for (const endpoint of Object.values(endpoints).filter(({ path }) => path.startsWith('/admin/migration') || path.startsWith('/admin/runs'))) {
      if (endpoint.name === 'getReceipt') continue;
      const url = endpoint.path.replaceAll(/\{([a-z0-9_]+)\}/g, ':$1');
      expect(server.app.hasRoute({ method: endpoint.method, url }), endpoint.name).toBe(true);
    }
  });

  it('are described as OpenAPI 3.1 without a token', async () => {
    const reply = await server.call('GET', '/openapi.json');
    expect(reply.body['openapi']).toMatch(/^3\.1/);
    for (const endpoint of Object.values(endpoints)) expect(reply.text, endpoint.name).toContain(`"operationId":"${endpoint.name}"`);
  });
});

describe('the audit log', () => {
  it('holds every admin call and every refusal, and nothing of a body', async () => {
    const audited = async () => server.test.asLogin('select method, route, status, code, sub from audit_log order by id desc limit 1');
    await dryRun({ body: { ...good, source_file: 'a-secret-name.csv' } });
    expect(await audited()).toEqual([{ method: 'POST', route: '/admin/migration/:id/dry-run', status: 200, code: null, sub: 'wendy' }]);
    await server.call('GET', '/admin/runs', { token: await server.token('rita', ['migration:read']) });
    expect(await audited()).toEqual([{ method: 'GET', route: '/admin/runs', status: 200, code: null, sub: 'rita' }]);
    await server.call('GET', '/admin/runs', { token: 'nonsense' });
    expect(await audited()).toEqual([{ method: 'GET', route: '/admin/runs', status: 401, code: 'unauthenticated', sub: null }]);
    await dryRun({ body: { ...good, colour: 'red' } });
    expect(await audited()).toEqual([{ method: 'POST', route: '/admin/migration/:id/dry-run', status: 422, code: 'invalid_request', sub: 'wendy' }]);
    const all = await server.test.store.inAdminTx(async (tx) => sql<{ text: string }>`select string_agg(to_jsonb(a)::text, '') as text from audit_log a`.execute(tx));
    expect(all.rows[0]?.text).not.toContain('a-secret-name');
  });

  it.each([
    ['/%61dmin/runs', '/admin/runs', 200],
    ['http://elsewhere.example/admin/runs', '/admin/runs', 200],
    ['/%61dmin/nowhere', '(no such route)', 404],
    ['http://elsewhere.example/admin/nowhere', '(no such route)', 404],
    ['/admin/migration/%zz/members', '(no such route)', 404],
    [`/admin/migration/${'x'.repeat(300)}/members`, '(no such route)', 404],
    ['/administrators', undefined, 404],
  ])('misses no admin call for the way its address is written: %s', async (target, route, status) => {
    const newest = async () => (await server.test.asLogin('select id, route, status from audit_log order by id desc limit 1'))[0];
    const before = await newest();
    expect(await statusOf(target)).toBe(status);
    const after = await newest();
    if (route === undefined) expect(after).toEqual(before);
    else expect(after).toEqual({ id: Number(before?.['id'] ?? 0) + 1, route, status });
  });

  /** Sends the address as it is; `fetch` would tidy it up. */
  async function statusOf(target: string): Promise<number | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
    const asked = request({ host: '127.0.0.1', port: new URL(server.base).port, path: target, headers: { authorization: `Bearer ${writer}` } }, (reply) => {
      reply.resume().on('end', () => resolve(reply.statusCode));
    });
    asked.on('error', reject).end();
    return promise;
  }
});

it('logs no failure of its own for any of this', () => {
  expect(server.failures).toEqual([]);
});
