import { z } from 'zod';
import { factsSchema } from './facts.ts';

/** What became of a row. The last three are a rollback's (A20). */
export const itemOutcomeSchema = z.enum([
  'applied',
  'no_change',
  'skipped',
  'drifted',
  'failed',
  'reverted',
  'kept_changed_since',
  'nothing_to_revert',
]);
export type ItemOutcome = z.infer<typeof itemOutcomeSchema>;

const common = {
  /** Place in the run, from 1, without gaps. */
  seq: z.int().min(1),
  /** The plan row it settles. */
  row: z.int().min(1),
  email: z.string(),
  user_id: z.string().nullable(),
  /** The planned fields before the run touched them; null where nothing was touched. */
  before: factsSchema.nullable(),
  after: factsSchema.nullable(),
  /** In a sentence, where the outcome alone does not say it. */
  reason: z.string().optional(),
  at: z.iso.datetime(),
};

const planAndNow = {
  /** What the plan relied on. */
  planned: factsSchema,
  /** The same facts as they were found under lock. */
  now: factsSchema,
};

/** One row's outcome in a run. Items are only ever added: a `seq` once given says the same for ever. */
export const runItemSchema = z.discriminatedUnion('outcome', [
  z.object({ ...common, outcome: z.literal('applied') }),
  z.object({ ...common, outcome: z.literal('no_change') }),
  z.object({ ...common, outcome: z.literal('skipped') }),
  z.object({ ...common, outcome: z.literal('drifted'), ...planAndNow }),
  z.object({
    ...common,
    outcome: z.literal('failed'),
    code: z.string(),
    message: z.string(),
    field: z.string().nullable(),
  }),
  z.object({ ...common, outcome: z.literal('reverted') }),
  z.object({ ...common, outcome: z.literal('kept_changed_since'), ...planAndNow }),
  z.object({ ...common, outcome: z.literal('nothing_to_revert') }),
]);
export type RunItem = z.infer<typeof runItemSchema>;
export type ItemOf<Outcome extends ItemOutcome> = Extract<RunItem, { outcome: Outcome }>;
