import type { PlanAction, PlanMatch } from '../../core/plan-row.ts';
import type { Wording } from '../../core/playbook.ts';
import type { AccountPrepChangeField } from './fields.ts';

export const matchWordings: Readonly<Record<PlanMatch, Wording>> = {
  MATCH_EMAIL: { title: 'By e-mail', sentence: 'A customer has this address.' },
  MATCH_NAME_UNIQUE: { title: 'By name only', sentence: 'Nobody has this address; exactly one customer has this name.' },
  NAME_AMBIGUOUS: { title: 'Name ambiguous', sentence: 'Nobody has this address, and several customers have this name.' },
  NO_NAME_MATCH: { title: 'New', sentence: 'Nobody has this address or this name.' },
};

export const actionWordings: Readonly<Record<PlanAction, Wording>> = {
  UPDATE_EXISTING: { title: 'Update', sentence: 'The customer is prepared: held at a new password, linked to Stripe, marked with the cohort.' },
  CREATE_NEW: { title: 'Create', sentence: 'A new profile is created and prepared.' },
  NO_CHANGE: { title: 'No change', sentence: 'The customer is prepared already, exactly as planned.' },
  COMPLETE: { title: 'Complete', sentence: 'The customer has set a new password after this migration and is never prepared again.' },
  SKIP: { title: 'Skipped', sentence: 'A person decided to leave this row out.' },
  BLOCKED: { title: 'Blocked', sentence: 'A conflict must be solved by a person first. Nothing is written.' },
};

export const fieldWordings: Readonly<Record<AccountPrepChangeField, Wording>> = {
  'auth.must_reset_password': { title: 'Must set a new password', sentence: 'Sign-in leads to setting a new password and nowhere else until that is done.' },
  stripe_customer_id: { title: 'Stripe customer id', sentence: 'The Stripe customer that the account is linked to.' },
  'migration.cohort': { title: 'Cohort tag', sentence: 'Marks the account as part of this migration.' },
  'migration.source_file': { title: 'Source file', sentence: 'The file that the record came from, for audit.' },
  emails: { title: 'E-mail addresses', sentence: 'Addresses that can sign in. One may be added, none is taken away.' },
};

/** What deserves a look on a row that goes on. */
export const noticeWordings = {
  name_only_match: { title: 'Name only', sentence: 'The address gets access to an account that has another address. Somebody must look at it first.' },
  name_differs: { title: 'Other name', sentence: 'The customer has another name than the file. The name is not changed.' },
  stripe_id_replaced: { title: 'Stripe id replaced', sentence: 'The customer is linked to another Stripe id now; it is replaced.' },
  staff_account: { title: 'Staff account', sentence: 'The address belongs to a member of staff.' },
  already_must_reset: { title: 'Reset pending', sentence: 'The customer must set a new password already, for another reason.' },
  cohort_tag_replaced: { title: 'Other cohort', sentence: 'The account is marked with the tag of another migration; it is replaced.' },
  already_prepared: { title: 'Prepared before', sentence: 'This migration has prepared the account already; what differs is brought in line.' },
  possible_duplicate: { title: 'Possible duplicate', sentence: 'A new profile is created although the name is known. The person may get a second account.' },
  decision_without_effect: { title: 'Decision without effect', sentence: 'A new profile was asked for, but somebody has this address.' },
} as const satisfies Record<string, Wording>;
export type NoticeCode = keyof typeof noticeWordings;

/** Why a row is blocked. Each is also a warning code of the row, so that rows can be filtered by it. */
export const blockWordings = {
  target_kept_by_email_match: { title: 'Target taken', sentence: 'Another row matches the same customer by e-mail and keeps them.' },
  target_wanted_twice_by_name: { title: 'Two rows, one name', sentence: 'Another row of the file has the same name and would get the same customer.' },
  target_wanted_twice_by_email: { title: 'Two rows, one customer', sentence: 'Another row of the file has another address of the same customer.' },
  stripe_id_wanted_twice: { title: 'Stripe id twice', sentence: 'Another row of the file has the same Stripe id.' },
  stripe_id_linked_elsewhere: { title: 'Stripe id taken', sentence: 'The Stripe id is linked to another customer already.' },
  armed_by_other_migration: { title: 'Other migration', sentence: 'Another migration has prepared this customer and is not finished with them.' },
  name_match_has_other_stripe_id: { title: 'Other Stripe id', sentence: 'The customer with this name is linked to another Stripe id, so it is probably not this person.' },
  name_match_is_staff: { title: 'Staff account', sentence: 'The customer with this name is a member of staff. A name alone never opens such an account.' },
} as const satisfies Record<string, Wording>;
export type BlockCode = keyof typeof blockWordings;

export type AccountPrepWarning = NoticeCode | BlockCode;

/** Wording of any warning code of this playbook. */
export const warningWordings: Readonly<Record<AccountPrepWarning, Wording>> = { ...noticeWordings, ...blockWordings };

/** Why a new profile is created although the name is known. */
export const creationSentences = {
  declined: 'The name match was declined, so a new profile is created.',
  /** Follows the number of customers who have the name. */
  ambiguous: ' customers have this name, so none of them is taken and a new profile is created.',
} as const;

/** Of other rows that stand in the way so many are named. */
export const OTHER_ROWS_NAMED = 5;
