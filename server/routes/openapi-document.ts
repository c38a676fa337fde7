import { z } from 'zod';
import { type Endpoint, needsIdempotencyKey, type Scope, scopes } from '../../shared/contract/admin/endpoint.ts';
import { problemMediaType, problemSchema } from '../../shared/contract/admin/problem.ts';
import { problemsOf } from '../../shared/contract/admin/problems-of.ts';
import { assertNever } from '../../shared/core/assert-never.ts';
import { problemWordings, type ProblemCode } from '../../shared/core/problem-codes.ts';

type JsonObject = Record<string, unknown>;

/** The whole surface as an OpenAPI 3.1 document, made from the endpoint values that the routes are made from. */
export function openApiDocument(endpoints: readonly Endpoint[], version: string): JsonObject {
  const paths: Record<string, JsonObject> = {};
  for (const endpoint of endpoints) {
    const path = (paths[endpoint.path] ??= {});
    path[endpoint.method.toLowerCase()] = operation(endpoint);
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Drydock admin API', version, description: 'Plan, approve, run and undo changes to a known list of customer accounts.', license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: { Problem: jsonSchema(problemSchema, 'output') },
      securitySchemes: {
        adminToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'Scopes: migration:read, migration:write, migration:approve.' },
        customerSession: { type: 'http', scheme: 'bearer', description: 'A session token from /auth/login.' },
      },
    },
  };
}

function operation(endpoint: Endpoint): JsonObject {
  const parameters = [...parametersOf(endpoint.params, 'path'), ...parametersOf(endpoint.query, 'query'), ...(needsIdempotencyKey(endpoint) ? [idempotencyKey] : [])];
  return {
    operationId: endpoint.name,
    summary: endpoint.summary,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(hasBody(endpoint.body) ? { requestBody: { required: !z.safeParse(endpoint.body, undefined).success, content: { [endpoint.bodyType ?? 'application/json']: { schema: jsonSchema(endpoint.body, 'input') } } } } : {}),
    responses: {
      [String(endpoint.status)]: { description: endpoint.summary, ...(hasBody(endpoint.reply) ? { content: { [endpoint.replyType ?? 'application/json']: { schema: jsonSchema(endpoint.reply, 'output') } } } : {}) },
      ...problemResponses(problemsOf(endpoint)),
      default: { description: 'What went wrong, and what to do.', content: { [problemMediaType]: { schema: { $ref: '#/components/schemas/Problem' } } } },
    },
    security: securityOf(endpoint),
  };
}

/** One answer a status; the codes that it can have, and what each means, are in it. */
function problemResponses(codes: readonly ProblemCode[]): JsonObject {
  const byStatus = Map.groupBy(codes.toSorted(), (code) => problemWordings[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, these]) => [
      String(status),
      {
        description: these.map((code) => `\`${code}\`: ${problemWordings[code].title}.`).join(' '),
        content: { [problemMediaType]: { schema: { allOf: [{ $ref: '#/components/schemas/Problem' }, { type: 'object', properties: { code: { enum: these } } }] } } },
      },
    ]),
  );
}

/** Alternatives, each enough on its own; with a token the scope that opens the call. */
function securityOf({ access }: Endpoint): readonly JsonObject[] {
  const withScope = (names: readonly Scope[]): readonly JsonObject[] => names.map((name) => ({ adminToken: [name] }));
  switch (access) {
    case 'none':
      return [];
    case 'session':
      return [{ customerSession: [] }];
    case 'loopback-or-any-scope':
      return [{}, ...withScope(scopes)];
    case 'any-scope':
      return withScope(scopes);
    case 'write-or-approve':
      return withScope(['migration:write', 'migration:approve']);
    case 'migration:write':
    case 'migration:approve':
      return withScope([access]);
    default:
      return assertNever(access);
  }
}

const idempotencyKey: JsonObject = {
  name: 'Idempotency-Key',
  in: 'header',
  required: true,
  description: 'The same key and body give the same answer; a call whose answer was lost can be sent again.',
  schema: { type: 'string', pattern: '^[A-Za-z0-9_-]{16,128}$' },
};

function hasBody(schema: z.ZodType): boolean {
  return schema.def.type !== 'undefined';
}

function parametersOf(schema: z.ZodType, place: 'path' | 'query'): JsonObject[] {
  const { properties, required } = z.object({ properties: z.record(z.string(), z.unknown()).optional(), required: z.array(z.string()).optional() }).parse(jsonSchema(schema, 'input'));
  return Object.entries(properties ?? {}).map(([name, of]) => ({ name, in: place, required: place === 'path' || (required ?? []).includes(name), schema: of }));
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): JsonObject {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, reused: 'inline' });
  return rest;
}
