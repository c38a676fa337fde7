import type { Endpoint } from '../../shared/contract/admin/endpoint.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The endpoint that the route was made from; absent on nothing but Fastify's own. */
    readonly endpoint?: Endpoint;
  }
}
