import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AdminServer, startAdminServer, TEMPORARY_PASSWORD } from '../../tests/support/admin-server.ts';
import { wayOf } from '../../tests/support/migration-way.ts';
import { type RouterRoute, routerRoutes } from '../../tests/support/router-routes.ts';
import { fastifyPath } from '../guards/admin-routes.ts';
import { endpoints } from '../../shared/contract/admin/endpoints.ts';

let server: AdminServer;
let held: string;
let tagged: string;
let validated: string;

beforeAll(async () => {
  server = await startAdminServer({ engine: 'stopped' });
  const migration = await server.newMigration();
  const way = await wayOf(server, migration);
  const email = 'one@example.org';
  await migration.addUser({ email, name: 'One Person' });
  const { planHash } = await way.plan([{ email, full_name: 'One Person', stripe_customer_id: 'cus_one1' }]);
  const login = async (key?: string): Promise<string> =>
    String((await server.call('POST', '/auth/login', { body: { email, password: TEMPORARY_PASSWORD, ...(key === undefined ? {} : { validation_key: key }) } })).body['session_token']);
  const first = await way.tryOut(planHash, [email], 'run');
  const used = await login(first.keys[email]);
  validated = String((await server.call('POST', '/auth/password', { token: used, body: { new_password: 'only for validation' } })).body['session_token']);
  held = await login();
  tagged = used;
});
afterAll(async () => server.close());

/** Found in the router itself, so that a route which no endpoint declares is asked for too. */
const isDeclared = ({ method, url }: RouterRoute): boolean => Object.values(endpoints).some((endpoint) => endpoint.method === method && fastifyPath(endpoint.path) === url);

it('meets no route that the tests below do not know', () => {
  const found = routerRoutes(server.app).filter(({ method }) => method !== 'HEAD' && method !== 'OPTIONS');
  expect(found.length).toBeGreaterThanOrEqual(Object.keys(endpoints).length);
  expect(found.filter((route) => !isDeclared(route))).toEqual([]);
});

/** Every route but those that need nobody, and the metrics, which are open to this machine. */
const routes = Object.values(endpoints).filter((endpoint) => endpoint.access !== 'none' && endpoint.name !== 'getMetrics');
const call = async (token: string, method: string, path: string) => server.call(method, path.replaceAll(/\{[a-z0-9_]+\}/g, 'm-1'), { token, ...(method === 'GET' ? {} : { body: {} }) });

describe('a session that is held at the reset', () => {
  it.each(routes.filter(({ name }) => name !== 'setPassword' && name !== 'logout').map(({ method, path }) => [method, path]))('gets 403 from %s %s', async (method, path) => {
    const reply = await call(held, method, path);
    expect([reply.status, reply.body['code']], reply.text).toEqual([403, 'password_reset_required']);
  });
});

describe('a session of a validation', () => {
  it.each(routes.filter(({ name }) => name !== 'logout' && name !== 'me').map(({ method, path }) => [method, path]))('gets nothing from %s %s after its reset', async (method, path) => {
    const reply = await server.call(method, path.replaceAll(/\{[a-z0-9_]+\}/g, 'm-1'), { token: validated, ...(method === 'GET' ? {} : { body: path === '/auth/password' ? { new_password: 'another one for it' } : {} }) });
    expect(reply.status, reply.text).toBe(403);
  });

  it('reaches GET /me after its reset; the one before it has ended', async () => {
    expect((await server.call('GET', '/me', { token: validated })).status).toBe(200);
    expect((await server.call('GET', '/me', { token: tagged })).status).toBe(401);
  });
});
