import { z } from 'zod';

/** RFC 9457 problem details, the body of every error. `code` is stable; `detail` says what to do. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string().regex(/^[a-z][a-z0-9_]*$/),
  detail: z.string(),
  request_id: z.string(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  /** For `acknowledgement_required`: the name-only rows that nobody acknowledged. */
  rows: z.array(z.object({ row: z.int(), email: z.string() })).optional(),
  /** For `run_in_progress`: the run that is under way. */
  run_id: z.string().optional(),
});
export type Problem = z.infer<typeof problemSchema>;

export const problemMediaType = 'application/problem+json';
