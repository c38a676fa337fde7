import type { FastifyRequest } from 'fastify';
import type { AuditEntry } from './audit.ts';
import type { Caller } from './token.ts';

/** What is remembered of a request while it is answered, for the audit log. */
type Notes = { caller: Caller | undefined; isAudited: boolean };

const notes = new WeakMap<FastifyRequest, Notes>();

function notesOf(request: FastifyRequest): Notes {
  const known = notes.get(request);
  if (known !== undefined) return known;
  const fresh: Notes = { caller: undefined, isAudited: false };
  notes.set(request, fresh);
  return fresh;
}

/** Whose token it was, known before the gate has let anybody in, so that a refusal names them. */
export function noteCaller(request: FastifyRequest, caller: Caller): void {
  notesOf(request).caller = caller;
}

/** The entry is written already, in the transaction of the effect. */
export function noteAudited(request: FastifyRequest): void {
  notesOf(request).isAudited = true;
}

export function isAudited(request: FastifyRequest): boolean {
  return notesOf(request).isAudited;
}

/** Text from outside is cut and stripped of what a database cannot store. */
function plain(text: string, lengthMax: number): string {
  return text.replaceAll('\u0000', '').toWellFormed().slice(0, lengthMax);
}

function nameIn(params: unknown, name: string): string | undefined {
  if (typeof params !== 'object' || params === null || !Object.hasOwn(params, name)) return undefined;
  const value: unknown = Reflect.get(params, name);
  return typeof value === 'string' ? plain(value, 128) : undefined;
}

export function auditEntryOf(request: FastifyRequest, status: number, code: string | undefined): AuditEntry {
  const { caller } = notesOf(request);
  return {
    sub: caller?.sub,
    jti: caller?.jti,
    method: request.method,
    route: plain(request.routeOptions.url ?? '(no such route)', 256),
    status,
    code,
    migrationId: nameIn(request.params, 'id'),
    runId: nameIn(request.params, 'run_id'),
    requestId: request.id,
    address: request.ip,
  };
}
