import { assertNever } from './assert-never.ts';
import type { RunCounts } from './run-counts.ts';
import type { RunState } from './run-state.ts';

/** How every command of `drydock` and `drydock-server` ends; documented in their help and relied on by scripts. */
export const exitCodes = {
  /** Done; warnings and rows that needed nothing included. */
  done: 0,
  /** Failed, a refused file, or a verification that did not hold. */
  failed: 1,
  /** Done, and rows were left out: rejects, duplicates, blocked, skipped, drifted or failed ones. */
  rowsLeftOut: 2,
  /** A gate, a policy or the person said no; of a run that stands paused, nothing more is written until it is resumed. */
  refused: 3,
  /** The command was not used as it is meant to be. */
  usage: 64,
  /** Ended by Ctrl-C. A run goes on without us. */
  interrupted: 130,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** How a command that waited for a run ends. A run that somebody or the flag holds is not done, and not broken either. */
export function exitCodeOfRun(state: RunState, counts: RunCounts): ExitCode {
  switch (state) {
    case 'completed':
    case 'completed_with_failures':
      return counts.skipped + counts.drifted + counts.failed + counts.kept_changed_since > 0 || state === 'completed_with_failures' ? exitCodes.rowsLeftOut : exitCodes.done;
    case 'failed':
    case 'halted':
    case 'stopped':
      return exitCodes.failed;
    case 'pausing':
    case 'paused':
      return exitCodes.refused;
    case 'queued':
    case 'running':
    case 'stopping':
      return exitCodes.done;
    default:
      return assertNever(state);
  }
}
