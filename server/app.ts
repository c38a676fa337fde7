import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { endpoints } from '../shared/contract/admin/endpoints.ts';
import type { Endpoint } from '../shared/contract/admin/endpoint.ts';
import { refuseHeldSessions } from './auth/held-session.ts';
import { createAdminGate } from './guards/admin-gate.ts';
import { createAdminRoutes, type AdminEndpoint } from './guards/admin-routes.ts';
import { readBodies } from './guards/bodies.ts';
import { answerBrokenRequest } from './guards/broken-requests.ts';
import { answerProblems, type LogFailure } from './guards/problem-answers.ts';
import { openRoute } from './guards/open-routes.ts';
import { Refusal } from './guards/refusal.ts';
import type { ReplayForm, RouteRegistrar, Routes } from './guards/registrar.ts';
import type { AdminAccess } from './guards/scope.ts';
import type { ReadToken } from './guards/token.ts';
import { requireValid } from './guards/validate.ts';
import type { ObservedRequest } from './metrics/server-metrics.ts';
import type { Store } from './store/store.ts';

export type AppDeps = {
  readonly store: Store;
  readonly readToken: ReadToken;
  /** Addresses of proxies whose forwarded addresses are believed; none by default. */
  readonly trustedProxies: readonly string[];
  /** Where failures of the server itself go; what a caller did wrong is in the audit log. */
  readonly logFailure: LogFailure;
  /** Hears of every answer, for the metrics. */
  readonly requestAnswered?: (request: ObservedRequest) => void;
  /** Every group of routes. */
  readonly routes: readonly Routes[];
};

/** Long enough for a cohort of a million records on a slow line; headers alone must come much sooner. */
const REQUEST_TIMEOUT_MS = 600_000;
const PATH_PART_LENGTH_MAX = 256;
const KNOWN_METHODS: ReadonlySet<string> = new Set(['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS']);

/**
 * Makes the HTTP surface out of the endpoint values: for each its guards, its schemas and its handler, and for
 * everything that goes wrong a problem document. Does not listen yet.
 */
export function createApp(deps: AppDeps): FastifyInstance {
  const app = Fastify({
    logger: false,
    genReqId: () => randomUUID(),
    trustProxy: deps.trustedProxies.length === 0 ? false : [...deps.trustedProxies],
    requestTimeout: REQUEST_TIMEOUT_MS,
    bodyLimit: 1024 * 1024,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: PATH_PART_LENGTH_MAX, ignoreTrailingSlash: false },
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    clientErrorHandler: answerBrokenRequest,
    // An address that cannot even be decoded reaches no route and no hook.
    frameworkErrors: (_error, request, reply: FastifyReply) => void refuse(request, reply, new Refusal('not_found')),
  });
  readBodies(app);
  const refuse = answerProblems(app, { store: deps.store, logFailure: deps.logFailure, endpoints: Object.values(endpoints) });
  let isClosing = false;
  app.addHook('preClose', (done) => {
    isClosing = true;
    done();
  });
  // Hooks that wait for nothing call back: a promise a hook and request costs more than what most of them do.
  app.addHook('onSend', (_request, reply, _payload, done) => {
    reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff');
    // A connection that was at work when the stop was asked for would be kept by its client, and the stop would wait for it.
    if (isClosing) reply.header('connection', 'close');
    done();
  });

  const { requestAnswered } = deps;
  if (requestAnswered !== undefined) {
    // The response's own end, not Fastify's hook for it, which watches every stream of the request at several times the cost.
    app.addHook('onRequest', (request, reply, done) => {
      const begunAtMs = performance.now();
      reply.raw.once('close', () => {
        const route = request.routeOptions.config.endpoint?.path ?? 'none';
        requestAnswered({ method: knownMethod(request.method), route, status: reply.statusCode, seconds: (performance.now() - begunAtMs) / 1000 });
      });
      done();
    });
  }

  const admin = createAdminRoutes({ app, store: deps.store, gate: createAdminGate(deps.store, refuseHeldSessions(deps.store, deps.readToken)) });
  const registrar: RouteRegistrar = {
    open: (endpoint, handler) => openRoute(app, endpoint, handler),
    read: (endpoint, handler) => admin.read(needsToken(endpoint), handler),
    write: (endpoint, handler, options) => admin.write(needsToken(endpoint), async () => undefined, handler, { replay: asItIs(endpoint), ...options }, async () => undefined),
    upload: (endpoint, receive, handler, discard) => admin.write(needsToken(endpoint), async (call, request) => receive(call, streamOf(request)), handler, { replay: asItIs(endpoint) }, discard),
  };
  for (const register of deps.routes) register(registrar);
  return app;
}

/** A caller can make methods up; each would be a series of its own. */
function knownMethod(method: string): string {
  return KNOWN_METHODS.has(method) ? method : 'other';
}

/** A route that the contract leaves open cannot be made an admin route by mistake, nor the other way round. */
function needsToken<E extends Endpoint>(endpoint: E): AdminEndpoint<E> {
  if (!isAdminEndpoint(endpoint)) throw new Error(`${endpoint.name} needs no admin token; register it as open.`);
  return endpoint;
}

function isAdminEndpoint<E extends Endpoint>(endpoint: E): endpoint is AdminEndpoint<E> {
  const access: string = endpoint.access;
  const adminAccess: readonly AdminAccess[] = ['any-scope', 'write-or-approve', 'migration:write', 'migration:approve'];
  return adminAccess.some((name) => name === access);
}

/** Most answers hold nothing that may not be kept. */
function asItIs<E extends Endpoint>(endpoint: E): ReplayForm<E> {
  return { toStored: (body) => body, fromStored: (stored) => requireValid<E['reply']>(endpoint.reply, stored, '') };
}

function streamOf(request: FastifyRequest): Readable {
  if (!(request.body instanceof Readable)) throw new Refusal('unsupported_media_type');
  return request.body;
}
