import type { GuardedMigration } from '../guards/lookup.ts';

/** The migration of a call whose path names one; the gate has found it. */
export function requireMigration(call: { readonly migration: GuardedMigration | undefined }): GuardedMigration {
  if (call.migration === undefined) throw new Error('A call without a migration reached a handler that needs one.');
  return call.migration;
}
