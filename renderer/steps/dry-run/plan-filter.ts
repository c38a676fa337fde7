import type { ProcedureInput } from '../../../shared/contract/operator/dispatch.ts';
import type { Plan } from '../../../shared/contract/operator/plans.ts';
import { planActionSchema, planMatchSchema, type PlanAction, type PlanMatch } from '../../../shared/core/plan-row.ts';
import type { FilterChip } from '../../components/filter-chips.tsx';
import { formatCount } from '../../components/format.ts';
import { actionWords, matchWords, plainCode } from '../../components/words.ts';

type RowsInput = ProcedureInput<'plans.listRows'>;
export type SortKey = NonNullable<RowsInput['sort']>;

/** What of a plan the grid shows, and in which order. */
export interface PlanFilter {
  readonly action: PlanAction | undefined;
  readonly match: PlanMatch | undefined;
  readonly warning: string | undefined;
  readonly q: string;
  readonly sort: SortKey;
  readonly descending: boolean;
}

export const wholePlan: PlanFilter = { action: undefined, match: undefined, warning: undefined, q: '', sort: 'row', descending: false };

/** The filter as the operator takes it, for one window of rows. */
export function rowsInput(plan: Pick<Plan, 'migration' | 'plan_hash'>, filter: PlanFilter, offset: number, limit: number): RowsInput {
  const { action, match, warning, sort, descending } = filter;
  const q = filter.q.trim();
  return {
    migration: plan.migration,
    plan_hash: plan.plan_hash,
    offset,
    limit,
    sort,
    descending,
    ...(action === undefined ? {} : { action }),
    ...(match === undefined ? {} : { match }),
    ...(warning === undefined ? {} : { warning }),
    ...(q === '' ? {} : { q }),
  };
}

/** Sorting by a column: a second time turns it round. */
export function sortedBy(filter: PlanFilter, sort: SortKey): PlanFilter {
  return { ...filter, sort, descending: filter.sort === sort ? !filter.descending : false };
}

export function actionChips(plan: Plan): readonly FilterChip<PlanAction>[] {
  return planActionSchema.options.map((value) => ({ value, count: plan.summary.by_action[value], ...actionWords[value] }));
}

export function matchChips(plan: Plan): readonly FilterChip<PlanMatch>[] {
  return planMatchSchema.options.map((value) => ({ value, count: plan.summary.by_match[value], ...matchWords[value] }));
}

/** Warnings that occur in the plan, with their counts. */
export function warningChoices(plan: Plan): readonly { readonly value: string; readonly label: string }[] {
  return Object.entries(plan.summary.warnings).map(([value, count]) => ({ value, label: `${plainCode(value)} · ${formatCount(count)}` }));
}
