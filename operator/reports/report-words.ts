import type { ItemOutcome } from '../../shared/core/run-item.ts';
import type { RunKind } from '../../shared/core/run-kind.ts';
import type { RunState } from '../../shared/core/run-state.ts';

/** How an outcome is named and coloured. Colour is never the only sign: the word stands beside it. */
export type OutcomeWord = { readonly title: string; readonly tone: 'good' | 'same' | 'warn' | 'bad'; readonly sentence: string };

export const outcomeWords: Readonly<Record<ItemOutcome, OutcomeWord>> = {
  applied: { title: 'applied', tone: 'good', sentence: 'written as planned' },
  reverted: { title: 'reverted', tone: 'good', sentence: 'put back as before' },
  no_change: { title: 'no change', tone: 'same', sentence: 'as planned already' },
  nothing_to_revert: { title: 'nothing to revert', tone: 'same', sentence: 'with nothing to put back' },
  skipped: { title: 'skipped', tone: 'same', sentence: 'left out by the plan' },
  drifted: { title: 'drifted', tone: 'warn', sentence: 'changed since the plan was made, and not overwritten' },
  kept_changed_since: { title: 'kept', tone: 'warn', sentence: 'changed since the run, and kept' },
  failed: { title: 'failed', tone: 'bad', sentence: 'that could not be written' },
};

export const kindWords: Readonly<Record<RunKind, string>> = {
  dry_run: 'Dry run',
  test_run: 'Test run',
  execution: 'Execution',
  verification: 'Verification',
  rollback: 'Rollback',
};

export const stateWords: Readonly<Record<RunState, { readonly title: string; readonly tone: 'good' | 'same' | 'warn' | 'bad' }>> = {
  queued: { title: 'queued', tone: 'same' },
  running: { title: 'running', tone: 'same' },
  pausing: { title: 'pausing', tone: 'warn' },
  paused: { title: 'paused', tone: 'warn' },
  stopping: { title: 'stopping', tone: 'warn' },
  stopped: { title: 'stopped', tone: 'warn' },
  halted: { title: 'halted by its failure limit', tone: 'bad' },
  completed: { title: 'completed', tone: 'good' },
  completed_with_failures: { title: 'completed with failures', tone: 'bad' },
  failed: { title: 'failed', tone: 'bad' },
};
