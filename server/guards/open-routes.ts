import type { FastifyInstance } from 'fastify';
import type { Endpoint } from '../../shared/contract/admin/endpoint.ts';
import { fastifyPath } from './admin-routes.ts';
import { answerText } from './answer-text.ts';
import type { Answer, Call } from './call.ts';
import { requireCleanTexts, requireValid } from './validate.ts';

/** Makes a route that no admin token guards: customers' own calls, health, the description of the API. */
export function openRoute<E extends Endpoint>(app: FastifyInstance, endpoint: E, handler: (call: Call<E>) => Promise<Answer<E>>): void {
  if (endpoint.access !== 'none' && endpoint.access !== 'session' && endpoint.access !== 'loopback-or-any-scope') throw new Error(`${endpoint.name} needs an admin token; it cannot be open.`);
  app.route({
    method: endpoint.method,
    url: fastifyPath(endpoint.path),
    config: { endpoint },
    handler: async (request, reply) => {
      requireCleanTexts(request.params, 'path');
      requireCleanTexts(request.query, 'query');
      const answer = await handler({
        params: requireValid<E['params']>(endpoint.params, request.params, 'path'),
        query: requireValid<E['query']>(endpoint.query, request.query, 'query'),
        body: requireValid<E['body']>(endpoint.body, request.body, ''),
        headers: request.headers,
        address: request.ip,
        requestId: request.id,
      });
      return answerText(endpoint, reply, answer);
    },
  });
}
