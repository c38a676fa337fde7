import type { RawBuilder } from 'kysely';
import type { Migration } from '../migrations/migration.ts';

/** What a run writes into the records of the customers that it prepares, besides what stands in each row. */
export type PreparedBy = { readonly runId: string; readonly cohortTag: string; readonly sourceFile: string };

/** What somebody else has meanwhile that a row was to get. */
export type TakenCode = 'email_taken' | 'stripe_id_taken';

/** A new password of one customer, hashed. */
export type PasswordChange = { readonly userId: string; readonly passwordHash: string; readonly method: string };

/** An account as an application has it before any migration; `passwordHash` null: it has no password of its own yet. */
export type SeedPerson = {
  readonly userId: string;
  readonly fullName: string;
  readonly email: string;
  readonly stripeCustomerId: string | null;
  readonly role: 'customer' | 'staff';
  readonly passwordHash: string | null;
};

/**
 * The user tables that Drydock works on, as a port: where customers are, and how they are changed. Everything else of the server
 * asks these relations and calls these functions, and names no user table itself. Which directory a server has is bound in
 * `directory.ts`. `docs/own-user-table.md` says how to write one.
 *
 * Relations are SQL names: of a table, or of a view so simple that its rows can be locked through it. They have these columns:
 *
 * | relation | columns |
 * |---|---|
 * | `customers` | `id` uuid, `full_name`, `name_key` (stored, by the one fold function), `role` ('customer' or 'staff'), `password_hash` or null, `must_reset_password`, `password_last_set_at`, `password_set_method`, `migration_cohort`, `migration_source_file`, `created_by_run` uuid, `created_for` |
 * | `addresses` | `email` (folded, unique), `user_id`, `kind` ('primary', one a customer, or 'added'), `added_by_run` uuid |
 * | `stripeLinks` | `stripe_customer_id` (unique), `user_id` (unique) |
 *
 * Functions give statements. They run in the caller's transaction and role, on many rows at once, and throw what the database throws.
 */
export type UserDirectory = {
  readonly name: string;
  /** Steps of its own schema, after Drydock's: views, indexes, grants, guards. Numbered from 1, never edited once released. */
  readonly steps: readonly Migration[];
  readonly customers: string;
  readonly addresses: string;
  readonly stripeLinks: string;
  /** The table that has a row for each customer, with its schema: statistics of it say how many there are. */
  readonly customersTable: string;
  /** Which constraints say that an address or a Stripe id is somebody else's meanwhile, by name. */
  readonly takenBy: Readonly<Record<string, TakenCode>>;

  /** Sets a password; the reset is no longer asked for, and the time is now. */
  readonly setPassword: (change: PasswordChange) => RawBuilder<unknown>;
  /**
   * Puts passwords back as validation found them.
   * @param rows a query of `user_id`, `password_hash`, `must_reset_password`, `password_last_set_at`, `password_set_method`.
   */
  readonly putPasswordsBack: (rows: RawBuilder<unknown>) => RawBuilder<unknown>;
  /**
   * Prepares customers (A8, A9): makes the profiles of new ones, adds addresses that are not theirs yet, asks for the reset and
   * notes the migration, links Stripe ids. Data-modifying statements that the caller runs as parts of one: they all see what was
   * before, and none sees what another writes. They read a relation `batch` of `key` (the address), `user_id`, `is_new`,
   * `full_name`, `name_key`, `stripe`.
   */
  readonly prepare: (by: PreparedBy) => readonly RawBuilder<unknown>[];
  /**
   * Puts customers back (A20): their Stripe links, addresses that these runs added, fields; of those whose profile goes, links and
   * addresses too. In order; links are taken away before any is restored, since two customers can have exchanged one.
   * @param rows a relation for a `from` clause, called `b`: `user_id`, `goes`, `must_reset`, `cohort_tag`, `source_file`, `stripe`,
   * `emails` and `run_ids` (jsonb lists).
   */
  readonly putBack: (rows: RawBuilder<unknown>) => readonly RawBuilder<unknown>[];
  /** Removes the profiles of those rows of the same relation that go, once nothing of the migration refers to them. */
  readonly removeProfiles: (rows: RawBuilder<unknown>) => RawBuilder<unknown>;
  /** Makes accounts outside every run. Only a practice server does so, as the owner of the tables. */
  readonly seed: (people: readonly SeedPerson[]) => readonly RawBuilder<unknown>[];
};
