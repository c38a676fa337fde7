import type { ShownRun } from '../../../shared/contract/operator/runs.ts';
import { isEnded } from '../../../shared/core/run-state.ts';
import { formatDecimal, formatDuration } from '../../components/format.ts';

/** How long an ended run took; how fast a running one is and how long it still takes. Empty of one that waits or is only remembered: nobody knows. */
export function speedOf({ run, from_mirror: isRemembered }: ShownRun): string {
  if (isEnded(run.state)) return run.started_at !== null && run.ended_at !== null ? `took ${formatDuration((Date.parse(run.ended_at) - Date.parse(run.started_at)) / 1000)}` : '';
  if (isRemembered || run.state !== 'running') return '';
  const rate = run.rows_per_second === null ? undefined : `${formatDecimal(run.rows_per_second)} rows/s`;
  const left = run.seconds_left === null ? undefined : `about ${formatDuration(run.seconds_left)} left`;
  return [rate, left].filter((part) => part !== undefined).join(' · ');
}
