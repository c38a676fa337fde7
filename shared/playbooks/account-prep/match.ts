import type { EmailMatch, PlanMatch } from '../../core/plan-row.ts';
import type { RowInput, UserFacts } from './gathered.ts';

/** How a row found its target. */
export type RowMatch = {
  readonly emailMatch: EmailMatch;
  readonly match: PlanMatch;
  /** Only with `NAME_AMBIGUOUS`. */
  readonly candidates: number | null;
  /** The customer the row means; null for a new profile, which a declined name match plans too. */
  readonly target: UserFacts | null;
  readonly isDeclined: boolean;
};

/**
 * Matches by address first (A6), then by a name that exactly one customer has (A7). A decision can decline a
 * name match, and nothing else: an address that somebody has cannot become a new profile.
 */
export function matchRow({ decision, facts }: Pick<RowInput, 'decision' | 'facts'>): RowMatch {
  if (facts.byEmail !== null) {
    return { emailMatch: 'MATCH_EMAIL', match: 'MATCH_EMAIL', candidates: null, target: facts.byEmail, isDeclined: false };
  }
  const none = { emailMatch: 'NO_EMAIL_MATCH', candidates: null, target: null, isDeclined: false } as const;
  if (facts.byName.kind === 'none') return { ...none, match: 'NO_NAME_MATCH' };
  if (facts.byName.kind === 'several') return { ...none, match: 'NAME_AMBIGUOUS', candidates: facts.byName.count };
  if (decision === 'create') return { ...none, match: 'MATCH_NAME_UNIQUE', isDeclined: true };
  return { ...none, match: 'MATCH_NAME_UNIQUE', target: facts.byName.user };
}
