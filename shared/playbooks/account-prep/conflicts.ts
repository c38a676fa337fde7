import type { RowInput } from './gathered.ts';
import type { RowMatch } from './match.ts';

/** Why a row cannot be written beside the other rows of its cohort (A8). `others` are their places, in order. */
export type RowConflict = {
  readonly code: 'target_kept_by_email_match' | 'target_wanted_twice_by_name' | 'target_wanted_twice_by_email' | 'stripe_id_wanted_twice';
  readonly others: readonly number[];
};

type Claim = { readonly row: number; readonly byEmail: boolean; readonly isSkipped: boolean };

/** Takes every row of a cohort, then tells of each whether another one stands in its way. */
export type CohortClaims = {
  readonly add: (input: Pick<RowInput, 'row' | 'record' | 'decision'>, match: RowMatch) => void;
  /** The row must have been added, and all others as well. */
  readonly conflictOf: (input: Pick<RowInput, 'row' | 'record' | 'decision'>, match: RowMatch) => RowConflict | null;
};

/**
 * No two rows may write one customer or one Stripe id. An e-mail match keeps its target against rows that have
 * only the name, even where a person skips it: the address has said whose account it is. Of two rows with the same
 * right, both are blocked; a person who skips or declines one of them decides for the other.
 */
export function startClaims(): CohortClaims {
  const byTarget = new Map<string, Claim[]>();
  const byStripeId = new Map<string, Claim[]>();
  return {
    add(input, match) {
      const claim = { row: input.row, byEmail: match.match === 'MATCH_EMAIL', isSkipped: input.decision === 'skip' };
      if (match.target !== null && (claim.byEmail || !claim.isSkipped)) push(byTarget, match.target.userId, claim);
      if (!claim.isSkipped) push(byStripeId, input.record.stripe_customer_id, claim);
    },
    conflictOf(input, match) {
      if (input.decision === 'skip') return null;
      const rivals = match.target === null ? [] : (byTarget.get(match.target.userId) ?? []).filter((claim) => claim.row !== input.row);
      return (
        targetConflict(rivals, match.match === 'MATCH_EMAIL') ??
        conflict('stripe_id_wanted_twice', (byStripeId.get(input.record.stripe_customer_id) ?? []).filter((claim) => claim.row !== input.row))
      );
    },
  };
}

function targetConflict(rivals: readonly Claim[], isEmailMatch: boolean): RowConflict | null {
  const emailRivals = rivals.filter((claim) => claim.byEmail);
  if (isEmailMatch) return conflict('target_wanted_twice_by_email', emailRivals.filter((claim) => !claim.isSkipped));
  return conflict('target_kept_by_email_match', emailRivals) ?? conflict('target_wanted_twice_by_name', rivals);
}

function conflict(code: RowConflict['code'], rivals: readonly Claim[]): RowConflict | null {
  if (rivals.length === 0) return null;
  return { code, others: rivals.map((claim) => claim.row).sort((one, other) => one - other) };
}

function push(claims: Map<string, Claim[]>, key: string, claim: Claim): void {
  const list = claims.get(key);
  if (list === undefined) claims.set(key, [claim]);
  else list.push(claim);
}
