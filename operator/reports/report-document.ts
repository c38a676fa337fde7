import { z } from 'zod';
import { approvalSchema } from '../../shared/contract/admin/approvals.ts';
import { environmentKindSchema } from '../../shared/contract/admin/session.ts';
import { testMemberSchema } from '../../shared/contract/admin/test-run.ts';
import { reportGateSchema } from './report-gates.ts';
import { planRowSchema } from '../../shared/core/plan-row.ts';
import { planSummarySchema } from '../../shared/core/plan-summary.ts';
import { runCountsSchema } from '../../shared/core/run-counts.ts';
import { runItemSchema } from '../../shared/core/run-item.ts';
import { runKindSchema } from '../../shared/core/run-kind.ts';
import { runStateSchema } from '../../shared/core/run-state.ts';
import { adoptionSchema } from '../../shared/contract/admin/members.ts';
import { rollbackCountsSchema } from '../../shared/contract/admin/rollback.ts';
import { canonicalJson } from '../../shared/core/canonical-json.ts';

/** Everything in `report.json` but its items (A5). What was not done or is not known is said, as null or in `left_out`. */
export const reportHeaderSchema = z.strictObject({
  report_version: z.literal(1),
  redacted: z.boolean(),
  /** Of a report that was made while the server could not be asked: when it last was. What stands here is as of that moment. */
  as_of: z.iso.datetime().optional(),
  made: z.strictObject({
    by: z.string(),
    key_fingerprint: z.string(),
    /** The operator's own clock, and the server's when it issued the receipt. */
    operator_clock: z.iso.datetime(),
    server_clock: z.iso.datetime(),
    drydock_version: z.string(),
  }),
  environment: z.strictObject({ id: z.string(), name: z.string(), kind: environmentKindSchema }),
  migration: z.strictObject({ id: z.string(), title: z.string(), playbook: z.string().nullable(), playbook_version: z.string().nullable() }),
  run: z.strictObject({
    run_id: z.string(),
    kind: runKindSchema,
    state: runStateSchema,
    message: z.string().nullable(),
    requested_by: z.string(),
    stage_percent: z.number().nullable(),
    rows_total: z.int(),
    rows_done: z.int(),
    preceding_dry_run: z.string().nullable(),
    created_at: z.iso.datetime(),
    started_at: z.iso.datetime().nullable(),
    ended_at: z.iso.datetime().nullable(),
  }),
  /** The digest is what the operator stated; the server never saw the file. */
  source: z.strictObject({
    file: z.string().nullable(),
    sha256: z.string().nullable(),
    rows: z.int().nullable(),
    accepted: z.int().nullable(),
    rejected: z.int().nullable(),
    duplicates: z.int().nullable(),
  }),
  cohort: z.string().nullable(),
  plan: z.strictObject({ plan_hash: z.string(), summary: planSummarySchema.nullable() }).nullable(),
  gates: z.array(reportGateSchema),
  test_run: z
    .strictObject({ run_id: z.string(), passed: z.boolean(), restored: z.boolean(), members: z.array(testMemberSchema) })
    .nullable(),
  approvals: z.array(approvalSchema),
  counts: runCountsSchema,
  /** The run that read back what was written; null where nobody asked for one. */
  verification: z.strictObject({ run_id: z.string(), state: runStateSchema, counts: runCountsSchema }).nullable(),
  /** Of a rollback's report alone: whom it was for, which preview it carried out, and whose work it put back. */
  rollback: z
    .strictObject({
      rollback_hash: z.string().nullable(),
      whom: z.enum(['all', 'some']).nullable(),
      people: z.int().nullable(),
      /** The first of those who were named. */
      emails: z.array(z.string()),
      previewed: rollbackCountsSchema.nullable(),
      undid: z.array(z.strictObject({ run_id: z.string(), kind: runKindSchema, created_at: z.iso.datetime() })),
    })
    .optional(),
  /** Of a verification's report alone: which run was read back, and how much of it. */
  verified: z
    .strictObject({
      run_id: z.string().nullable(),
      kind: runKindSchema.nullable(),
      rows_written: z.int().nullable(),
      sample: z.strictObject({ size: z.int(), seed: z.union([z.int(), z.string()]) }).nullable(),
    })
    .optional(),
  /** How far the migration's people had come when the report was made, whichever run had prepared them. */
  adoption: adoptionSchema.pick({ counts: true, series: true }).optional(),
  journal: z.strictObject({ journal_id: z.string(), head: z.strictObject({ seq: z.int(), hash: z.string() }).nullable(), entries: z.int() }),
  /** Files or facts that are not here, and why. */
  left_out: z.array(z.string()),
});
export type ReportHeader = z.infer<typeof reportHeaderSchema>;

/** More than every gate, approval and sentence of a report together; a file without items must not fill the memory. */
const LONGEST_OPENING = 16 * 1024 * 1024;
const ITEMS_OPEN = ',\n  "items": [';
const ITEMS_CLOSE = '\n  ]\n}\n';

/** The text before the items. Items follow, each in its canonical form and on a line of its own, as the receipt's hash covers it, so that a million of them can be written and read back as they stream. */
export function reportOpening(header: ReportHeader): string {
  return JSON.stringify(reportHeaderSchema.parse(header), undefined, 2).replace(/\n\}$/, '') + ITEMS_OPEN;
}

/** Ends the items and opens the rows of the plan, which follow only in the report of a dry run: what would change. */
export const reportPlanRowsOpening = '\n  ],\n  "plan_rows": [';

export const reportClosing: string = ITEMS_CLOSE;

export type ReadReport = { readonly header: ReportHeader; readonly items: number };

const NOT_AS_WRITTEN = 'report.json is not laid out as Drydock writes it.';

/**
 * Reads a `report.json` line by line, giving each item's canonical text to `onItem`. Strict: it must be laid out as it
 * is written here, so that no second reading of it says something else.
 * Throws `RangeError` with what is wrong.
 */
export async function readReportDocument(lines: AsyncIterable<string>, onItem: (canonical: string) => void): Promise<ReadReport> {
  const opening: string[] = [];
  let place: 'opening' | 'items' | 'after_items' | 'plan_rows' | 'closing' | 'end' = 'opening';
  let items = 0;
  let planRows = 0;
  let isCommaDue = false;
  let openingLength = 0;
  for await (const line of lines) {
    const isListEnd: boolean = line === '  ]' || (line === '  ],' && place === 'items');
    if (place === 'opening') {
      if (line === '  "items": [') place = 'items';
      else opening.push(line);
      openingLength += line.length + 1;
      if (openingLength > LONGEST_OPENING) throw new RangeError(NOT_AS_WRITTEN);
    } else if ((place === 'items' || place === 'plan_rows') && !isListEnd) {
      const before: number = place === 'items' ? items : planRows;
      if (before > 0 && !isCommaDue) throw new RangeError(NOT_AS_WRITTEN);
      isCommaDue = line.endsWith(',');
      const text = isCommaDue ? line.slice(0, -1) : line;
      if (place === 'items') {
        if (canonicalJson(runItemSchema.parse(JSON.parse(text))) !== text) throw new RangeError('An item of report.json is not in canonical form.');
        onItem(text);
        items += 1;
      } else {
        if (canonicalJson(planRowSchema.parse(JSON.parse(text))) !== text) throw new RangeError('A plan row of report.json is not in canonical form.');
        planRows += 1;
      }
    } else if (isListEnd) {
      if (isCommaDue) throw new RangeError(NOT_AS_WRITTEN);
      place = line === '  ],' ? 'after_items' : 'closing';
    } else if (place === 'after_items' && line === '  "plan_rows": [') place = 'plan_rows';
    else if (place === 'closing' && line === '}') place = 'end';
    else throw new RangeError(NOT_AS_WRITTEN);
  }
  if (place !== 'end') throw new RangeError(NOT_AS_WRITTEN);
  const text = `${opening.join('\n').replace(/,$/, '')}\n}`;
  const header = reportHeaderSchema.parse(JSON.parse(text));
  if (JSON.stringify(header, undefined, 2) !== text) throw new RangeError(NOT_AS_WRITTEN);
  if (planRows > 0 && header.run.kind !== 'dry_run') throw new RangeError('Only a dry run has plan rows in report.json.');
  return { header, items };
}
