import type { IncomingHttpHeaders } from 'node:http';
import type { z } from 'zod';
import type { Endpoint } from '../../shared/contract/admin/endpoint.ts';
import type { AdminTx } from '../store/transactions.ts';
import type { Caller } from './token.ts';
import type { GuardedMigration, GuardedRun } from './lookup.ts';

/** A call as its endpoint's schemas let it in; nothing in it was coerced, defaulted or dropped. */
export type Call<E extends Endpoint> = {
  readonly params: z.infer<E['params']>;
  readonly query: z.infer<E['query']>;
  readonly body: z.infer<E['body']>;
  readonly headers: IncomingHttpHeaders;
  /** The network address of who asks; a forwarded one only where a configured proxy says so. */
  readonly address: string;
  readonly requestId: string;
};

/** A call behind the guards: token and scope were good, and what the path names exists. */
export type AdminCall<E extends Endpoint> = Call<E> & {
  readonly caller: Caller;
  /** The migration that the path names, itself or through its run. Absent where the path names none. */
  readonly migration: GuardedMigration | undefined;
  /** The run that the path names, as it was when the call came in. */
  readonly run: GuardedRun | undefined;
  /** Aborts when the caller has gone or the server shuts down. */
  readonly signal: AbortSignal;
};

/** A writing call inside the transaction that also keeps its Idempotency-Key: both commit, or neither. */
export type WriteCall<E extends Endpoint> = AdminCall<E> & {
  readonly tx: AdminTx;
  /** Runs after the transaction has committed; never for a replay. */
  readonly afterCommit: (work: () => void) => void;
};

export type Answer<E extends Endpoint> = {
  readonly body: z.infer<E['reply']>;
  /** Where it is another than the endpoint's own. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** The run that this call made, kept with its key. */
  readonly runId?: string;
};
