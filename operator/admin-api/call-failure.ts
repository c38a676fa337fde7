import type { Problem } from '../../shared/contract/admin/problem.ts';
import { OperatorError } from '../../shared/contract/operator/reply.ts';
import { assertNever } from '../../shared/core/assert-never.ts';
import { problem } from '../problems.ts';
import { certificateProblem } from './certificate-trouble.ts';

/** How a call ended when it gave no answer of its form. */
export type CallFailure =
  /** The server said no, in its own words: nothing was done. */
  | { readonly kind: 'refused'; readonly status: number; readonly problem: Problem }
  /** No connection was made, at any attempt: nothing was done. `code` is the system's, such as `ECONNREFUSED`. */
  | { readonly kind: 'not_sent'; readonly code: string }
  /** It was sent, and what came of it is not known: only asking again with the same key tells. */
  | { readonly kind: 'unknown_outcome'; readonly why: UnknownWhy; readonly problem: Problem | undefined }
  /** Something answered that is no Drydock admin API. */
  | { readonly kind: 'not_understood'; readonly status: number };

export type UnknownWhy = 'no_answer' | 'timed_out' | 'server_failed' | 'answer_not_of_the_form' | 'answer_too_large';

/** The one error that leaves the client. It carries neither token nor body nor address. */
export class AdminCallError extends Error {
  override readonly name = 'AdminCallError';
  readonly call: string;
  readonly failure: CallFailure;

  constructor(call: string, failure: CallFailure) {
    super(`${call}: ${failure.kind}`);
    this.call = call;
    this.failure = failure;
  }
}

/** The failure in the operator's words. `isWriting` says whether something may have been changed. */
export function operatorErrorOf(failure: CallFailure, isWriting: boolean): OperatorError {
  switch (failure.kind) {
    case 'refused':
      return ofProblem(failure.problem);
    case 'not_sent':
      return certificateProblem(failure.code) ?? problem('unreachable', 'The environment cannot be reached', `Nothing was sent (${failure.code}). Check the address and the network, then try again.`);
    case 'not_understood':
      return notAnAdminApi(`It answered with status ${failure.status} in a form that is not known.`);
    case 'unknown_outcome':
      if (failure.why === 'answer_not_of_the_form' && !isWriting) return notAnAdminApi('Its answer is not of the form it must have.');
      return unknownOutcome(failure.why, failure.problem?.request_id ?? null, isWriting);
    default:
      return assertNever(failure);
  }
}

function notAnAdminApi(why: string): OperatorError {
  return new OperatorError({ code: 'not_an_admin_api', title: 'What answered there is no Drydock admin API', detail: `${why} Check the address, and any proxy in between.`, request_id: null });
}

function ofProblem(problem: Problem): OperatorError {
  return new OperatorError({
    code: problem.code,
    title: problem.title,
    detail: problem.detail,
    request_id: problem.request_id,
    ...(problem.errors === undefined ? {} : { errors: problem.errors }),
    ...(problem.rows === undefined ? {} : { rows: problem.rows }),
  });
}

const whyInWords: Readonly<Record<UnknownWhy, string>> = {
  no_answer: 'The connection ended before the answer came.',
  timed_out: 'The answer did not come in time.',
  server_failed: 'The server failed.',
  answer_not_of_the_form: 'The answer was not of the form it must have.',
  answer_too_large: 'The answer was larger than is taken.',
};

function unknownOutcome(why: UnknownWhy, requestId: string | null, isWriting: boolean): OperatorError {
  return new OperatorError({
    code: isWriting ? 'outcome_unknown' : 'no_answer',
    title: isWriting ? 'Whether this took effect is not known' : 'The environment did not answer',
    detail: isWriting
      ? `${whyInWords[why]} It stands in the journal as open: Drydock asks again with the same key before anything else is sent, so nothing is done twice.`
      : `${whyInWords[why]} Try again.`,
    request_id: requestId,
  });
}
