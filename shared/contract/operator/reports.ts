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
  /** When the server issued the receipt, as that says: the moment that the keys are judged at. Null where it cannot be read. */
  issued_at: z.string().nullable(),
  checks: z.array(reportCheckSchema),
});
export type ReportVerdict = z.infer<typeof reportVerdictSchema>;

/** A verdict that was just given. `kept`: the list of reports will remember it. */
const verifiedReportSchema = reportVerdictSchema.extend({ verified_at: z.string(), kept: z.boolean() });
export type VerifiedReport = z.infer<typeof verifiedReportSchema>;

/** What the last verification of a report came to. */
export const verificationOfReportSchema = reportVerdictSchema.pick({ verdict: true, signed_by: true }).extend({ verified_at: z.string() });
export type VerificationOfReport = z.infer<typeof verificationOfReportSchema>;

/** A report from elsewhere that was verified here. Nothing of it is kept but this. */
export const broughtReportSchema = verificationOfReportSchema.extend({ name: z.string(), run_id: z.string().nullable() });
export type BroughtReport = z.infer<typeof broughtReportSchema>;

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

/** Null: it was never verified here. */
const listedReportSchema = exportedReportSchema.extend({ verification: verificationOfReportSchema.nullable() });
export type ListedReport = z.infer<typeof listedReportSchema>;

/** More than any report has; a folder that was dropped comes as its files. */
const DROPPED_FILES_MAX = 64;

export const reportProcedures = {
  /** Without a folder handle it goes to the reports folder under the app's own. Refuses a folder that is there already. */
  'reports.export': command(z.strictObject({ run_id: z.string(), redact: z.boolean().optional(), folder_handle: z.string().optional() }), exportedReportSchema),
  /** Reports that were exported here, and those from elsewhere that were verified here, newest first. */
  'reports.list': query(z.strictObject({}), z.strictObject({ items: z.array(listedReportSchema), brought: z.array(broughtReportSchema) })),
  /** Checks an exported report, or a folder or zip given by handle, or the files of a folder with its name. Signers come from the server or a file, never from the bundle. */
  'reports.verify': command(
    z.strictObject({ report_id: z.string().optional(), handle: z.string().optional(), file_handles: z.array(z.string()).min(1).max(DROPPED_FILES_MAX).optional(), folder_name: z.string().max(255).optional(), signers_handle: z.string().optional() }),
    verifiedReportSchema,
  ),
  /** The readable form, for preview in the window. */
  'reports.getHtml': query(z.strictObject({ report_id: z.string() }), z.strictObject({ html: z.string() })),
  'reports.download': command(z.strictObject({ report_id: z.string() }), z.strictObject({ download_id: z.string() })),
  /** `allowed_signers` lines, the asker's first, without revoked keys. `seen_at`: when the server said so, where it cannot be asked now. */
  'reports.getSigners': query(z.strictObject({}), z.strictObject({ lines: z.array(z.string()), seen_at: z.string().nullable() })),
} as const;
