import type { Plan, ShownPlanRow } from '../../shared/contract/operator/plans.ts';
import { isNameOnlyWrite } from '../../shared/core/plan-row.ts';
import { useOperatorQuery } from '../operator.ts';
import { answerOf, pendingDecisionCount, untouchedReview, useReviews, type Answer, type Review } from '../stores/review.ts';

const REVIEW_ROWS_MAX = 1000;

/** A plan's name-only rows and what was said about them so far. */
export interface PlanReview {
  readonly review: Review;
  /** Rows found by name alone; undefined while they are fetched. */
  readonly nameOnlyRows: readonly ShownPlanRow[] | undefined;
  /** Name-only rows in all, which may be more than are listed here. */
  readonly nameOnlyTotal: number;
  /** Rows that would be written and were neither acknowledged nor decided. */
  readonly undecided: readonly ShownPlanRow[];
  /** Decisions that only the next plan will have. */
  readonly pendingCount: number;
  answerOf(email: string): Answer;
}

/** The review of a plan, as every step that needs it sees it. */
export function usePlanReview(plan: Plan): PlanReview {
  const review = useReviews((state) => state.byPlan[plan.plan_hash]) ?? untouchedReview;
  const rows = useOperatorQuery('plans.listRows', plan.summary.by_match.MATCH_NAME_UNIQUE === 0 ? null : { migration: plan.migration, plan_hash: plan.plan_hash, match: 'MATCH_NAME_UNIQUE', offset: 0, limit: REVIEW_ROWS_MAX });
  const nameOnlyRows = plan.summary.by_match.MATCH_NAME_UNIQUE === 0 ? [] : rows.value?.items.filter((row) => isNameOnlyWrite(row) || plan.decisions.some((decision) => decision.email === row.email));
  const answer = (email: string): Answer => answerOf(review, plan.decisions, email);
  return {
    review,
    nameOnlyRows,
    nameOnlyTotal: nameOnlyRows?.length ?? 0,
    undecided: (nameOnlyRows ?? []).filter((row) => isNameOnlyWrite(row) && answer(row.email) === 'undecided'),
    pendingCount: pendingDecisionCount(review, plan.decisions),
    answerOf: answer,
  };
}
