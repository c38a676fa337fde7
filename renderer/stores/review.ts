import { create } from 'zustand';
import type { ShownPlanRow } from '../../shared/contract/operator/plans.ts';
import { plannedDecision } from '../../shared/core/decisions.ts';
import type { TestRowKind } from '../../shared/core/test-rows.ts';

/** What a person has said about one plan here. Addresses stay in memory only; decisions for the next plan are held by the operator. */
export interface Review {
  /** Name-only rows whose two people were compared, by address. */
  readonly acknowledged: readonly string[];
  /** Rows picked for the test run, one a kind. */
  readonly picks: Readonly<Partial<Record<TestRowKind, string>>>;
}

export const untouchedReview: Review = { acknowledged: [], picks: {} };

/** The answer to a name-only row. `undecided`: nothing was said yet. */
export type Answer = 'undecided' | 'acknowledged' | 'create' | 'skip';

interface Reviews {
  readonly byPlan: Readonly<Record<string, Review>>;
  /** Says of a row's two people that they are one, or takes that back. */
  acknowledge(planHash: string, email: string, isAcknowledged: boolean): void;
  /** Picks a test row, or unpicks it when it was the pick already. */
  pick(planHash: string, kind: TestRowKind, email: string): void;
  /** After planning again: what was acknowledged and picked holds for the new plan too, where it still has the row. */
  carryOver(fromPlanHash: string, toPlanHash: string): void;
}

/** What was acknowledged and picked by plan hash: it belongs to exactly one plan. */
export const useReviews = create<Reviews>((set) => ({
  byPlan: {},
  acknowledge: (planHash, email, isAcknowledged) => set((state) => withReview(state, planHash, (review) => acknowledging(review, email, isAcknowledged))),
  pick: (planHash, kind, email) =>
    set((state) =>
      withReview(state, planHash, (review) => {
        const { [kind]: current, ...others } = review.picks;
        return { ...review, picks: current === email ? others : { ...others, [kind]: email } };
      }),
    ),
  carryOver: (fromPlanHash, toPlanHash) => set((state) => ({ byPlan: { ...state.byPlan, [toPlanHash]: state.byPlan[fromPlanHash] ?? untouchedReview } })),
}));

function withReview(state: Pick<Reviews, 'byPlan'>, planHash: string, change: (review: Review) => Review): Pick<Reviews, 'byPlan'> {
  return { byPlan: { ...state.byPlan, [planHash]: change(state.byPlan[planHash] ?? untouchedReview) } };
}

export function acknowledging(review: Review, email: string, isAcknowledged: boolean): Review {
  const others = review.acknowledged.filter((other) => other !== email);
  return { ...review, acknowledged: isAcknowledged ? [...others, email] : others };
}

/** What was said about a row so far: what the next plan is to have of it, else what its plan has, else whether it was acknowledged. */
export function answerOf(review: Review, row: Pick<ShownPlanRow, 'email' | 'match' | 'action' | 'next'>): Answer {
  const decided = row.next ?? plannedDecision(row) ?? 'undecided';
  if (decided !== 'undecided') return decided;
  return review.acknowledged.includes(row.email) ? 'acknowledged' : 'undecided';
}
