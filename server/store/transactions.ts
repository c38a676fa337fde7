import type { Transaction } from 'kysely';
import type { Database } from './database.ts';
import type { PlanTables } from './tables/plan-tables.ts';
import type { RunTables } from './tables/run-tables.ts';
import type { AdministrationTables } from './tables/administration-tables.ts';

declare const roleOfTransaction: unique symbol;

/**
 * A transaction that can look and nothing else. Raw SQL goes through `getExecutor`, where no type can judge it: the
 * database role does.
 */
export type ReadTx = Pick<Transaction<Database>, 'selectFrom' | 'selectNoFrom' | 'fn' | 'case' | 'dynamic' | 'getExecutor'>;

/** What a dry run may write: the plan and its own record, never a customer. */
type PlannedTables = PlanTables & Pick<RunTables, 'runs'> & Pick<AdministrationTables, 'idempotency_keys' | 'audit_log'>;

/** Planning: reads, and files plans (role `drydock_planner`). */
export type PlannerTx = ReadTx & Pick<Transaction<PlannedTables>, 'insertInto'> & { readonly [roleOfTransaction]: 'planner' };

type RoleTx<Role extends string> = Transaction<Database> & { readonly [roleOfTransaction]: Role };

/** One run at work (role `drydock_runner`, its id set for this transaction); the only one that may change customers. */
export type RunnerTx = RoleTx<'runner'>;
/** Sign-in (role `drydock_sign_in`): may disarm and set a password, never arm. */
export type SignInTx = RoleTx<'sign_in'>;
/** Administration (role `drydock_admin`): everything around the customers, and no customer. */
export type AdminTx = RoleTx<'admin'>;
/** Taking a finished migration's personal data away (role `drydock_purger`): no customer, no receipt, no audit entry. */
export type PurgerTx = RoleTx<'purger'>;
/** Any transaction that may write what its role may. */
export type WriteTx = RunnerTx | SignInTx | AdminTx;
