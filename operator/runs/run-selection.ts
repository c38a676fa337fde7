import type { Run } from '../../shared/contract/admin/runs.ts';
import type { RunChoices, RunRelation, RunSelection } from '../../shared/contract/operator/runs.ts';

/** The runs that are asked for, in the order asked for: newest first unless another is. Equals stand newest first. */
export function selectRuns(runs: readonly Run[], { migration, kind, state, who, q, sort = 'created_at', ascending = false }: RunSelection): readonly Run[] {
  const text = q?.trim().toLowerCase() ?? '';
  const kept = runs.filter(
    (run) =>
      (migration === undefined || run.migration === migration) &&
      (kind === undefined || run.kind === kind) &&
      (state === undefined || run.state === state) &&
      (who === undefined || run.requested_by === who) &&
      (text === '' || [run.run_id, run.plan_hash, run.source_file, run.migration, run.message].some((value) => value?.toLowerCase().includes(text) === true)),
  );
  const direction = ascending ? 1 : -1;
  return kept.toSorted((one, other) => direction * compared(one[sort] ?? '', other[sort] ?? '') || compared(other.created_at, one.created_at));
}

function compared(one: string | number, other: string | number): number {
  return one === other ? 0 : one < other ? -1 : 1;
}

/** What the list can be narrowed to. */
export function choicesOf(runs: readonly Run[]): RunChoices {
  return { kinds: distinct(runs.map((run) => run.kind)), states: distinct(runs.map((run) => run.state)), migrations: distinct(runs.map((run) => run.migration)), people: distinct(runs.map((run) => run.requested_by)) };
}

function distinct<Value extends string>(values: readonly Value[]): Value[] {
  return [...new Set(values)].filter((value) => value !== '').toSorted(compared);
}

/** The runs of the same way: what it was planned and tried by, what checked it, what put it back. Oldest first. */
export function relatedRuns(run: Run, others: readonly Run[]): { readonly relation: RunRelation; readonly run: Run }[] {
  return others
    .filter((other) => other.run_id !== run.run_id && other.migration === run.migration)
    .flatMap((other) => {
      const relation = relationOf(run, other);
      return relation === undefined ? [] : [{ relation, run: other }];
    })
    .toSorted((one, other) => compared(one.run.created_at, other.run.created_at));
}

function relationOf(run: Run, other: Run): RunRelation | undefined {
  const isOfPlan = run.plan_hash !== null && other.plan_hash === run.plan_hash;
  const isOfCohort = run.cohort !== null && other.cohort === run.cohort;
  switch (other.kind) {
    case 'dry_run':
      return run.preceding_dry_run === other.run_id ? 'preceding_dry_run' : isOfPlan ? 'planned_by' : undefined;
    case 'test_run':
      return isOfPlan || isOfCohort ? 'test_run' : undefined;
    case 'execution':
      return isOfPlan || (run.kind === 'rollback' && other.created_at < run.created_at) ? 'execution' : undefined;
    case 'verification':
      return isOfPlan ? 'verification' : undefined;
    case 'rollback':
      // It puts back customers of a migration, of whichever plan.
      return run.kind !== 'dry_run' && other.created_at > run.created_at ? 'rollback' : undefined;
  }
}
