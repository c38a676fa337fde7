import { directory } from '../directory/directory.ts';
import type { TakenCode } from '../directory/user-directory.ts';

/** Why one row could not be written, in words that name nobody. */
export type RowFailure = { readonly code: string; readonly message: string; readonly field: string | null };

const taken: Readonly<Record<TakenCode, RowFailure>> = {
  email_taken: { code: 'email_taken', message: 'Somebody else has taken this address meanwhile.', field: 'emails' },
  stripe_id_taken: { code: 'stripe_id_taken', message: 'This Stripe id was linked to somebody else meanwhile.', field: 'stripe_customer_id' },
};

const byConstraint: Readonly<Record<string, RowFailure>> = {
  ...Object.fromEntries(Object.entries(directory.takenBy).map(([constraint, code]) => [constraint, taken[code]])),
  members_one_arming: { code: 'armed_elsewhere', message: 'Another migration has prepared this customer meanwhile.', field: 'auth.must_reset_password' },
};

/**
 * The failure of one row out of a database error: a constraint or a guard that refused it. Undefined for everything
 * else (a lost connection, a mistake in a statement), which is no fault of a row. Messages of the database, which
 * can hold values, go no further than here.
 */
export function failureOf(error: unknown): RowFailure | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error) || typeof error.code !== 'string') return undefined;
  const constraint = 'constraint' in error && typeof error.constraint === 'string' ? error.constraint : '';
  if (Object.hasOwn(byConstraint, constraint)) return byConstraint[constraint];
  if (error.code.startsWith('23')) return { code: 'constraint_refused', message: 'The database refuses this record.', field: null };
  if (error.code.startsWith('DD')) return { code: 'outside_plan', message: 'The guard of the database refuses this row.', field: null };
  return undefined;
}
