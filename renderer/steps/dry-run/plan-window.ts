import type { OperatorClient } from '../../../shared/contract/operator/client.ts';
import type { Plan, ShownPlanRow } from '../../../shared/contract/operator/plans.ts';
import { useRowsAhead, useRowWindow, type RowPage, type RowWindow } from '../../components/row-window.ts';
import { useOperator } from '../../operator.ts';
import { viewInput, wholePlan, type PlanFilter } from './plan-filter.ts';

/** The rows of a plan that a filter lets through, as they come into view. */
export function usePlanRows(plan: Plan, filter: PlanFilter): RowWindow<ShownPlanRow> {
  const client = useOperator();
  return useRowWindow(keyOf(plan, filter), fetchOf(client, plan, filter));
}

/** Has the first rows of a plan at hand before anybody opens it. */
export function usePlanRowsAhead(plan: Plan | null): void {
  const client = useOperator();
  useRowsAhead(plan === null ? null : keyOf(plan, wholePlan), plan === null ? noRows : fetchOf(client, plan, wholePlan));
}

function keyOf(plan: Plan, filter: PlanFilter): string {
  return JSON.stringify([plan.plan_hash, filter]);
}

function fetchOf(client: OperatorClient, plan: Plan, filter: PlanFilter): (offset: number, limit: number) => Promise<RowPage<ShownPlanRow>> {
  return (offset, limit) => client.call('plans.listRows', { ...viewInput(plan, filter), offset, limit, lane: 'plan grid' });
}

function noRows(): Promise<RowPage<ShownPlanRow>> {
  return Promise.resolve({ items: [], total: 0 });
}
