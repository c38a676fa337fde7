import { z } from 'zod';
import { gateSchema } from './gates.ts';
import { planSummarySchema } from './plan-summary.ts';
import { runCountsSchema } from './run-counts.ts';
import { runItemSchema } from './run-item.ts';
import { runKindSchema } from './run-kind.ts';
import { runStateSchema } from './run-state.ts';

const timeSchema = z.iso.datetime();
const hashSchema = z.string().regex(/^[0-9a-f]{64}$/);

/** A moment by both clocks: the server's, which decides, and the operator's machine, which may be off. */
export const bothClocksSchema = z.object({ server: timeSchema.nullable(), operator: timeSchema.nullable() });

export const reportApprovalSchema = z.object({
  sub: z.string(),
  decision: z.enum(['approve', 'reject']),
  comment: z.string(),
  decided_at: timeSchema,
  state: z.enum(['valid', 'expired', 'spent', 'closed']),
});

export const reportVerificationSchema = z.object({
  run_id: z.string(),
  sample: z.object({ size: z.int(), seed: z.string() }).nullable(),
  compared: z.int(),
  differences: z.int(),
  ended_at: timeSchema,
});

/** All of `report.json` but its items, which are written one by one so that a large run fits into memory. */
export const reportHeadSchema = z.object({
  report_version: z.literal(1),
  run_id: z.string(),
  kind: runKindSchema,
  state: runStateSchema,
  migration: z.string(),
  playbook: z.object({ id: z.string(), version: z.string() }),
  environment: z.object({ id: z.string(), name: z.string(), kind: z.string() }),
  /** Who ran it, and who wrote the report. */
  requested_by: z.string(),
  exported_by: z.string(),
  started_at: bothClocksSchema,
  ended_at: bothClocksSchema,
  exported_at: bothClocksSchema,
  /** The digest is what the operator stated; the server has only the cohort. */
  source: z.object({ file: z.string(), sha256: hashSchema, rows: z.int().nullable(), rejected: z.int().nullable(), duplicates: z.int().nullable() }).nullable(),
  cohort: hashSchema.nullable(),
  plan: z.object({ plan_hash: hashSchema, summary: planSummarySchema, planned_at: timeSchema.nullable() }).nullable(),
  /** Passed and not passed alike: a report says what was not done. */
  gates: z.array(gateSchema),
  approvals: z.array(reportApprovalSchema),
  counts: runCountsSchema,
  verification: reportVerificationSchema.nullable(),
  journal_head: z.object({ seq: z.int(), hash: hashSchema }).nullable(),
  redacted: z.boolean(),
  /** What could not be put in, and why. */
  left_out: z.array(z.string()),
});
export type ReportHead = z.infer<typeof reportHeadSchema>;

export const reportSchema = reportHeadSchema.extend({ items: z.array(runItemSchema) });
export type Report = z.infer<typeof reportSchema>;
