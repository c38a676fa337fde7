import { z } from 'zod';

/** An error as the window and the command line show it: what happened, what did not, what to do. Never a stack trace. */
export const operatorProblemSchema = z.strictObject({
  code: z.string(),
  title: z.string(),
  detail: z.string(),
  /** The server's id of the refused request; null where no server was asked. */
  request_id: z.string().nullable(),
  errors: z.array(z.strictObject({ path: z.string(), message: z.string() })).optional(),
  rows: z.array(z.strictObject({ row: z.int(), email: z.string() })).optional(),
});
export type OperatorProblem = z.infer<typeof operatorProblemSchema>;

/** The envelope of every reply, over every transport. */
export const replySchema = z.discriminatedUnion('ok', [
  z.strictObject({ ok: z.literal(true), value: z.unknown() }),
  z.strictObject({ ok: z.literal(false), problem: operatorProblemSchema }),
]);
export type Reply = z.infer<typeof replySchema>;

/** Thrown by handlers for what the person must be told, and by the client when the reply says so. */
export class OperatorError extends Error {
  override readonly name = 'OperatorError';
  readonly problem: OperatorProblem;

  constructor(problem: OperatorProblem) {
    super(`${problem.code}: ${problem.title}`);
    this.problem = problem;
  }
}
