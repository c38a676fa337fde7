import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { endpoints } from '../shared/contract/admin/endpoints.ts';
import { problemWordings } from '../shared/core/problem-codes.ts';
import { startAdminServer, type AdminServer } from './support/admin-server.ts';
import { routerRoutes } from './support/router-routes.ts';

const operationSchema = z.looseObject({
  operationId: z.string(),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  responses: z.record(z.string(), z.looseObject({ description: z.string().min(1), content: z.record(z.string(), z.unknown()).optional() })),
});
const documentSchema = z.looseObject({ openapi: z.string(), paths: z.record(z.string(), z.record(z.string(), operationSchema)) });

let server: AdminServer;
let document: z.infer<typeof documentSchema>;
beforeAll(async () => {
  server = await startAdminServer({ engine: 'stopped' });
  document = documentSchema.parse((await server.call('GET', '/openapi.json')).body);
});
afterAll(async () => server.close());

/** `GET /runs/:run_id`, for a route and for a call of the document alike. */
function nameOf(method: string, path: string): string {
  return `${method.toUpperCase()} ${path.replaceAll(/\{([a-z0-9_]+)\}/g, ':$1')}`;
}

describe('GET /openapi.json, as a server answers it', () => {
  it('is valid OpenAPI 3.1 to a public validator, which refuses a broken one', async () => {
    const validator = new Validator();
    const result = await validator.validate(structuredClone(document));
    expect([result.valid, result.errors]).toEqual([true, undefined]);
    expect(validator.version).toBe('3.1');
    const broken = { ...structuredClone(document), paths: { '/x': { get: { responses: { oops: { description: 7 } } } } } };
    expect((await new Validator().validate(broken)).valid).toBe(false);
  });

  it('has every route of the router, and the router has every call of it', () => {
    const routes = routerRoutes(server.app).map(({ method, url }) => nameOf(method, url));
    const calls = Object.entries(document.paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => nameOf(method, path)));
    expect(routes.length).toBeGreaterThan(30);
    expect(routes.toSorted()).toEqual(calls.toSorted());
  });

  it('says of each call who may make it', () => {
    const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
    const securityOf = (name: string): unknown => operations.find(({ operationId }) => operationId === name)?.security;
    const any = ['migration:read', 'migration:write', 'migration:approve'].map((scope) => ({ adminToken: [scope] }));
    expect(securityOf('login')).toEqual([]);
    expect(securityOf('me')).toEqual([{ customerSession: [] }]);
    expect(securityOf('getMetrics')).toEqual([{}, ...any]);
    expect(securityOf('listRuns')).toEqual(any);
    expect(securityOf('execute')).toEqual([{ adminToken: ['migration:write'] }]);
    expect(securityOf('decideApproval')).toEqual([{ adminToken: ['migration:approve'] }]);
    for (const { name, path } of Object.values(endpoints).filter((endpoint) => endpoint.path.startsWith('/admin'))) {
      expect(JSON.stringify(securityOf(name)), path).toContain('adminToken');
    }
  });

  it('says of each call how it can be refused, by status and code', () => {
    const execute = document.paths['/admin/migration/{id}/execute']?.['post'];
    const statuses = Object.keys(execute?.responses ?? {});
    expect(statuses).toEqual(expect.arrayContaining(['202', '400', '401', '403', '404', '409', '413', '415', '422', '500', 'default']));
    for (const code of ['approval_required', 'test_run_required', 'test_users_not_restored', 'acknowledgement_required', 'plan_stale', 'run_in_progress', 'cohort_not_bound']) {
      expect(execute?.responses['409']?.description, code).toContain(`\`${code}\``);
    }
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const [method, { responses }] of Object.entries(methods)) {
        for (const [status, response] of Object.entries(responses).filter(([name]) => name >= '400' && name !== 'default')) {
          const said = [...response.description.matchAll(/`([a-z_]+)`/g)].map(([, code = '']) => code);
          expect(said.length, `${method} ${path} ${status}`).toBeGreaterThan(0);
          for (const code of said) expect(Object.entries(problemWordings).find(([name]) => name === code)?.[1].status, code).toBe(Number(status));
          expect(Object.keys(response.content ?? {})).toEqual(['application/problem+json']);
        }
      }
    }
  });
});
