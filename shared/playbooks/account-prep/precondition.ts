import type { Facts } from '../../core/facts.ts';
import type { RowInput, UserFacts } from './gathered.ts';
import { fieldsOf } from './fields.ts';
import type { RowMatch } from './match.ts';
import type { BlockCode } from './wording.ts';

/**
 * What the planner relied on, as flat facts (N1). Nothing in it names anybody but the row's own target: a Stripe
 * holder is `someone_else`, and people who merely share a name are told by the kind of match alone (A2).
 *
 * | fact | meaning |
 * |---|---|
 * | `email_owner` | id of whoever has the address, null for nobody |
 * | `name_match`, `name_owner` | what the name found, and whom; only where the row depends on it |
 * | `stripe_holder` | `nobody`, `target` or `someone_else` |
 * | `armed_by`, `completed`, `role` and the planned fields | the target as it was |
 * | `blocked_by` | why a blocked row is blocked |
 */
export function writePrecondition(input: RowInput, match: RowMatch): Facts {
  return { ...matchFacts(input, match), ...stripeFact(input, match.target), ...targetFacts(match) };
}

/** A completed customer is left alone whatever else is so; only that is relied on (A3). */
export function completePrecondition(input: RowInput, match: RowMatch): Facts {
  return { ...matchFacts(input, match), completed: true };
}

/** A blocked row that has only the name shows nothing of the customer who has it. */
export function blockedPrecondition(input: RowInput, match: RowMatch, code: BlockCode): Facts {
  if (match.match === 'MATCH_EMAIL') return { ...writePrecondition(input, match), blocked_by: code };
  const { name_owner: _unnamed, ...facts } = matchFacts(input, match);
  return { ...facts, blocked_by: code };
}

function matchFacts({ facts }: RowInput, match: RowMatch): Record<string, string | null> {
  const emailOwner = facts.byEmail?.userId ?? null;
  // A declined match creates whatever the name finds, so nothing about the name is relied on.
  if (emailOwner !== null || match.isDeclined) return { email_owner: emailOwner };
  if (match.target === null) return { email_owner: null, name_match: match.match };
  return { email_owner: null, name_match: match.match, name_owner: match.target.userId };
}

function stripeFact({ facts }: RowInput, target: UserFacts | null): Facts {
  if (facts.stripeHolderId === null) return { stripe_holder: 'nobody' };
  return { stripe_holder: facts.stripeHolderId === target?.userId ? 'target' : 'someone_else' };
}

function targetFacts({ match, target }: RowMatch): Facts {
  if (target === null) return {};
  const { emails, ...fields } = fieldsOf(target);
  return {
    ...fields,
    armed_by: target.armedBy,
    completed: target.hasCompleted,
    role: target.role,
    // Addresses are relied on only where one is added.
    ...(match === 'MATCH_NAME_UNIQUE' ? { emails } : {}),
  };
}
