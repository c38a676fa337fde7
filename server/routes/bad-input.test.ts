import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAdminServer, type AdminServer } from '../../tests/support/admin-server.ts';
import { exampleOf } from '../../tests/support/example-of.ts';
import { wayOf } from '../../tests/support/migration-way.ts';
import { proofSize } from '../../tests/support/proof-size.ts';
import { rawRequest, type RawReply } from '../../tests/support/raw-request.ts';
import type { Endpoint } from '../../shared/contract/admin/endpoint.ts';
import { endpoints } from '../../shared/contract/admin/endpoints.ts';
import { problemSchema } from '../../shared/contract/admin/problem.ts';
import { problemsOf } from '../../shared/contract/admin/problems-of.ts';

/** Whatever is sent to whichever call: a refusal with a code that the call documents, and never a failure of the server. */
const SEED = 20260809;
const REQUESTS_A_CALL = proofSize({ short: 16, full: 1000 });

let server: AdminServer;
let token: string;
const real: Record<string, string> = {};

beforeAll(async () => {
  server = await startAdminServer({ engine: 'stopped' });
  token = await server.token('fuzz', ['migration:read', 'migration:write', 'migration:approve']);
  const migration = await server.newMigration();
  const way = await wayOf(server, migration);
  const plan = await way.plan([{ email: 'ann@example.org', full_name: 'Ann Lee', stripe_customer_id: 'cus_A1' }]);
  Object.assign(real, { id: migration.id, run_id: plan.runId, plan_hash: plan.planHash, sha256: plan.cohort, fingerprint: 'SHA256:AAAA' });
});
afterAll(async () => server.close());

const nastyText = fc.oneof(
  fc.constantFrom('', '\u0000', 'a\u0000b', '\ud800', '\udc00x', '__proto__', 'constructor', "' or 1=1 --", '../../etc/passwd', '%00', '%', '\u202eabc', '𝕏'.repeat(40), 'x'.repeat(5000), '9'.repeat(400), 'NaN', '-1', '1e999', 'null', '[]'),
  fc.string({ unit: 'binary', maxLength: 40 }),
);
const nastyValue: fc.Arbitrary<unknown> = fc.oneof(nastyText, fc.constantFrom(null, true, 0, -1, 1.5, 1e308, -0, 2 ** 53, [], {}, [[]], [null]), fc.jsonValue({ maxDepth: 3 }), fc.array(nastyText, { maxLength: 5 }));

/** Half a pair cannot be percent-encoded; it goes as the bytes that somebody careless would send. */
function encoded(part: string): string {
  return part.isWellFormed() ? encodeURIComponent(part) : '%ED%A0%80';
}

const paths = (endpoint: Endpoint): fc.Arbitrary<string> =>
  fc.tuple(fc.infiniteStream(fc.tuple(fc.integer({ min: 0, max: 3 }), nastyText)), fc.option(fc.dictionary(fc.oneof(fc.constantFrom('limit', 'after', 'wait', 'email', 'plan_hash', 'q'), nastyText), nastyText, { maxKeys: 3 }), { freq: 2 })).map(([stream, query]) => {
    const path = endpoint.path.replaceAll(/\{([a-z0-9_]+)\}/g, (_place, name: string) => {
      const next = stream.next();
      const [how, nasty]: readonly [number, string] = next.done === true ? [0, ''] : next.value;
      return how > 0 ? encoded(real[name] ?? 'x') : encoded(nasty);
    });
    const pairs = Object.entries(query ?? {}).map(([name, value]) => `${encoded(name)}=${encoded(value)}`);
    return pairs.length === 0 ? path : `${path}?${pairs.join('&')}`;
  });

type Body = { readonly type: string | undefined; readonly bytes: string | Uint8Array | undefined };
const json = (bytes: string | Uint8Array): Body => ({ type: 'application/json', bytes });

const bodies = (endpoint: Endpoint): fc.Arbitrary<Body> =>
  fc.oneof(
    // One thing changed in what would be right.
    { weight: 4, arbitrary: fc.tuple(fc.infiniteStream(fc.nat(7)), fc.string({ unit: 'grapheme-ascii', maxLength: 12 }), nastyValue, fc.boolean()).map(([choices, field, value, isAdded]) => json(JSON.stringify(changed(exampleOf(endpoint.body, (count) => Number(choices.next().value) % count), field, value, isAdded)))) },
    { weight: 2, arbitrary: nastyValue.map((value) => json(JSON.stringify(value))) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }).map(json) },
    {
      weight: 2,
      arbitrary: fc.constantFrom<Body>(
        json(`${'['.repeat(60_000)}${']'.repeat(60_000)}`),
        json('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'),
        json('{"a":1,"a":{"polluted":true}}'),
        json(`{"comment":"\\ud800"}`),
        json(`{"${'k'.repeat(100_000)}":1}`),
        { type: 'application/json; charset=utf-16le', bytes: Buffer.from('{}', 'utf16le') },
        { type: 'application/json; charset=latin1', bytes: '{}' },
        { type: 'application/x-www-form-urlencoded', bytes: '__proto__[polluted]=1' },
        { type: 'application/x-ndjson', bytes: '{"email":"x"}\n' },
        { type: 'multipart/form-data; boundary=x', bytes: '--x--' },
        { type: 'text/plain', bytes: 'x' },
        { type: 'nonsense', bytes: 'x' },
        { type: undefined, bytes: 'x' },
        { type: undefined, bytes: undefined },
      ),
    },
  );

function changed(example: unknown, field: string, value: unknown, isAdded: boolean): unknown {
  if (typeof example !== 'object' || example === null || Array.isArray(example)) return value;
  const names = Object.keys(example);
  const name = isAdded || names.length === 0 ? field : (names[field.length % names.length] ?? field);
  return { ...example, [name]: value };
}

const headers = fc.record({
  token: fc.constantFrom('good', 'good', 'good', 'good', 'none', 'nonsense'),
  key: fc.constantFrom('good', 'good', 'good', 'none', 'short', 'x'.repeat(129), 'with spaces in it, many'),
});

async function send(endpoint: Endpoint, method: string, target: string, body: Body, kind: { readonly token: string; readonly key: string }, count: number): Promise<RawReply> {
  const key = kind.key === 'good' ? `fuzz-${endpoint.name}-${String(count).padStart(16, '0')}` : kind.key;
  return rawRequest({
    base: server.base,
    method,
    target,
    headers: {
      ...(kind.token === 'none' ? {} : { authorization: kind.token === 'good' ? `Bearer ${token}` : 'Bearer a.b.c' }),
      ...(kind.key === 'none' ? {} : { 'idempotency-key': key }),
      ...(body.type === undefined ? {} : { 'content-type': body.type }),
    },
    ...(body.bytes === undefined || method === 'GET' ? {} : { body: body.bytes }),
  });
}

function expectRefusalOfTheForm(reply: RawReply, isDocumented: (code: string) => boolean): void {
  expect(reply.status, reply.text).toBeLessThan(500);
  if (reply.status < 400) return;
  expect(reply.type).toContain('application/problem+json');
  const problem = problemSchema.parse(JSON.parse(reply.text));
  expect(problem.status).toBe(reply.status);
  expect(isDocumented(problem.code), `${problem.code} is not documented`).toBe(true);
  expect(reply.text).not.toMatch(/\bat .*\.[jt]s\b|node_modules|polluted/);
}

describe(`bad input, ${String(REQUESTS_A_CALL)} requests to each call (seed ${String(SEED)})`, () => {
  let count = 0;
  it.each(Object.values<Endpoint>(endpoints).map((endpoint) => [`${endpoint.method} ${endpoint.path}`, endpoint] as const))('is refused by its code and harms nothing: %s', { timeout: 600_000 }, async (_name, endpoint) => {
    // A path that was changed may lead to no route, or to another one.
    const documented = new Set<string>([...problemsOf(endpoint), 'not_found', 'method_not_allowed']);
    await fc.assert(
      fc.asyncProperty(paths(endpoint), bodies(endpoint), headers, async (target, body, kind) => {
        count += 1;
        expectRefusalOfTheForm(await send(endpoint, endpoint.method, target, body, kind, count), (code) => documented.has(code));
      }),
      { seed: SEED, numRuns: REQUESTS_A_CALL },
    );
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
    expect(server.failures).toEqual([]);
  });

  it('is refused under every other method too', async () => {
    const methodsOf = Map.groupBy(Object.values<Endpoint>(endpoints), ({ path }) => path);
    for (const [path, declared] of methodsOf) {
      for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'].filter((name) => !declared.some((endpoint) => endpoint.method === name))) {
        const reply = await rawRequest({ base: server.base, method, target: path.replaceAll(/\{([a-z0-9_]+)\}/g, (_place, name: string) => encoded(real[name] ?? 'x')), headers: { authorization: `Bearer ${token}` } });
        expectRefusalOfTheForm(reply, (code) => code === 'method_not_allowed');
        expect(reply.status, `${method} ${path}`).toBe(405);
      }
    }
  });

  it.each([
    ['no HTTP at all', 'BEGIN;\r\n\r\n', 400],
    ['a header without a name', 'GET /health HTTP/1.1\r\nhost: x\r\n: y\r\n\r\n', 400],
    ['headers without end', `GET /health HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(70_000)}\r\n\r\n`, 431],
    ['two lengths', 'POST /auth/login HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabc', 400],
    ['a body in two ways at once', 'POST /auth/login HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\nabc', 400],
  ])('is a problem document even where it is no request: %s', async (_what, bytes, status) => {
    const { hostname, port } = new URL(server.base);
    const socket = connect(Number(port), hostname);
    socket.write(bytes);
    const answer = await text(socket);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${String(status)} `));
    expect(answer).toContain('content-type: application/problem+json');
    expect(problemSchema.parse(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).status).toBe(status);
  });

  it('leaves the server at work', async () => {
    expect((await rawRequest({ base: server.base, method: 'GET', target: '/health' })).status).toBe(200);
    expect(server.failures).toEqual([]);
  });
});
