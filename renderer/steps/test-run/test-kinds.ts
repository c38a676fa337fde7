import type { ProcedureInput } from '../../../shared/contract/operator/dispatch.ts';
import type { TestMember } from '../../../shared/contract/admin/test-run.ts';
import type { TestRowKind } from '../../../shared/core/test-rows.ts';

export const kindCards: Readonly<Record<TestRowKind, { readonly title: string; readonly tries: string }>> = {
  email_match: { title: 'Matched by e-mail', tries: 'An existing customer who has this address.' },
  name_match: { title: 'Matched by name only', tries: 'An existing customer who gets a further address.' },
  new_profile: { title: 'New profile', tries: 'Somebody who has no profile yet.' },
};

/** The filter that lists the rows of a kind. */
export function kindFilter(kind: TestRowKind): Pick<ProcedureInput<'plans.listRows'>, 'match' | 'action'> {
  if (kind === 'new_profile') return { action: 'CREATE_NEW' };
  return { action: 'UPDATE_EXISTING', match: kind === 'email_match' ? 'MATCH_EMAIL' : 'MATCH_NAME_UNIQUE' };
}

export type Observation = keyof TestMember['seen_at'];

/** What the server observes of each test customer, in order. */
export const observations: readonly { readonly key: Observation; readonly title: string }[] = [
  { key: 'prepared', title: 'Prepared' },
  { key: 'signed_in', title: 'Signed in with the temporary password' },
  { key: 'held_at_reset', title: 'Held at the reset' },
  { key: 'password_set', title: 'New password set' },
  { key: 'event_recorded', title: 'Event recorded' },
  { key: 'restored', title: 'Put back as before' },
];

/** How far a test customer is: number of things observed, and the one that is due next. */
export function nextObservation(member: TestMember): Observation | undefined {
  return observations.find(({ key }) => !member[key])?.key;
}
