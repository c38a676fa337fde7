import { z } from 'zod';
import type { PlanRow } from './plan-row.ts';

/**
 * What a person decided about one row, as part of the plan (A7). `create`: decline the name match, plan a new
 * profile. `skip`: leave the row out.
 */
export const decisionSchema = z.strictObject({
  email: z.string().min(3).max(254),
  as: z.enum(['create', 'skip']),
});
export type Decision = z.infer<typeof decisionSchema>;

/** Most decisions that one plan takes; a file of which more is to be left out is better made without those rows. */
export const DECISIONS_MAX = 250_000;

/** What was decided of a row in the plan that it is of, as its match and action tell; undefined where nothing was. */
export function plannedDecision(row: Pick<PlanRow, 'match' | 'action'>): Decision['as'] | undefined {
  if (row.action === 'SKIP') return 'skip';
  return row.match === 'MATCH_NAME_UNIQUE' && row.action === 'CREATE_NEW' ? 'create' : undefined;
}

export type DecisionProblem = {
  readonly email: string;
  readonly code: 'decided_twice' | 'not_in_cohort';
  readonly message: string;
};

/**
 * Decisions as the planner takes them: by folded address. A decision about somebody outside the cohort, or two
 * about one person, are mistakes and come back as problems; nothing is dropped silently.
 */
export function readDecisions(
  decisions: readonly Decision[],
  isInCohort: (email: string) => boolean,
): { readonly byEmail: ReadonlyMap<string, Decision['as']>; readonly problems: readonly DecisionProblem[] } {
  const byEmail = new Map<string, Decision['as']>();
  const problems: DecisionProblem[] = [];
  for (const { email, as } of decisions) {
    if (!isInCohort(email)) problems.push({ email, code: 'not_in_cohort', message: 'Decide only about people of this cohort.' });
    else if (byEmail.has(email)) problems.push({ email, code: 'decided_twice', message: 'Decide once about each person.' });
    else byEmail.set(email, as);
  }
  return { byEmail, problems };
}

/** The one order in which decisions enter a plan hash: by address, so that the order of asking does not matter. */
export function decisionsInOrder(decisions: readonly Decision[]): readonly Decision[] {
  return [...decisions].sort((one, other) => (one.email < other.email ? -1 : one.email > other.email ? 1 : 0));
}
