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

/** What is left out, as the operator takes it. */
export function filterInput({ action, match, warning, q: typed }: PlanFilter): Pick<RowsInput, 'action' | 'match' | 'warning' | 'q'> {
  const q = typed.trim();
  return {
    ...(action === undefined ? {} : { action }),
    ...(match === undefined ? {} : { match }),
    ...(warning === undefined ? {} : { warning }),
    ...(q === '' ? {} : { q }),
  };
}

/** What is shown and in which order, as the operator takes it. */
export function viewInput(plan: Pick<Plan, 'migration' | 'plan_hash'>, filter: PlanFilter): Omit<RowsInput, 'offset' | 'limit' | 'lane'> {
  return { migration: plan.migration, plan_hash: plan.plan_hash, sort: filter.sort, descending: filter.descending, ...filterInput(filter) };
}

/** Whether nothing is left out and the order is that of the file. */
export function isWholeInOrder(filter: PlanFilter): boolean {
  return Object.keys(filterInput(filter)).length === 0 && filter.sort === 'row' && !filter.descending;
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
