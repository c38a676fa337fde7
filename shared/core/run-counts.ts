import { z } from 'zod';
import type { ItemOutcome } from './run-item.ts';

const countSchema = z.int().min(0);

/** How many rows came to each outcome; every outcome has its count, zeros too. */
export const runCountsSchema = z.object({
  applied: countSchema,
  no_change: countSchema,
  skipped: countSchema,
  drifted: countSchema,
  failed: countSchema,
  reverted: countSchema,
  kept_changed_since: countSchema,
  nothing_to_revert: countSchema,
});
export type RunCounts = z.infer<typeof runCountsSchema>;

export const noCounts: RunCounts = {
  applied: 0,
  no_change: 0,
  skipped: 0,
  drifted: 0,
  failed: 0,
  reverted: 0,
  kept_changed_since: 0,
  nothing_to_revert: 0,
};

/** The counts after these outcomes as well; the given counts stay as they are. */
export function addOutcomes(counts: RunCounts, outcomes: Iterable<ItemOutcome>): RunCounts {
  const next = { ...counts };
  for (const outcome of outcomes) next[outcome] += 1;
  return next;
}

/** Rows that are settled, whatever came of them. */
export function rowsDone(counts: RunCounts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/**
 * Whether so many failures have passed the threshold, a share of all the run's rows from 0 to 1. At 0 the first
 * failure passes it; at 1 nothing does. Failures that a person saw and resumed after are not among them.
 */
export function passesThreshold(failed: number, rowsTotal: number, threshold: number): boolean {
  return failed > 0 && rowsTotal > 0 && failed / rowsTotal > threshold;
}

/** Whether the end of the run is to be called `completed_with_failures`. Drifted rows are no failures: they were kept on purpose. */
export function hasFailures(counts: RunCounts): boolean {
  return counts.failed > 0;
}
