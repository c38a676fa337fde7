import type { OperatorProblem } from '../shared/contract/operator/reply.ts';
import { gateRefusals, isProblemCode } from '../shared/core/problem-codes.ts';
import type { RunCounts } from '../shared/core/run-counts.ts';
import type { RunState } from '../shared/core/run-state.ts';
import { assertNever } from '../shared/core/assert-never.ts';

/** How every command ends; documented in its help and relied on by scripts. */
export const exitCodes = {
  /** Done; warnings and rows that needed nothing included. */
  done: 0,
  /** Failed, a refused file, or a verification that did not hold. */
  failed: 1,
  /** Done, and rows were left out: rejects, duplicates, blocked, skipped, drifted or failed ones. */
  rowsLeftOut: 2,
  /** A gate or a policy said no; nothing was written. */
  refused: 3,
  /** The command was not used as it is meant to be. */
  usage: 64,
  /** Ended by Ctrl-C. A run goes on without us. */
  interrupted: 130,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Refusals of the operator itself that are a gate's or a policy's, not a failure. */
const OPERATOR_REFUSALS: ReadonlySet<string> = new Set(['environment_changed', 'confirmation_required', 'not_practice', 'journal_forked', 'journal_latched']);

/** How a command that met this problem ends. */
export function exitCodeOf(problem: OperatorProblem): ExitCode {
  if (problem.code === 'usage') return exitCodes.usage;
  const isGate = isProblemCode(problem.code) && gateRefusals.has(problem.code);
  return isGate || OPERATOR_REFUSALS.has(problem.code) ? exitCodes.refused : exitCodes.failed;
}

/** How a command that waited for a run ends. */
export function exitCodeOfRun(state: RunState, counts: RunCounts): ExitCode {
  switch (state) {
    case 'completed':
    case 'completed_with_failures':
      return counts.skipped + counts.drifted + counts.failed + counts.kept_changed_since > 0 || state === 'completed_with_failures' ? exitCodes.rowsLeftOut : exitCodes.done;
    case 'failed':
    case 'halted':
    case 'stopped':
      return exitCodes.failed;
    case 'queued':
    case 'running':
    case 'pausing':
    case 'paused':
    case 'stopping':
      return exitCodes.done;
    default:
      return assertNever(state);
  }
}
