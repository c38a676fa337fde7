import type { Facts } from '../../core/facts.ts';
import type { FieldChange, PlanRow } from '../../core/plan-row.ts';
import type { CohortRecord } from '../../core/cohort.ts';
import type { UserFacts } from './gathered.ts';
import type { PlanSettings } from './settings.ts';

/** The fields that a run of this playbook may change, in the order they are shown (A8, A9). Never a name. */
export const accountPrepFields = [
  'auth.must_reset_password',
  'stripe_customer_id',
  'migration.cohort',
  'migration.source_file',
  'emails',
] as const;
export type AccountPrepChangeField = (typeof accountPrepFields)[number];

export type FieldValues = {
  readonly 'auth.must_reset_password': boolean;
  readonly stripe_customer_id: string | null;
  readonly 'migration.cohort': string | null;
  readonly 'migration.source_file': string | null;
  /** In ASCII order. */
  readonly emails: readonly string[];
};

/** The fields of a customer as they are. */
export function fieldsOf(user: UserFacts): FieldValues {
  return {
    'auth.must_reset_password': user.mustReset,
    stripe_customer_id: user.stripeCustomerId,
    'migration.cohort': user.cohortTag,
    'migration.source_file': user.sourceFile,
    emails: inAsciiOrder(user.emails),
  };
}

/** The fields as the run would leave them. An address is only ever added, none is changed or taken away (A9). */
export function plannedFields(record: CohortRecord, emails: readonly string[], settings: PlanSettings): FieldValues {
  return {
    'auth.must_reset_password': true,
    stripe_customer_id: record.stripe_customer_id,
    'migration.cohort': settings.cohortTag,
    'migration.source_file': settings.sourceFile,
    emails: emails.includes(record.email) ? inAsciiOrder(emails) : inAsciiOrder([...emails, record.email]),
  };
}

/** The fields that differ, in their order. `before` null: there is no customer yet, so every field is new. */
export function changesBetween(before: FieldValues | null, after: FieldValues): FieldChange[] {
  return accountPrepFields
    .filter((field) => before === null || !isSame(before[field], after[field]))
    .map((field) => ({ field, before: before === null ? null : copyOf(before[field]), after: copyOf(after[field]) }));
}

/** The changed fields as they were, for an item's `before`. */
export function valuesBefore(row: Pick<PlanRow, 'changes'>): Facts {
  return Object.fromEntries(row.changes.map((change) => [change.field, change.before]));
}

/** The changed fields as the run leaves them, for an item's `after`. */
export function valuesAfter(row: Pick<PlanRow, 'changes'>): Facts {
  return Object.fromEntries(row.changes.map((change) => [change.field, change.after]));
}

function isSame(one: FieldValues[AccountPrepChangeField], other: FieldValues[AccountPrepChangeField]): boolean {
  if (typeof one === 'object' && one !== null && typeof other === 'object' && other !== null) {
    return one.length === other.length && one.every((text, index) => text === other[index]);
  }
  return one === other;
}

function copyOf(value: FieldValues[AccountPrepChangeField]): string | boolean | null | string[] {
  return typeof value === 'object' && value !== null ? [...value] : value;
}

function inAsciiOrder(texts: readonly string[]): readonly string[] {
  return [...texts].sort();
}
