import type { Dialect } from 'kysely';

/** Runs SQL text on one held connection: with values a single statement, without them as many as the text has. */
export type Script = (text: string, values?: readonly unknown[]) => Promise<readonly Record<string, unknown>[]>;

/** A statement that is kept prepared on its connection: a name of its own, and a text that never changes. */
export type KeptStatement = { readonly name: string; readonly text: string };

/** What differs between PostgreSQL and the embedded PGlite; everything else in the server is the same for both. */
export type Engine = {
  readonly kind: 'postgres' | 'pglite';
  readonly dialect: Dialect;
  /**
   * Holds a connection for as long as `work` takes and puts it back clean (an open transaction is rolled back). Where
   * there is one connection only, everybody else waits. `asLogin` leaves the application's role, for migrations.
   */
  readonly withConnection: <T>(as: 'app' | 'login', work: (run: Script) => Promise<T>) => Promise<T>;
  /**
   * Runs one statement under sign-in's role, as a transaction by itself. On PostgreSQL that is one round trip: the role
   * stays with connections that are kept for nothing else.
   */
  readonly runSignIn: (statement: KeptStatement, values: readonly unknown[]) => Promise<readonly Record<string, unknown>[]>;
  /** How many connections there are, and how many requests wait for one. */
  readonly connections: () => ConnectionCounts;
  readonly close: () => Promise<void>;
};

/** Connections of this process, and who waits for one, at one moment. */
export type ConnectionCounts = { readonly total: number; readonly idle: number; readonly waiting: number };

/** The role a connection has outside transactions: it owns nothing and sees no table but the queue's. */
export const enterAppRole = 'set role drydock_app';

/**
 * The role of connections that sign in and do nothing else, and how long one of them waits for a lock: longer than another sign-in
 * takes to commit, and too short for a customer whom a batch of a run holds to keep a connection from everybody else.
 */
export const enterSignInRole = `set role drydock_sign_in; set lock_timeout = '100ms'`;
