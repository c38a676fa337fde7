import type { OperatorProblem } from '../shared/contract/operator/reply.ts';
import { type ExitCode, exitCodes } from '../shared/core/exit-code.ts';
import { gateRefusals, isProblemCode } from '../shared/core/problem-codes.ts';

export { type ExitCode, exitCodeOfRun, exitCodes } from '../shared/core/exit-code.ts';

/** Refusals of the operator itself that are a gate's or a policy's, not a failure; and a person's no. */
const OPERATOR_REFUSALS: ReadonlySet<string> = new Set(['environment_changed', 'confirmation_required', 'not_confirmed', 'not_practice', 'journal_forked', 'journal_latched', 'journal_intent_open', 'files_open_elsewhere']);

/** How a command that met this problem ends. */
export function exitCodeOf(problem: OperatorProblem): ExitCode {
  if (problem.code === 'usage') return exitCodes.usage;
  const isGate = isProblemCode(problem.code) && gateRefusals.has(problem.code);
  return isGate || OPERATOR_REFUSALS.has(problem.code) ? exitCodes.refused : exitCodes.failed;
}
