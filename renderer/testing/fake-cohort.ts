import type { ShownPlanRow } from '../../shared/contract/operator/plans.ts';
import { summarizePlan } from '../../shared/core/plan-summary.ts';

const first = ['Aldana', 'Bea', 'Chidi', 'Dagny', 'Emeka', 'Farah', 'Gita', 'Hugo', 'Ines', 'Jun', 'Kofi', 'Lena'];
const last = ['Ruiz', 'Thornton', 'Okafor', 'Holm', 'Nwosu', 'Aziz', 'Rao', 'Lind', 'Prado', 'Sato', 'Mensah', 'Fischer'];

/** A made-up plan of `count` rows with every match and action, the same each time. */
export function fakePlanRows(count: number, decided: ReadonlyMap<string, 'create' | 'skip'> = new Map()): readonly ShownPlanRow[] {
  return Array.from({ length: count }, (_, index) => fakePlanRow(index + 1, decided));
}

export const fakeSummary = summarizePlan;

/** Row number `row` of that plan. */
export function fakePlanRow(row: number, decided: ReadonlyMap<string, 'create' | 'skip'> = new Map()): ShownPlanRow {
  const name = `${first[row % 12] ?? ''} ${last[(row * 7) % 12] ?? ''}`;
  const email = `${name.toLowerCase().replace(' ', '.')}${row}@example.com`;
  const stripe = `cus_Q${(row * 7919).toString(36).toUpperCase().padStart(10, 'X')}`;
  const common = { row, email, full_name: row === 17 ? 'Dagny \u202Emlo\u202C Holm' : name, warnings: row === 17 ? ['name_bidi_control'] : [] };
  const tagged = [
    { field: 'auth.must_reset_password', before: false, after: true },
    { field: 'stripe_customer_id', before: null, after: stripe },
    { field: 'migration.cohort', before: null, after: '2025-08-09-csv' },
    { field: 'migration.source_file', before: null, after: 'account-prep-60.csv' },
  ];
  if (row === 40) return { ...common, email_match: 'MATCH_EMAIL', match: 'MATCH_EMAIL', action: 'BLOCKED', user_id: null, changes: [], reason: 'The Stripe customer of this row belongs to somebody else.', precondition: {} };
  if (row === 41) return { ...common, email_match: 'MATCH_EMAIL', match: 'MATCH_EMAIL', action: 'COMPLETE', user_id: 'u_41', changes: [], precondition: { completed: true } };
  if (row === 42) return { ...common, email_match: 'MATCH_EMAIL', match: 'MATCH_EMAIL', action: 'NO_CHANGE', user_id: 'u_42', changes: [], precondition: { armed: true } };
  const decision = decided.get(email);
  if (decision === 'skip') return { ...common, email_match: 'NO_EMAIL_MATCH', match: 'MATCH_NAME_UNIQUE', action: 'SKIP', user_id: null, changes: [], reason: 'Left out by decision.', precondition: {} };
  if (row % 13 === 0 && decision === undefined) {
    const held = `${name.slice(0, 1).toLowerCase()}***@o***.org`;
    return {
      ...common,
      email_match: 'NO_EMAIL_MATCH',
      match: 'MATCH_NAME_UNIQUE',
      action: 'UPDATE_EXISTING',
      user_id: `u_${row}`,
      changes: [...tagged, { field: 'emails', before: [held], after: [held, email] }],
      warnings: ['name_only_match'],
      precondition: { candidates: 1, stripe_customer_id: null, staff: false },
    };
  }
  if (row % 5 === 0 || decision === 'create') return { ...common, email_match: 'NO_EMAIL_MATCH', match: 'NO_NAME_MATCH', action: 'CREATE_NEW', user_id: null, changes: [{ field: 'email', before: null, after: email }, { field: 'full_name', before: null, after: common.full_name }, ...tagged.map((change) => ({ ...change, before: null }))], precondition: { candidates: 0 } };
  if (row % 17 === 0) return { ...common, email_match: 'NO_EMAIL_MATCH', match: 'NAME_AMBIGUOUS', candidates: 3, action: 'CREATE_NEW', user_id: null, changes: tagged.map((change) => ({ ...change, before: null })), precondition: { candidates: 3 } };
  return { ...common, email_match: 'MATCH_EMAIL', match: 'MATCH_EMAIL', action: 'UPDATE_EXISTING', user_id: `u_${row}`, changes: tagged.map((change) => (change.field === 'stripe_customer_id' && row % 3 === 0 ? { ...change, before: `cus_OLD${row}AAAA` } : change)), precondition: { 'auth.must_reset_password': false, stripe_customer_id: null, armed: false } };
}
