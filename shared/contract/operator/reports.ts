import { z } from 'zod';
import { command, query } from './procedure.ts';

/** One check of a report, in plain words. */
export const reportCheckSchema = z.strictObject({
  name: z.string(),
  title: z.string(),
  verdict: z.enum(['passed', 'failed', 'not_checked']),
  detail: z.string(),
  /** What it means and what to do; null where it passed. */
  advice: z.string().nullable(),
  /** What it was judged by: the report alone, or who may sign as the server says, once said, was pinned, or a file says. Null: by nothing. */
  basis: z.enum(['report', 'server', 'remembered', 'pinned', 'file']).nullable(),
});

export const reportVerdictSchema = z.strictObject({
  folder_name: z.string(),
  /** `incomplete`: no check failed, but not every one could be made. It is not shown to hold. */
  verdict: z.enum(['passed', 'failed', 'incomplete']),
  run_id: z.string().nullable(),
  signed_by: z.string().nullable(),
  checks: z.array(reportCheckSchema),
});
export type ReportVerdict = z.infer<typeof reportVerdictSchema>;

export const exportedReportSchema = z.strictObject({
  report_id: z.string(),
  run_id: z.string(),
  /** Where it lies, to be shown to the person. */
  folder: z.string(),
  zip: z.string().nullable(),
  files: z.array(z.strictObject({ name: z.string(), bytes: z.int() })),
  redacted: z.boolean(),
  exported_at: z.string(),
  /** What could not be put in and why, e.g. the PDF. */
  left_out: z.array(z.string()),
  /** Only where the server could not be asked: what the report tells is as of this moment. */
  as_of: z.string().optional(),
});
export type ExportedReport = z.infer<typeof exportedReportSchema>;

export const reportProcedures = {
  /** Without a folder handle it goes to the reports folder under the app's own. Refuses a folder that is there already. */
  'reports.export': command(z.strictObject({ run_id: z.string(), redact: z.boolean().optional(), folder_handle: z.string().optional() }), exportedReportSchema),
  'reports.list': query(z.strictObject({}), z.strictObject({ items: z.array(exportedReportSchema) })),
  /** Checks an exported report, or a folder or zip given by handle. Signers come from the server or a file, never from the bundle. */
  'reports.verify': query(z.strictObject({ report_id: z.string().optional(), handle: z.string().optional(), signers_handle: z.string().optional() }), reportVerdictSchema),
  /** The readable form, for preview in the window. */
  'reports.getHtml': query(z.strictObject({ report_id: z.string() }), z.strictObject({ html: z.string() })),
  'reports.download': command(z.strictObject({ report_id: z.string() }), z.strictObject({ download_id: z.string() })),
  /** `allowed_signers` lines, the asker's first, without revoked keys. `seen_at`: when the server said so, where it cannot be asked now. */
  'reports.getSigners': query(z.strictObject({}), z.strictObject({ lines: z.array(z.string()), seen_at: z.string().nullable() })),
} as const;
