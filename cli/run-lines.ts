import type { Run } from '../shared/contract/admin/runs.ts';
import type { ShownRun } from '../shared/contract/operator/runs.ts';
import { assertNever } from '../shared/core/assert-never.ts';
import { isHeldByFlag } from '../shared/core/run-state.ts';
import { counted, grouped, table } from './print.ts';

/** A run for people: what it is, what became of its rows, what to do next. */
export function describeRun({ run, environment, from_mirror: fromMirror }: ShownRun): string[] {
  const outcomes = Object.entries(run.counts).filter(([, count]) => count > 0);
  return [
    `${run.kind} ${run.run_id} on ${environment}: ${run.state}`,
    `  ${grouped(run.rows_done)} of ${counted(run.rows_total, 'row')} settled`,
    ...table(outcomes.map(([outcome, count]) => [`  ${outcome}`, count])),
    ...(run.message === null ? [] : [`  ${run.message}`]),
    ...(fromMirror ? ['  The server cannot be reached: this is what the journal knew last.'] : []),
    '',
    ...nextStep(run),
  ];
}

/** One line while a run is under way. */
export function progressOf(run: Run): string {
  const rate = run.rows_per_second === null ? '' : `, ${grouped(Math.round(run.rows_per_second))} rows/s`;
  const left = run.seconds_left === null ? '' : `, ${counted(Math.ceil(run.seconds_left), 'second')} left`;
  return `${run.state}: ${grouped(run.rows_done)} of ${grouped(run.rows_total)}${rate}${left}`;
}

function nextStep(run: Run): string[] {
  switch (run.state) {
    case 'completed':
    case 'completed_with_failures':
      return [...restOfPlan(run), `Next: drydock report export ${run.run_id} --out DIR`];
    case 'halted':
      return [`Next: look at the failures, then drydock resume ${run.run_id} or drydock stop ${run.run_id}`];
    case 'paused':
      return [`It is not done: ${isHeldByFlag(run.message) ? 'the feature flag was found off. Have it switched on, then go on.' : 'it was paused.'}`, goesOnBy(run)];
    case 'pausing':
      return ['It is not done: it was asked to pause, and stands still after its batch.', goesOnBy(run)];
    case 'queued':
    case 'running':
    case 'stopping':
      return [`It goes on by itself. drydock status ${run.run_id} shows where it stands.`];
    case 'stopped':
    case 'failed':
      return ['What is done stays done. Do a dry run to see what is left.'];
    default:
      return assertNever(run.state);
  }
}

/** A stage is not the plan: whoever stops after it has left customers out. */
function restOfPlan({ kind, stage_percent: percent, plan_hash: hash }: Run): string[] {
  if (kind !== 'execution' || percent === null || percent >= 100 || hash === null) return [];
  return [`This was ${percent} % of the plan. The next stage: drydock execute ${hash} --stage N%, or without --stage all that is left.`];
}

function goesOnBy({ run_id: id }: Run): string {
  return `Next: drydock resume ${id}, or drydock stop ${id}`;
}
