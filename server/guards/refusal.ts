import { problemWordings, type ProblemCode } from '../../shared/core/problem-codes.ts';
import type { Problem } from '../../shared/contract/admin/problem.ts';

/** What a problem may say beyond its code: the particulars of this case, never values that were sent as secrets. */
export type RefusalParticulars = {
  /** What is so in this case, in a sentence; the code's own remedy follows it. */
  readonly because?: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
  readonly rows?: readonly { readonly row: number; readonly email: string }[];
  readonly runId?: string;
  readonly retryAfterSeconds?: number;
};

/** Thrown by guards and handlers to refuse a call. It becomes a problem document (RFC 9457) and an audit entry. */
export class Refusal extends Error {
  readonly code: ProblemCode;
  readonly particulars: RefusalParticulars;

  constructor(code: ProblemCode, particulars: RefusalParticulars = {}) {
    super(code);
    this.name = 'Refusal';
    this.code = code;
    this.particulars = particulars;
  }

  get status(): number {
    return problemWordings[this.code].status;
  }
}

/** Every refused sign-in answers with the same bytes, so that accounts cannot be told apart; an id of its own would differ. */
const refusedAlike = 'sign-in';

/** The problem document of a refusal. Holds nothing but the code's own wording and the particulars given. */
export function problemOf(refusal: Refusal, requestId: string): Problem {
  const { status, title, remedy } = problemWordings[refusal.code];
  const { because, errors, rows, runId } = refusal.particulars;
  return {
    type: `urn:drydock:problem:${refusal.code}`,
    title,
    status,
    code: refusal.code,
    detail: because === undefined ? remedy : `${because} ${remedy}`,
    request_id: refusal.code === 'invalid_credentials' ? refusedAlike : requestId,
    ...(errors === undefined ? {} : { errors: [...errors] }),
    ...(rows === undefined ? {} : { rows: [...rows] }),
    ...(runId === undefined ? {} : { run_id: runId }),
  };
}
