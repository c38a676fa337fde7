import type { z } from 'zod';
import type { Endpoint } from '../../shared/contract/admin/endpoint.ts';
import type { AdminSession } from '../../shared/contract/admin/session.ts';
import type { Connection, Environment } from '../../shared/contract/operator/environments.ts';

/** Params and query of a reading call. */
export interface ReadInput<E extends Endpoint> {
  readonly params: z.infer<E['params']>;
  readonly query: z.infer<E['query']>;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Params and body of a writing call, and how the journal keeps it. */
export interface WriteInput<E extends Endpoint> {
  readonly params: z.infer<E['params']>;
  readonly body: z.infer<E['body']>;
  /** The journal scope whose key seals the body. Absent: a body that says anything gets a scope of its own. */
  readonly scope?: string;
  /** What the chain may say of the call in the clear, such as `{migration, plan_hash}`. */
  readonly note?: Readonly<Record<string, string | number | boolean | null>>;
  /** In practice one may play the second person (the approver's token is used). */
  readonly asPracticeApprover?: boolean;
  readonly timeoutMs?: number;
}

/** An environment that was reached, whose pins hold, and whose open intents are settled. */
export interface ConnectedEnvironment {
  readonly name: string;
  readonly id: string;
  readonly url: string;
  readonly session: AdminSession;
  /** The practice server of this app, where one may play the second person. */
  readonly isBuiltIn: boolean;
  /** @throws OperatorError with the server's code and request id */
  read<E extends Endpoint>(call: E, input: ReadInput<E>): Promise<z.infer<E['reply']>>;
  /** Journals the intent with its Idempotency-Key, anchors, calls, journals the outcome. @throws OperatorError as `read` */
  write<E extends Endpoint>(call: E, input: WriteInput<E>): Promise<z.infer<E['reply']>>;
  /** The answer of a call that was journalled before, asked for once more with its key and body: nothing is done twice. */
  askAgain<E extends Endpoint>(call: E, intentSeq: number): Promise<z.infer<E['reply']>>;
  /** Anchors the journal's head at the server, at the end of a command. Says nothing when the server is away. */
  anchor(runId?: string): Promise<void>;
}

/**
 * What a check of an admin API goes there with: its address and token, and in the built-in practice the other
 * person's token and the temporary password. Held in memory alone.
 */
export interface TrialAccess {
  readonly url: string;
  readonly environmentId: string;
  readonly token: string;
  readonly practice: { readonly migration: string; readonly approver_token: string; readonly temporary_password: string } | undefined;
}

/** The named admin APIs of this home, and the way to each. */
export interface Environments {
  list(): readonly Environment[];
  /** Name of the environment that calls go to. @throws OperatorError `no_environment` */
  currentName(): string;
  /**
   * Reaches an environment, the current one unless named.
   * @throws OperatorError `no_environment`, `no_token`, `environment_changed`, `unreachable`, or the server's refusal
   */
  connect(name?: string): Promise<ConnectedEnvironment>;
  getConnection(name?: string): Promise<Connection>;
  /** What the conformance kit makes its own, plain calls with (N6). @throws OperatorError as `connect` */
  accessForTrial(name?: string): Promise<TrialAccess>;
}
