import { OperatorError, type OperatorProblem } from '../shared/contract/operator/reply.ts';

/** A refusal in the person's words: what happened and what did not, then what to do. No server was asked. */
export function problem(code: string, title: string, detail: string): OperatorError {
  return new OperatorError({ code, title, detail, request_id: null });
}

/** The problem that a thrown value carries; undefined for a fault of our own, whose text never leaves the operator. */
export function problemOf(thrown: unknown): OperatorProblem | undefined {
  return thrown instanceof OperatorError ? thrown.problem : undefined;
}
