import type { ItemOutcome } from '../../shared/core/run-item.ts';
import type { PlanAction } from '../../shared/core/plan-row.ts';
import type { RunKind } from '../../shared/core/run-kind.ts';
import type { RunState } from '../../shared/core/run-state.ts';

/** How an outcome is named and coloured. Colour is never the only sign: the word stands beside it. */
export type OutcomeWord = { readonly title: string; readonly tone: 'good' | 'blue' | 'same' | 'warn' | 'bad'; readonly sentence: string };

const outcomeWords: Readonly<Record<ItemOutcome, OutcomeWord>> = {
  applied: { title: 'applied', tone: 'good', sentence: 'written as planned' },
  reverted: { title: 'reverted', tone: 'good', sentence: 'put back as before' },
  no_change: { title: 'no change', tone: 'same', sentence: 'as planned already' },
  nothing_to_revert: { title: 'nothing to revert', tone: 'same', sentence: 'with nothing to put back' },
  skipped: { title: 'skipped', tone: 'same', sentence: 'left out by the plan' },
  drifted: { title: 'drifted', tone: 'warn', sentence: 'changed since the plan was made, and not overwritten' },
  kept_changed_since: { title: 'kept', tone: 'warn', sentence: 'changed since the run, and kept' },
  failed: { title: 'failed', tone: 'bad', sentence: 'that could not be written' },
};

/** A verification writes nothing: the same outcomes say there what was found. */
const foundWords: Readonly<Partial<Record<ItemOutcome, OutcomeWord>>> = {
  no_change: { title: 'as written', tone: 'good', sentence: 'still as the run left it, or completed by its customer since' },
  drifted: { title: 'different', tone: 'warn', sentence: 'that is not as the run left it' },
};

/** How a row's outcome is named in the report of a run of that kind. */
export function outcomeWord(kind: RunKind, outcome: ItemOutcome): OutcomeWord {
  return (kind === 'verification' ? foundWords[outcome] : undefined) ?? outcomeWords[outcome];
}

/** What stands beside a row that the run did not settle. */
export function withoutOutcome(kind: RunKind, stagePercent: number | null): string {
  if (kind === 'dry_run') return 'planned';
  return stagePercent === null || stagePercent === 100 ? 'not done' : 'not in this run';
}

export const actionTones: Readonly<Record<PlanAction, OutcomeWord['tone']>> = { UPDATE_EXISTING: 'good', CREATE_NEW: 'blue', NO_CHANGE: 'same', COMPLETE: 'same', SKIP: 'same', BLOCKED: 'bad' };

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
