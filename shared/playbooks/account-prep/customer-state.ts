import { z } from 'zod';
import { differingFacts, type FactValue, type Facts } from '../../core/facts.ts';
import { accountPrepFields } from './fields.ts';

/** A customer as snapshots keep one: all that a run can change, and the times beside it (A20). No credential is among it. */
export const customerStateSchema = z.object({
  must_reset_password: z.boolean(),
  migration_cohort: z.string().nullable(),
  migration_source_file: z.string().nullable(),
  password_last_set_at: z.string().nullable(),
  password_set_method: z.string().nullable(),
  stripe_customer_id: z.string().nullable(),
  emails: z.array(z.string()),
  /** How the migration has the customer; absent or null where it has not. */
  arming: z.object({ state: z.string(), armed_by_run: z.string() }).nullish(),
});
export type CustomerState = z.infer<typeof customerStateSchema>;

/** The state by the names that people are shown, in the order of the fields. */
export function factsOfState(state: CustomerState): Facts {
  return {
    'auth.must_reset_password': state.must_reset_password,
    stripe_customer_id: state.stripe_customer_id,
    'migration.cohort': state.migration_cohort,
    'migration.source_file': state.migration_source_file,
    emails: [...state.emails].sort(),
    password_last_set_at: instant(state.password_last_set_at),
    password_set_method: state.password_set_method,
    'migration.state': state.arming?.state ?? null,
    'migration.armed_by_run': state.arming?.armed_by_run ?? null,
  };
}

/** The fields of the state that a run writes, alone. */
export function fieldFactsOf(state: CustomerState): Facts {
  const facts = factsOfState(state);
  return Object.fromEntries(accountPrepFields.map((field): [string, FactValue] => [field, facts[field] ?? null]));
}

/** What differs between two states, on either side; null where nothing does. */
export function stateDifference(one: CustomerState, other: CustomerState): { readonly one: Facts; readonly other: Facts } | null {
  const [left, right] = [factsOfState(one), factsOfState(other)];
  const names = differingFacts(left, right);
  return names.length === 0 ? null : { one: pickFacts(left, names), other: pickFacts(right, names) };
}

/** These facts alone; one that is not there is null. */
export function pickFacts(facts: Facts, names: readonly string[]): Facts {
  return Object.fromEntries(names.map((name): [string, FactValue] => [name, facts[name] ?? null]));
}

/** The same moment in one way of writing it, wherever the database's clock stood when it was written down. */
function instant(text: string | null): string | null {
  if (text === null) return null;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? text : new Date(atMs).toISOString();
}
