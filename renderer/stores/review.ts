import { create } from 'zustand';
import type { Decision } from '../../shared/core/decisions.ts';
import type { TestRowKind } from '../../shared/core/test-rows.ts';

/** What a person has decided about one plan and not yet sent. Addresses stay in memory only. */
export interface Review {
  /** Name-only rows whose two people were compared, by address. */
  readonly acknowledged: readonly string[];
  /** Decisions as the next plan is to have them; undefined: as the plan has them. */
  readonly decisions: readonly Decision[] | undefined;
  /** Rows picked for the test run, one a kind. */
  readonly picks: Readonly<Partial<Record<TestRowKind, string>>>;
}

export const untouchedReview: Review = { acknowledged: [], decisions: undefined, picks: {} };

/** The answer to a name-only row. `undecided`: nothing was said yet. */
export type Answer = 'undecided' | 'acknowledged' | 'create' | 'skip';

interface Reviews {
  readonly byPlan: Readonly<Record<string, Review>>;
  /** Answers one row of a plan; the plan's own decisions are the starting point. */
  answer(planHash: string, planned: readonly Decision[], email: string, answer: Answer): void;
  /** Picks a test row, or unpicks it when it was the pick already. */
  pick(planHash: string, kind: TestRowKind, email: string): void;
  /** After planning again: what was acknowledged and picked holds for the new plan too, where it still has the row. */
  carryOver(fromPlanHash: string, toPlanHash: string, declined: readonly string[]): void;
}

/** Answers, decisions and picks by plan hash: they belong to exactly one plan. */
export const useReviews = create<Reviews>((set) => ({
  byPlan: {},
  answer: (planHash, planned, email, answer) => set((state) => withReview(state, planHash, (review) => answered(review, planned, email, answer))),
  pick: (planHash, kind, email) =>
    set((state) =>
      withReview(state, planHash, (review) => {
        const { [kind]: current, ...others } = review.picks;
        return { ...review, picks: current === email ? others : { ...others, [kind]: email } };
      }),
    ),
  carryOver: (fromPlanHash, toPlanHash, declined) =>
    set((state) => {
      const from = state.byPlan[fromPlanHash] ?? untouchedReview;
      const acknowledged = from.acknowledged.filter((email) => !declined.includes(email));
      const picks = Object.fromEntries(Object.entries(from.picks).filter(([, email]) => !declined.includes(email)));
      return { byPlan: { ...state.byPlan, [toPlanHash]: { acknowledged, decisions: undefined, picks } } };
    }),
}));

function withReview(state: Pick<Reviews, 'byPlan'>, planHash: string, change: (review: Review) => Review): Pick<Reviews, 'byPlan'> {
  return { byPlan: { ...state.byPlan, [planHash]: change(state.byPlan[planHash] ?? untouchedReview) } };
}

/** The review after one answer. An answer replaces the one before it; `undecided` takes it back. */
export function answered(review: Review, planned: readonly Decision[], email: string, answer: Answer): Review {
  const acknowledged = review.acknowledged.filter((other) => other !== email);
  const others = (review.decisions ?? planned).filter((decision) => decision.email !== email);
  const decisions: readonly Decision[] = answer === 'create' || answer === 'skip' ? [...others, { email, as: answer }] : others;
  return {
    ...review,
    acknowledged: answer === 'acknowledged' ? [...acknowledged, email] : acknowledged,
    decisions: sameDecisions(decisions, planned) ? undefined : decisions,
  };
}

/** What was said about a row so far. */
export function answerOf(review: Review, planned: readonly Decision[], email: string): Answer {
  const decision = (review.decisions ?? planned).find((candidate) => candidate.email === email);
  if (decision !== undefined) return decision.as;
  return review.acknowledged.includes(email) ? 'acknowledged' : 'undecided';
}

/** How many decisions the next plan would have that this one has not, or the other way round. */
export function pendingDecisionCount(review: Review, planned: readonly Decision[]): number {
  if (review.decisions === undefined) return 0;
  const next = new Set(review.decisions.map(decisionKey));
  const now = new Set(planned.map(decisionKey));
  const changed = new Set([...next].filter((key) => !now.has(key)).concat([...now].filter((key) => !next.has(key))).map((key) => key.slice(key.indexOf(' ') + 1)));
  return changed.size;
}

function sameDecisions(one: readonly Decision[], other: readonly Decision[]): boolean {
  const keys = new Set(one.map(decisionKey));
  return one.length === other.length && other.every((decision) => keys.has(decisionKey(decision)));
}

function decisionKey(decision: Decision): string {
  return `${decision.as} ${decision.email}`;
}
