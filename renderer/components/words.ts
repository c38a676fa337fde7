import { fileErrorWordings, rejectWordings, warningWordings, type CheckWording } from '../../shared/core/check-codes.ts';
import type { ItemOutcome } from '../../shared/core/run-item.ts';
import type { PlanAction, PlanMatch } from '../../shared/core/plan-row.ts';
import type { RunKind } from '../../shared/core/run-kind.ts';
import type { RunState } from '../../shared/core/run-state.ts';
import type { MemberState } from '../../shared/core/member.ts';
import { planWarningWords } from '../../shared/core/plan-warnings.ts';
import type { Tone } from './tag.tsx';

export interface Word {
  readonly title: string;
  readonly tone: Tone;
  /** One sentence for the hover. */
  readonly meaning: string;
}

export const actionWords: Readonly<Record<PlanAction, Word>> = {
  UPDATE_EXISTING: { title: 'Update', tone: 'blue', meaning: 'An existing profile is prepared.' },
  CREATE_NEW: { title: 'Create', tone: 'green', meaning: 'A new profile is made.' },
  NO_CHANGE: { title: 'No change', tone: 'grey', meaning: 'It is as planned already.' },
  COMPLETE: { title: 'Complete', tone: 'violet', meaning: 'This person has finished and is not touched again.' },
  SKIP: { title: 'Skip', tone: 'amber', meaning: 'Left out by a decision.' },
  BLOCKED: { title: 'Blocked', tone: 'red', meaning: 'A conflict that a person must solve first. Nothing is written.' },
};

export const matchWords: Readonly<Record<PlanMatch, Word>> = {
  MATCH_EMAIL: { title: 'E-mail', tone: 'blue', meaning: 'Somebody has this e-mail address.' },
  MATCH_NAME_UNIQUE: { title: 'Name only', tone: 'amber', meaning: 'Nobody has this address; exactly one person has this name.' },
  NAME_AMBIGUOUS: { title: 'Name ambiguous', tone: 'grey', meaning: 'Nobody has this address and several people have this name, so it counts as no match.' },
  NO_NAME_MATCH: { title: 'No match', tone: 'grey', meaning: 'Nobody has this address or this name.' },
};

export const outcomeWords: Readonly<Record<ItemOutcome, Word>> = {
  applied: { title: 'Applied', tone: 'green', meaning: 'Written as planned.' },
  no_change: { title: 'No change', tone: 'grey', meaning: 'It was as planned already.' },
  skipped: { title: 'Skipped', tone: 'amber', meaning: 'Left out: blocked, complete or skipped in the plan.' },
  drifted: { title: 'Drifted', tone: 'violet', meaning: 'It changed since the plan was made, and was kept as it is.' },
  failed: { title: 'Failed', tone: 'red', meaning: 'Could not be written.' },
  reverted: { title: 'Reverted', tone: 'blue', meaning: 'Put back as it was before the run.' },
  kept_changed_since: { title: 'Kept', tone: 'violet', meaning: 'Changed since by somebody else, and kept.' },
  nothing_to_revert: { title: 'Nothing to revert', tone: 'grey', meaning: 'The run had changed nothing here.' },
};

export const runStateWords: Readonly<Record<RunState, Word>> = {
  queued: { title: 'Queued', tone: 'grey', meaning: 'Waits for a server process to take its first batch.' },
  running: { title: 'Running', tone: 'blue', meaning: 'Batches are being written.' },
  pausing: { title: 'Pausing', tone: 'amber', meaning: 'A pause was asked; the batch in flight is ending.' },
  paused: { title: 'Paused', tone: 'amber', meaning: 'Nothing is in flight. It can go on.' },
  stopping: { title: 'Stopping', tone: 'amber', meaning: 'A stop was asked; the batch in flight is ending.' },
  stopped: { title: 'Stopped', tone: 'grey', meaning: 'Ended by a person. What was done stays done.' },
  halted: { title: 'Halted', tone: 'red', meaning: 'More rows failed than the limit allows. It waits for a person.' },
  completed: { title: 'Completed', tone: 'green', meaning: 'Every row is settled.' },
  completed_with_failures: { title: 'Completed with failures', tone: 'amber', meaning: 'Every row is settled; some failed.' },
  failed: { title: 'Failed', tone: 'red', meaning: 'The run itself broke. See its message.' },
};

export const runKindTitles: Readonly<Record<RunKind, string>> = {
  dry_run: 'Dry run',
  test_run: 'Test run',
  execution: 'Execution',
  verification: 'Verification',
  rollback: 'Rollback',
};

export const memberStateWords: Readonly<Record<MemberState, Word>> = {
  not_prepared: { title: 'Not prepared', tone: 'grey', meaning: 'No run has written this person.' },
  prepared: { title: 'Prepared', tone: 'blue', meaning: 'Has not signed in yet.' },
  signed_in: { title: 'Signed in', tone: 'amber', meaning: 'Is held at the reset.' },
  completed: { title: 'Completed', tone: 'green', meaning: 'Has set a new password.' },
  rolled_back: { title: 'Rolled back', tone: 'grey', meaning: 'Was prepared and put back since.' },
};

const fieldTitles: ReadonlyMap<string, string> = new Map([
  ['auth.must_reset_password', 'Must reset password'],
  ['stripe_customer_id', 'Stripe customer'],
  ['migration.cohort', 'Cohort tag'],
  ['migration.source_file', 'Source file'],
  ['emails', 'E-mail addresses'],
  ['email', 'E-mail'],
  ['full_name', 'Name'],
  ['signup_date', 'Signup date'],
  ['email_owner', 'Who has the address'],
  ['name_match', 'What the name finds'],
  ['name_owner', 'Who has the name'],
  ['stripe_holder', 'Who has the Stripe customer'],
  ['armed_by', 'Prepared by migration'],
  ['completed', 'Has finished'],
  ['role', 'Role'],
  ['blocked_by', 'Blocked by'],
]);

/** A field's name for people; one that is not known stands as it is. */
export function fieldTitle(field: string): string {
  return fieldTitles.get(field) ?? field;
}

/** What a code of the check or the plan means; a code that is not known here is read out plainly. */
export function wordingOf(code: string): CheckWording {
  return knownWordings.get(code) ?? { reason: `${plainCode(code)}.`, remedy: '' };
}

const knownWordings: ReadonlyMap<string, CheckWording> = new Map<string, CheckWording>([...Object.entries(rejectWordings), ...Object.entries(warningWordings), ...Object.entries(fileErrorWordings), ...Object.entries(planWarningWords)]);

/** `name_mixed_scripts` as `Name mixed scripts`. */
export function plainCode(code: string): string {
  const words = code.toLowerCase().replaceAll(/[_.]/g, ' ');
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}
