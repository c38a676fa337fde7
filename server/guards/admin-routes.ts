import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Endpoint } from '../../shared/contract/admin/endpoint.ts';
import type { CanonicalValue } from '../../shared/core/canonical-json.ts';
import { asAdmin } from '../store/switch-role.ts';
import type { AdminTx, Store } from '../store/store.ts';
import type { AdminGate, Admitted } from './admin-gate.ts';
import { answerText } from './answer-text.ts';
import { audit } from './audit.ts';
import type { AdminCall, Answer, WriteCall } from './call.ts';
import { needsFlag, requireFlag } from './flag.ts';
import { createInFlight, keepAnswer, requestSha256, requireIdempotencyKey, takeKey, type KeyedRequest } from './idempotency.ts';
import type { ReplayForm, WriteOptions } from './registrar.ts';
import { auditEntryOf, noteCaller, noteAudited } from './request-notes.ts';
import type { AdminAccess } from './scope.ts';
import { requireCleanTexts, requireValid } from './validate.ts';

export type AdminEndpoint<E extends Endpoint> = E & { readonly access: AdminAccess };

type Deps = { readonly app: FastifyInstance; readonly store: Store; readonly gate: AdminGate };

/** What a writing route does inside the transaction, given what its body brought. */
type Effect<E extends Endpoint, Received> = (call: WriteCall<E>, received: Received) => Promise<Answer<E>>;

/** Makes admin routes: the gate before the body is read, then the endpoint's schemas, then the handler. */
export type AdminRoutes = {
  readonly read: <E extends Endpoint>(endpoint: AdminEndpoint<E>, handler: (call: AdminCall<E>) => Promise<Answer<E>>) => void;
  readonly write: <E extends Endpoint, Received>(
    endpoint: AdminEndpoint<E>,
    receive: (call: AdminCall<E>, request: FastifyRequest) => Promise<Received>,
    effect: Effect<E, Received>,
    options: WriteOptions<E> & { readonly replay: ReplayForm<E> },
    discard: (received: Received) => Promise<void>,
  ) => void;
};

export function createAdminRoutes({ app, store, gate }: Deps): AdminRoutes {
  const inFlight = createInFlight();
  const closing = new AbortController();
  app.addHook('preClose', async () => closing.abort());

  function route<E extends Endpoint>(endpoint: AdminEndpoint<E>, handler: (call: AdminCall<E>, request: FastifyRequest, reply: FastifyReply) => Promise<unknown>): void {
    const admitted = new WeakMap<FastifyRequest, Admitted>();
    app.route({
      method: endpoint.method,
      url: fastifyPath(endpoint.path),
      bodyLimit: bodyLimitOf(endpoint),
      config: { endpoint },
      onRequest: async (request) => {
        admitted.set(request, await gate(endpoint, request, (caller) => noteCaller(request, caller)));
        if (endpoint.method !== 'GET') requireIdempotencyKey(request.headers['idempotency-key']);
      },
      handler: async (request, reply) => {
        const found = admitted.get(request);
        if (found === undefined) throw new Error('A handler was reached past its gate.');
        return handler(callOf(endpoint, request, reply, found, closing.signal), request, reply);
      },
    });
  }

  return {
    read(endpoint, handler) {
      route(endpoint, async (call, _request, reply) => answerText(endpoint, reply, await handler(call)));
    },
    write(endpoint, receive, effect, { replay, guard }, discard) {
      route(endpoint, async (call, request, reply) => {
        const received = await receive(call, request);
        const keyed = keyedRequest(endpoint, call, request);
        const after: (() => void)[] = [];
        let answer: Answer<typeof endpoint>;
        try {
          answer = await inFlight.alone(keyed, async () =>
            store.inAdminTx(async (tx) => {
              const kept = await takeKey(tx, keyed);
              if (needsFlag(endpoint, call.run) && call.migration !== undefined) await requireFlag(tx, call.migration.flag);
              await guard?.(tx, call);
              if (kept !== undefined) return entered(tx, request, { status: kept.status, body: replay.fromStored(kept.body, call) });
              const fresh = await effect({ ...call, tx, afterCommit: (work) => void after.push(work) }, received);
              const status = fresh.status ?? endpoint.status;
              await asAdmin(tx);
              await keepAnswer(tx, keyed, { status, body: replay.toStored(fresh.body) }, fresh.runId);
              return entered(tx, request, { ...fresh, status });
            }),
          );
        } finally {
          await discard(received);
        }
        noteAudited(request);
        for (const work of after) work();
        return answerText(endpoint, reply, answer);
      });
    },
  };
}

/** The audit entry of a writing call commits with its effect. */
async function entered<T extends { readonly status: number }>(tx: AdminTx, request: FastifyRequest, answer: T): Promise<T> {
  await audit(tx, auditEntryOf(request, answer.status, undefined));
  return answer;
}

function callOf<E extends Endpoint>(endpoint: E, request: FastifyRequest, reply: FastifyReply, { caller, migration, run }: Admitted, closing: AbortSignal): AdminCall<E> {
  requireCleanTexts(request.query, 'query');
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  return {
    params: requireValid<E['params']>(endpoint.params, request.params, 'path'),
    query: requireValid<E['query']>(endpoint.query, request.query, 'query'),
    body: requireValid<E['body']>(endpoint.body, endpoint.bodyType === undefined ? request.body : '', ''),
    headers: request.headers,
    address: request.ip,
    requestId: request.id,
    caller,
    migration,
    run,
    signal: AbortSignal.any([gone.signal, closing]),
  };
}

/** A streamed body is named by the hash in its path, so the path alone tells one from another. */
function keyedRequest<E extends Endpoint>(endpoint: E, call: AdminCall<E>, request: FastifyRequest): KeyedRequest {
  const body = endpoint.bodyType === undefined ? request.body : null;
  return {
    sub: call.caller.sub,
    route: `${endpoint.method} ${endpoint.path}`,
    key: requireIdempotencyKey(request.headers['idempotency-key']),
    requestSha256: requestSha256(asCanonical(request.params), asCanonical(body)),
  };
}

/** What JSON gave is canonical in kind already; the round trip drops what is no JSON, such as prototypes. */
function asCanonical(value: unknown): CanonicalValue {
  return value === undefined || value === null ? null : (JSON.parse(JSON.stringify(value)) as CanonicalValue);
}

/** `/runs/{run_id}` as Fastify writes it. */
export function fastifyPath(path: string): string {
  return path.replaceAll(/\{([a-z0-9_]+)\}/g, ':$1');
}

const MEBIBYTE = 1024 * 1024;

/** Most bodies are small. A thousand records, their decisions, a list of acknowledged rows or of people to put back are not. */
function bodyLimitOf(endpoint: Endpoint): number {
  if (endpoint.name === 'dryRun' || endpoint.name === 'rollBack') return 32 * MEBIBYTE;
  if (endpoint.name === 'execute') return 64 * MEBIBYTE;
  if (endpoint.bodyType !== undefined) return 1024 * MEBIBYTE;
  return MEBIBYTE;
}
