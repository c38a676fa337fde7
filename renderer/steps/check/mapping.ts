import { cohortFields, type CohortField } from '../../../shared/core/check-document.ts';
import type { CheckSummary } from '../../../shared/contract/operator/sources.ts';

/** A choice of column for each field; an absent field has none. */
export type Mapping = Readonly<Partial<Record<CohortField, string>>>;

export const fieldNeeds: readonly { readonly field: CohortField; readonly title: string; readonly required: boolean }[] = cohortFields.map((field) => ({
  field,
  title: { full_name: 'Customer name', email: 'E-mail', stripe_customer_id: 'Stripe customer id', signup_date: 'Signup date' }[field],
  required: field !== 'signup_date',
}));

/** The mapping as the check found it. */
export function mappingOf(source: Pick<CheckSummary, 'columns'>): Mapping {
  return Object.fromEntries(cohortFields.flatMap((field) => (source.columns[field] === undefined ? [] : [[field, source.columns[field]]])));
}

const likelyNames: readonly (readonly [CohortField, RegExp])[] = [
  ['email', /mail/i],
  ['stripe_customer_id', /stripe|\bcus\b/i],
  ['signup_date', /sign.?up|joined|since|date/i],
  ['full_name', /name/i],
];

/** Where the check understood no columns: a first guess by their names, for a person to look at. Never used unseen. */
export function suggestedMapping(source: Pick<CheckSummary, 'columns' | 'headers'>): Mapping {
  if (Object.keys(source.columns).length > 0) return mappingOf(source);
  return likelyNames.reduce<Mapping>((mapping, [field, pattern]) => {
    const free = source.headers.find(({ header }) => pattern.test(header) && !Object.values(mapping).includes(header));
    return free === undefined ? mapping : chooseColumn(mapping, field, free.header);
  }, {});
}

/** The mapping after a column was chosen for a field. A column serves one field: it leaves the one that had it. */
export function chooseColumn(mapping: Mapping, field: CohortField, header: string | null): Mapping {
  const kept = Object.entries(mapping).filter(([other, column]) => other !== field && column !== header);
  return Object.fromEntries(header === null ? kept : [...kept, [field, header]]);
}

/** Fields that must have a column and have none. */
export function missingFields(mapping: Mapping): readonly string[] {
  return fieldNeeds.filter(({ field, required }) => required && mapping[field] === undefined).map(({ title }) => title);
}

export function sameMapping(one: Mapping, other: Mapping): boolean {
  return cohortFields.every((field) => one[field] === other[field]);
}

/** The mapping as the operator takes it: fields that have a column. */
export function mappingInput(mapping: Mapping): Record<string, string> {
  return Object.fromEntries(cohortFields.flatMap((field) => (mapping[field] === undefined ? [] : [[field, mapping[field]]])));
}
