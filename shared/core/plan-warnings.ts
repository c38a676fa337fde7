import type { CheckWording } from './check-codes.ts';

const SOLVE = 'Solve it in the source or in the customer record, then plan again.';
const LOOK = 'Look at the row before you go on.';

/** What the planner's warnings mean to the person who looks at the plan. */
export const planWarningWords: Readonly<Record<string, CheckWording>> = {
  name_only_match: { reason: 'Found by name alone: the address in the file gets access to that account.', remedy: 'Compare the two people, then acknowledge, decline or skip.' },
  name_differs: { reason: 'The customer has another name than the file.', remedy: 'The name is not changed.' },
  stripe_id_replaced: { reason: 'The customer is linked to another Stripe customer now; the link is replaced.', remedy: LOOK },
  staff_account: { reason: 'The address belongs to a member of staff.', remedy: LOOK },
  already_must_reset: { reason: 'The customer must set a new password already, for another reason.', remedy: 'Nothing to do.' },
  cohort_tag_replaced: { reason: 'The account has the tag of another migration; it is replaced.', remedy: LOOK },
  already_prepared: { reason: 'This migration prepared the account before; what differs is brought in line.', remedy: 'Nothing to do.' },
  possible_duplicate: { reason: 'A new profile is made although the name is known: the person may get a second account.', remedy: LOOK },
  decision_without_effect: { reason: 'A new profile was asked for, but somebody has this address.', remedy: 'Take the decision back.' },
  target_kept_by_email_match: { reason: 'Another row has the same customer by e-mail and keeps them.', remedy: SOLVE },
  target_wanted_twice_by_name: { reason: 'Another row has the same name and would get the same customer.', remedy: SOLVE },
  target_wanted_twice_by_email: { reason: 'Another row has another address of the same customer.', remedy: SOLVE },
  stripe_id_wanted_twice: { reason: 'Another row has the same Stripe customer.', remedy: SOLVE },
  stripe_id_linked_elsewhere: { reason: 'The Stripe customer is linked to somebody else already.', remedy: SOLVE },
  armed_by_other_migration: { reason: 'Another migration prepared this customer and is not finished with them.', remedy: 'Wait for it to end, then plan again.' },
  name_match_has_other_stripe_id: { reason: 'The customer of that name has another Stripe customer, so it is probably somebody else.', remedy: 'Decline the name match to make a new profile.' },
  name_match_is_staff: { reason: 'The customer of that name is a member of staff; a name alone never opens such an account.', remedy: 'Decline the name match to make a new profile.' },
};
