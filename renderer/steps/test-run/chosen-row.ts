import type { ProcedureOutput } from '../../../shared/contract/operator/dispatch.ts';
import type { Plan, ShownPlanRow } from '../../../shared/contract/operator/plans.ts';
import type { TestRowKind } from '../../../shared/core/test-rows.ts';
import { useOperatorQuery } from '../../operator.ts';
import { kindFilter } from './test-kinds.ts';

export type Proposal = ProcedureOutput<'testRuns.propose'>['items'][number];

/** The row of a kind that would be tried: the picked one where it is of the kind, else the proposed one. */
export interface ChosenRow {
  readonly kind: TestRowKind;
  readonly row: ShownPlanRow;
  readonly others: number;
}

/** Looks the picked row of a kind up in the plan. Undefined where the plan has no row of the kind. */
export function useChosenRow(plan: Plan, kind: TestRowKind, proposals: readonly Proposal[], picked: string | undefined): ChosenRow | undefined {
  const proposal = proposals.find((candidate) => candidate.kind === kind);
  const wanted = proposal === undefined || picked === proposal.row.email ? undefined : picked;
  const found = useOperatorQuery('plans.listRows', wanted === undefined ? null : { migration: plan.migration, plan_hash: plan.plan_hash, ...kindFilter(kind), q: wanted, offset: 0, limit: 10 });
  if (proposal === undefined) return undefined;
  const row = wanted === undefined ? undefined : found.value?.items.find((item) => item.email === wanted);
  return { kind, row: row ?? proposal.row, others: proposal.others };
}
