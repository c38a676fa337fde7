import { z } from 'zod';
import { runCountsSchema } from '../../core/run-counts.ts';
import { runItemSchema } from '../../core/run-item.ts';
import { runKindSchema } from '../../core/run-kind.ts';
import { runStateSchema } from '../../core/run-state.ts';
import { endpoint } from './endpoint.ts';
import { cursorSchema, emailTextSchema, emptyBody, hashSchema, idSchema, limitTextSchema, listSchema, migrationParams, noBody, noParams, noQuery, runParams, timeSchema, waitTextSchema } from './wire.ts';

export const execute = endpoint({
  name: 'execute',
  method: 'POST',
  path: '/admin/migration/{id}/execute',
  summary: 'Execute an approved plan, whole or a stage of it, or its failed rows again. Plans again first; what changed is reported, not overwritten.',
  access: 'migration:write',
  flagGated: true,
  params: migrationParams,
  query: noQuery,
  body: z.strictObject({
    plan_hash: hashSchema,
    stage: z.strictObject({ percent: z.number().gt(0).max(100) }).optional(),
    acknowledged: z.array(emailTextSchema).max(1_000_000).optional(),
    rows_per_second: z.number().gt(0).max(100_000).optional(),
    /**
     * The share of the run's rows (of its stage, where it has one) that may fail, from 0 to 1; the run halts when more
     * have. At 0 the first failure halts it, at 1 nothing does; 0.05 when left out. After a halt and a resume only new failures count.
     */
    failure_threshold: z.number().min(0).max(1).optional(),
    /** A new run over just the rows whose latest outcome in this plan's executions is `failed`, behind every gate. */
    retry_failed: z.boolean().optional(),
  }),
  status: 202,
  reply: z.object({ run_id: idSchema }),
  problems: ['plan_not_found', 'plan_partial', 'cohort_not_bound', 'run_in_progress', 'test_run_required', 'test_users_not_restored', 'approval_required', 'acknowledgement_required', 'credential_unavailable', 'plan_stale'],
});

export const runSchema = z.object({
  run_id: idSchema,
  migration: z.string(),
  kind: runKindSchema,
  state: runStateSchema,
  plan_hash: hashSchema.nullable(),
  cohort: hashSchema.nullable(),
  source_file: z.string().nullable(),
  requested_by: z.string(),
  stage_percent: z.number().nullable(),
  counts: runCountsSchema,
  rows_total: z.int(),
  rows_done: z.int(),
  rows_per_second: z.number().nullable(),
  seconds_left: z.number().nullable(),
  /** Why it stands where it stands, in a sentence. */
  message: z.string().nullable(),
  /** For an execution: the dry run filed right before it. */
  preceding_dry_run: idSchema.nullable(),
  created_at: timeSchema,
  started_at: timeSchema.nullable(),
  ended_at: timeSchema.nullable(),
});
export type Run = z.infer<typeof runSchema>;

export const listRuns = endpoint({
  name: 'listRuns',
  method: 'GET',
  path: '/admin/runs',
  summary: 'Runs, newest first.',
  access: 'any-scope',
  flagGated: false,
  params: noParams,
  query: z.strictObject({ migration: idSchema.optional(), after: cursorSchema.optional(), limit: limitTextSchema.optional() }),
  body: noBody,
  status: 200,
  reply: listSchema(runSchema),
});

export const getRun = endpoint({
  name: 'getRun',
  method: 'GET',
  path: '/admin/runs/{run_id}',
  summary: 'State, counts by outcome, rate and time left of one run.',
  access: 'any-scope',
  flagGated: false,
  params: runParams,
  query: noQuery,
  body: noBody,
  status: 200,
  reply: runSchema,
});

export const listRunItems = endpoint({
  name: 'listRunItems',
  method: 'GET',
  path: '/admin/runs/{run_id}/items',
  summary: 'Outcomes in a gap-free sequence; `after` is a seq, `wait` holds the answer until there is more.',
  access: 'any-scope',
  flagGated: false,
  params: runParams,
  query: z.strictObject({ after: cursorSchema.optional(), limit: limitTextSchema.optional(), wait: waitTextSchema.optional() }),
  body: noBody,
  status: 200,
  /** `next_cursor` is null only when the run has ended and everything was given. */
  reply: listSchema(runItemSchema).extend({ state: runStateSchema }),
});

function runAction(name: 'pauseRun' | 'resumeRun' | 'stopRun', verb: 'pause' | 'resume' | 'stop', flagGated: boolean, summary: string) {
  return endpoint({
    name,
    method: 'POST',
    path: `/admin/runs/{run_id}/${verb}`,
    summary,
    access: 'migration:write',
    flagGated,
    params: runParams,
    query: noQuery,
    body: emptyBody,
    status: 202,
    reply: runSchema,
    problems: verb === 'resume' ? ['run_state_conflict', 'cohort_not_bound', 'approval_required', 'credential_unavailable', 'plan_stale'] : ['run_state_conflict'],
  });
}

export const pauseRun = runAction('pauseRun', 'pause', false, 'Ask a run to pause after its batch.');
export const resumeRun = runAction('resumeRun', 'resume', true, 'Go on with a paused or halted run.');
export const stopRun = runAction('stopRun', 'stop', false, 'End a run after its batch; what is done stays done.');

export const getReceipt = endpoint({
  name: 'getReceipt',
  method: 'GET',
  path: '/admin/runs/{run_id}/receipt',
  summary: "The server's own signed statement of a run: the JSON text that was signed, and its SSHSIG.",
  access: 'any-scope',
  flagGated: false,
  params: runParams,
  query: noQuery,
  body: noBody,
  status: 200,
  /** `receipt` is the exact text that was signed, so that nobody has to serialise JSON again to check it. */
  reply: z.object({
    receipt: z.string(),
    signature: z.string(),
    /** Base64. The run's own key, under which a redacted report replaces personal data and the receipt's redacted hash is made. */
    redaction_key: z.string(),
  }),
  problems: ['receipt_not_ready'],
});

/** What stands in the receipt's text. */
export const receiptSchema = z.object({
  receipt_version: z.literal(1),
  environment: z.object({ id: z.string(), name: z.string(), kind: z.string() }),
  run_id: idSchema,
  migration: z.string(),
  kind: runKindSchema,
  state: runStateSchema,
  requested_by: z.string(),
  approved_by: z.array(z.string()),
  plan_hash: hashSchema.nullable(),
  cohort: hashSchema.nullable(),
  counts: runCountsSchema,
  items: z.int(),
  /** SHA-256 of the items in order, one canonical JSON line each, ended by LF. */
  items_sha256: hashSchema,
  /** The same of the items without personal data. The receipt itself holds none, so that it stands in both kinds of report. */
  redacted_items_sha256: hashSchema,
  /** The newest anchored head of the requester's journal. */
  journal_head: z.object({ journal_id: idSchema, seq: z.int(), hash: hashSchema }).nullable(),
  issued_at: timeSchema,
});
export type Receipt = z.infer<typeof receiptSchema>;



