import type { Readable } from 'node:stream';
import type { Endpoint } from '../../shared/contract/admin/endpoint.ts';
import type { AdminTx } from '../store/transactions.ts';
import type { AdminCall, Answer, Call, WriteCall } from './call.ts';

/** How a writing call's answer is kept for a replay where it must not be kept as it is. */
export type ReplayForm<E extends Endpoint> = {
  /** What is stored: the answer without what only its first reader may hold in plain. */
  readonly toStored: (body: Answer<E>['body']) => unknown;
  /** The whole answer again, made from what was stored. */
  readonly fromStored: (stored: unknown, call: AdminCall<E>) => Answer<E>['body'];
};

/** What a writing route has beside its handler. */
export type WriteOptions<E extends Endpoint> = {
  /** How its answer is kept, where not as it is. */
  readonly replay?: ReplayForm<E>;
  /** A guard that only the body can decide on. It runs in the transaction with the other guards, before a kept answer is given again; throws a `Refusal`. */
  readonly guard?: (tx: AdminTx, call: AdminCall<E>) => Promise<void>;
};

/** Takes a streamed body in before any transaction opens, so that a slow sender holds no lock. */
export type Receive<E extends Endpoint, Received> = (call: AdminCall<E>, body: Readable) => Promise<Received>;

/** Where routes are made: every route stems from an endpoint value, and so has its guards. */
export type RouteRegistrar = {
  /** Calls that need no admin token: customers' own, health, the API's description. */
  readonly open: <E extends Endpoint>(endpoint: E, handler: (call: Call<E>) => Promise<Answer<E>>) => void;
  /** Admin calls that read. */
  readonly read: <E extends Endpoint>(endpoint: E, handler: (call: AdminCall<E>) => Promise<Answer<E>>) => void;
  /** Admin calls that write: one transaction with the Idempotency-Key, entered as `drydock_admin`. */
  readonly write: <E extends Endpoint>(endpoint: E, handler: (call: WriteCall<E>) => Promise<Answer<E>>, options?: WriteOptions<E>) => void;
  /** As `write`, for a body that is streamed. */
  readonly upload: <E extends Endpoint, Received>(
    endpoint: E,
    receive: Receive<E, Received>,
    handler: (call: WriteCall<E>, received: Received) => Promise<Answer<E>>,
    /** Clears away what was received, whether or not the handler ran. */
    discard: (received: Received) => Promise<void>,
  ) => void;
};

/** A group of routes; the app takes a list of them. */
export type Routes = (routes: RouteRegistrar) => void;
