import { hash } from 'node:crypto';
import { sql } from 'kysely';
import { idempotencyKeyPattern } from '../../shared/contract/admin/endpoint.ts';
import { canonicalJson, type CanonicalValue } from '../../shared/core/canonical-json.ts';
import type { WriteTx } from '../store/transactions.ts';
import { Refusal } from './refusal.ts';

/** What a key belongs to: one caller, one route, one body. */
export type KeyedRequest = {
  readonly sub: string;
  readonly route: string;
  readonly key: string;
  /** SHA-256 over what the path names and the body says. */
  readonly requestSha256: string;
};

export type KeptAnswer = { readonly status: number; readonly body: unknown };

/** The key of a writing call. Throws `Refusal('idempotency_key_required')` where there is none of the right form. */
export function requireIdempotencyKey(header: string | readonly string[] | undefined): string {
  if (typeof header === 'string' && idempotencyKeyPattern.test(header)) return header;
  throw new Refusal('idempotency_key_required');
}

/** Names a request by all that it asks for, whatever the order of its fields. */
export function requestSha256(params: CanonicalValue, body: CanonicalValue): string {
  return hash('sha256', canonicalJson({ params, body }), 'hex');
}

/** Requests that this process is answering. The embedded database has one connection, so its locks keep nobody out. */
export type InFlight = {
  /** Runs `work` while nobody else runs one of the same key; throws `Refusal('idempotency_key_in_flight')` at once otherwise. */
  readonly alone: <T>(request: KeyedRequest, work: () => Promise<T>) => Promise<T>;
};

/** The keys of one process. They are forgotten with it, so a killed server leaves nothing stuck. */
export function createInFlight(): InFlight {
  const running = new Set<string>();
  return {
    async alone(request, work) {
      const name = JSON.stringify([request.sub, request.route, request.key]);
      if (running.has(name)) throw new Refusal('idempotency_key_in_flight');
      running.add(name);
      try {
        return await work();
      } finally {
        running.delete(name);
      }
    },
  };
}

/**
 * Inside the transaction of the effect: takes the key, and gives the answer that was kept with it if there is one.
 * The lock ends with the transaction, whatever becomes of the process. Throws `Refusal`: in flight elsewhere, or kept
 * for another request.
 */
export async function takeKey(tx: WriteTx, request: KeyedRequest): Promise<KeptAnswer | undefined> {
  const name = JSON.stringify([request.sub, request.route, request.key]);
  const lock = await sql<{ taken: boolean }>`select pg_try_advisory_xact_lock(hashtextextended(${name}, 0)) as taken`.execute(tx);
  if (lock.rows[0]?.taken !== true) throw new Refusal('idempotency_key_in_flight');
  const kept = await sql<{ request_sha256: string; status: number; response: string }>`
    select request_sha256, status, response from idempotency_keys
    where sub = ${request.sub} and route = ${request.route} and key = ${request.key}`.execute(tx);
  const [row] = kept.rows;
  if (row === undefined) return undefined;
  if (row.request_sha256 !== request.requestSha256) throw new Refusal('idempotency_key_reused');
  return { status: row.status, body: JSON.parse(row.response) };
}

/** Keeps the answer with its key, in the same transaction as the effect: both are there, or neither. */
export async function keepAnswer(tx: WriteTx, request: KeyedRequest, answer: KeptAnswer, runId: string | undefined): Promise<void> {
  await sql`insert into idempotency_keys (sub, route, key, request_sha256, status, response, run_id)
    values (${request.sub}, ${request.route}, ${request.key}, ${request.requestSha256}, ${answer.status},
      ${JSON.stringify(answer.body)}, ${runId ?? null}::uuid)`.execute(tx);
}
