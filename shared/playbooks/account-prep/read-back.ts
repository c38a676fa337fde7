import { differingFacts, type Facts } from '../../core/facts.ts';
import { pickFacts } from './customer-state.ts';

/** What reading a written row back found. */
export type ReadBack =
  | { readonly outcome: 'no_change'; readonly reason: string }
  | { readonly outcome: 'drifted'; readonly planned: Facts; readonly now: Facts; readonly reason: string };

export type ReadBackInput = {
  /** The fields as the run's item says it left them. */
  readonly after: Facts;
  /** All fields as they are; null where there is no such customer. */
  readonly now: Facts | null;
  /** The customer has set a password since, which is what the run prepared for. */
  readonly hasCompleted: boolean;
  readonly isPutBack: boolean;
};

/** Compares what a run says it wrote with what is there (CONTRACT 2, verify). Pure. */
export function readBack({ after, now, hasCompleted, isPutBack }: ReadBackInput): ReadBack {
  if (now === null) return { outcome: 'drifted', planned: after, now: pickFacts({}, Object.keys(after)), reason: isPutBack ? 'A rollback has removed the profile since.' : 'The profile is not there any more.' };
  // Setting the password ends the must-reset; that is the purpose of the run and no difference.
  const expected = hasCompleted && Object.hasOwn(after, 'auth.must_reset_password') ? { ...after, 'auth.must_reset_password': false } : after;
  const found = pickFacts(now, Object.keys(expected));
  const names = differingFacts(expected, found);
  if (names.length === 0) return { outcome: 'no_change', reason: hasCompleted ? 'The customer has completed since: a new password is set, and the rest is as the run left it.' : 'It is as the run left it.' };
  return { outcome: 'drifted', planned: pickFacts(expected, names), now: pickFacts(found, names), reason: isPutBack ? 'A rollback has put this customer back since.' : 'The record has been changed since the run.' };
}
