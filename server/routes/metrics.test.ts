import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAdminServer, type AdminServer } from '../../tests/support/admin-server.ts';
import { wayOf } from '../../tests/support/migration-way.ts';

let server: AdminServer;
beforeAll(async () => {
  server = await startAdminServer({ engine: 'stopped' });
});
afterAll(async () => server.close());

async function scrape(headers: Record<string, string> = {}): Promise<{ readonly status: number | undefined; readonly type: string; readonly text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number | undefined; type: string; text: string }>();
  request({ host: '127.0.0.1', port: new URL(server.base).port, path: '/metrics', headers }, (reply) => {
    let text = '';
    reply.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    reply.on('end', () => resolve({ status: reply.statusCode, type: String(reply.headers['content-type']), text }));
  })
    .on('error', reject)
    .end();
  return promise;
}

describe('GET /metrics', () => {
  it('tells a scraper on this machine what the server does: requests, runs, rows, sign-ins, outbox, queue, connections, process', async () => {
    const migration = await server.newMigration();
    const way = await wayOf(server, migration);
    const email = 'canary-of-metrics@example.org';
    const { planHash } = await way.plan([{ email, full_name: 'Canary Name', stripe_customer_id: 'cus_CanaryMetrics' }]);
    await way.tryOut(planHash, [email]);
    await server.call('POST', '/auth/login', { body: { email, password: 'some wrong password' } });
    await server.call('GET', '/admin/canary-of-a-path', { token: way.reader });

    const { status, type, text } = await scrape();
    expect([status, type]).toEqual([200, 'text/plain; charset=utf-8']);
    for (const line of [
      'drydock_runs{kind="test_run",state="completed"} 1',
      'drydock_run_rows{kind="test_run",outcome="applied"} 1',
      'drydock_sign_ins_total{outcome="validation"} 1',
      'drydock_sign_ins_total{outcome="refused"} 1',
      'drydock_queue_jobs{state="created"} 0',
    ]) expect(text).toContain(`${line}\n`);
    expect(text).toMatch(/drydock_http_request_seconds_count\{method="POST",route="\/admin\/migration\/\{id\}\/dry-run",status="200"\} 1/);
    expect(text).toMatch(/drydock_http_request_seconds_count\{method="GET",route="none",status="404"\} 1/);
    expect(text).toMatch(/drydock_database_connections\{state="idle"\} \d/);
    expect(text).toContain('process_cpu_seconds_total');
    for (const secret of ['canary', 'Canary', migration.id, planHash, 'wendy']) expect(text).not.toContain(secret);
  });

  it('asks somebody elsewhere, also behind a proxy on this machine, for an admin token', async () => {
    const forwarded = { 'x-forwarded-for': '203.0.113.9' };
    expect((await scrape(forwarded)).status).toBe(401);
    expect((await scrape({ ...forwarded, authorization: 'Bearer nonsense' })).status).toBe(401);
    const token = await server.token('prometheus', ['migration:read']);
    expect((await scrape({ ...forwarded, authorization: `Bearer ${token}` })).status).toBe(200);
    expect((await scrape({ ...forwarded, authorization: `Bearer ${await server.token('nobody', [])}` })).status).toBe(403);
    await server.test.asLogin(`insert into revoked_tokens (sub, issued_before) values ('prometheus', now())`);
    expect((await scrape({ ...forwarded, authorization: `Bearer ${token}` })).status).toBe(401);
  });

  it('makes no series of a method that somebody made up', async () => {
    await scrape();
    await server.call('DELETE', '/admin/runs');
    expect((await scrape()).text).toContain('{method="DELETE",route="none",status="405"} 1');
  });

  it('logs no failure of its own for any of this', () => {
    expect(server.failures).toEqual([]);
  });
});
