import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { problemMediaType } from '../../shared/contract/admin/problem.ts';
import type { Endpoint } from '../../shared/contract/admin/endpoint.ts';
import { isOutOfTime } from '../store/passing-error.ts';
import type { Store } from '../store/store.ts';
import { isForAdmin } from './admin-address.ts';
import { audit } from './audit.ts';
import { problemOf, Refusal } from './refusal.ts';
import { auditEntryOf, isAudited, noteAudited } from './request-notes.ts';

/** Takes what went wrong inside the server, to be logged by an allow-list of fields. */
export type LogFailure = (failure: { readonly requestId: string; readonly route: string; readonly error: unknown }) => void;

type Deps = { readonly store: Store; readonly logFailure: LogFailure; readonly endpoints: readonly Pick<Endpoint, 'method' | 'path'>[] };

/** Refuses a request that no handler and no hook will see. */
export type Refuse = (request: FastifyRequest, reply: FastifyReply, refusal: Refusal) => Promise<FastifyReply>;

/**
 * Everything that goes wrong is answered as a problem document (RFC 9457), and every admin call and refusal is in the
 * audit log before its answer leaves. Gives the way to refuse what goes wrong before there is a route.
 */
export function answerProblems(app: FastifyInstance, { store, logFailure, endpoints }: Deps): Refuse {
  const paths = endpoints.map(({ method, path }) => ({ method, pattern: pathPattern(path) }));

  app.setErrorHandler(async (error, request, reply) => sendRefusal(request, reply, refusalOf(error, request)));

  app.setNotFoundHandler(async (request, reply) => {
    const [path = ''] = request.url.split('?');
    const methods = paths.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
    if (methods.length === 0 || methods.some((method) => method === request.method)) return sendRefusal(request, reply, new Refusal('not_found'));
    reply.header('allow', [...new Set(methods)].join(', '));
    return sendRefusal(request, reply, new Refusal('method_not_allowed'));
  });

  // Calls back at once where there is nothing to note: a promise for each answer would cost every customer's call.
  app.addHook('onSend', (request, reply, _payload, done) => {
    if (!isForAdmin(request) || isAudited(request)) done();
    else void noteFirst(request, reply.statusCode, done);
  });

  return sendRefusal;

  async function sendRefusal(request: FastifyRequest, reply: FastifyReply, refusal: Refusal): Promise<FastifyReply> {
    if (isForAdmin(request) && !isAudited(request)) await note(request, refusal.status, refusal.code);
    const { retryAfterSeconds } = refusal.particulars;
    if (retryAfterSeconds !== undefined) reply.header('retry-after', String(Math.max(1, Math.ceil(retryAfterSeconds))));
    if (refusal.status === 401 && refusal.code === 'unauthenticated') reply.header('www-authenticate', 'Bearer');
    return reply.code(refusal.status).type(problemMediaType).send(JSON.stringify(problemOf(refusal, request.id)));
  }

  async function noteFirst(request: FastifyRequest, status: number, done: (error?: Error) => void): Promise<void> {
    const failed = await note(request, status, undefined).then(() => undefined, (error: unknown) => (error instanceof Error ? error : new Error('An answer could not be noted.')));
    done(failed);
  }

  /** An audit log that cannot be written must not hide what went wrong; it is a failure of its own. */
  async function note(request: FastifyRequest, status: number, code: string | undefined): Promise<void> {
    noteAudited(request);
    await store
      .inAdminTx(async (tx) => audit(tx, auditEntryOf(request, status, code)))
      .catch((error: unknown) => logFailure({ requestId: request.id, route: 'audit', error }));
  }

  function refusalOf(error: unknown, request: FastifyRequest): Refusal {
    if (error instanceof Refusal) return error;
    const known = fastifyRefusal(error);
    if (known !== undefined) return known;
    logFailure({ requestId: request.id, route: request.routeOptions.url ?? '', error });
    return new Refusal(isOutOfTime(error) ? 'database_timeout' : 'internal_error');
  }
}

/** What Fastify itself refuses, in our words. Its own messages can repeat parts of the body. */
function fastifyRefusal(error: unknown): Refusal | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  switch (error.code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_ERR_CTP_INVALID_TYPE':
      return new Refusal('unsupported_media_type');
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new Refusal('payload_too_large');
    case 'FST_ERR_CTP_EMPTY_TYPE':
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
    case 'ERR_STREAM_PREMATURE_CLOSE':
    case 'ECONNRESET':
      return new Refusal('malformed_body');
    case 'FST_ERR_BAD_URL':
    case 'FST_ERR_ASYNC_CONSTRAINT':
      return new Refusal('not_found');
    default:
      return undefined;
  }
}

function pathPattern(path: string): RegExp {
  const parts = path.split('/').map((part) => (part.startsWith('{') ? '[^/]+' : part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')));
  return new RegExp(`^${parts.join('/')}$`);
}
