import type { ProcedureInput, ProcedureOutput } from '../../shared/contract/operator/dispatch.ts';
import type { Plan, RowSelection, ShownPlanRow } from '../../shared/contract/operator/plans.ts';
import type { OperatorProblem } from '../../shared/contract/operator/reply.ts';
import { plannedDecision } from '../../shared/core/decisions.ts';
import { isNameOnlyWrite } from '../../shared/core/plan-row.ts';
import { useOperatorCommand, useOperatorQuery } from '../operator.ts';
import { answerOf, untouchedReview, useReviews, type Answer, type Review } from '../stores/review.ts';

const REVIEW_ROWS_MAX = 1000;

type DecisionAsked = ProcedureInput<'plans.decide'>['as'];

/** A plan's name-only rows, what was said about them so far, and what was decided about any row for the next plan. */
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
  /** Why a decision was not taken. */
  readonly problem: OperatorProblem | undefined;
  readonly busy: boolean;
  answerOf(row: ShownPlanRow): Answer;
  /** Answers one row. */
  answer(row: ShownPlanRow, answer: Answer): void;
  /** Decides about many. Undefined when it was not taken. */
  decide(selection: RowSelection, as: DecisionAsked): Promise<ProcedureOutput<'plans.decide'> | undefined>;
}

/** The review of a plan, as every step that needs it sees it. */
export function usePlanReview(plan: Plan): PlanReview {
  const ofPlan = { migration: plan.migration, plan_hash: plan.plan_hash };
  const review = useReviews((state) => state.byPlan[plan.plan_hash]) ?? untouchedReview;
  const acknowledge = useReviews((state) => state.acknowledge);
  const decide = useOperatorCommand('plans.decide');
  const pending = useOperatorQuery('plans.countPending', ofPlan).value ?? { skip: 0, create: 0, undecided: 0 };
  const rows = useOperatorQuery('plans.listRows', plan.summary.by_match.MATCH_NAME_UNIQUE === 0 ? null : { ...ofPlan, match: 'MATCH_NAME_UNIQUE', offset: 0, limit: REVIEW_ROWS_MAX });
  const nameOnlyRows = plan.summary.by_match.MATCH_NAME_UNIQUE === 0 ? [] : rows.value?.items.filter((row) => isNameOnlyWrite(row) || plannedDecision(row) !== undefined);
  return {
    review,
    nameOnlyRows,
    nameOnlyTotal: nameOnlyRows?.length ?? plan.summary.by_match.MATCH_NAME_UNIQUE,
    undecided: (nameOnlyRows ?? []).filter((row) => isNameOnlyWrite(row) && answerOf(review, row) === 'undecided'),
    pendingCount: pending.skip + pending.create + pending.undecided,
    problem: decide.problem,
    busy: decide.busy,
    answerOf: (row) => answerOf(review, row),
    answer(row, answer) {
      acknowledge(plan.plan_hash, row.email, answer === 'acknowledged');
      const as = answer === 'acknowledged' ? 'undecided' : answer;
      if ((row.next ?? plannedDecision(row) ?? 'undecided') !== as) void decide.run({ ...ofPlan, selection: { rows: [row.row] }, as });
    },
    decide: (selection, as) => decide.run({ ...ofPlan, selection, as }),
  };
}
