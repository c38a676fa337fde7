import { z } from 'zod';
import { fileErrorCodeSchema, rejectCodeSchema, warningCodeSchema } from './check-codes.ts';

/** The fields of a cohort record that columns map to. */
export const cohortFields = ['full_name', 'email', 'stripe_customer_id', 'signup_date'] as const;
export const cohortFieldSchema = z.enum(cohortFields);
export type CohortField = z.infer<typeof cohortFieldSchema>;

const lineSchema = z.int().min(1);

/** A row left out: physical line (the header is normally 1), number among the data rows, one code. Whole values never appear. */
export const rejectedRowSchema = z.strictObject({
  line: lineSchema,
  row: lineSchema,
  field: cohortFieldSchema.nullable(),
  code: rejectCodeSchema,
  masked: z.string(),
});
export type RejectedRow = z.infer<typeof rejectedRowSchema>;

/** A later row with an address that was there before; `conflicting` when its other fields differ from the first one's. */
export const duplicateRowSchema = z.strictObject({ line: lineSchema, row: lineSchema, kept_line: lineSchema, conflicting: z.boolean() });
export type DuplicateRow = z.infer<typeof duplicateRowSchema>;

export const rowWarningSchema = z.strictObject({ line: lineSchema, row: lineSchema, field: cohortFieldSchema, code: warningCodeSchema });
export type RowWarning = z.infer<typeof rowWarningSchema>;

export const fileErrorSchema = z.strictObject({ code: fileErrorCodeSchema, line: lineSchema.nullable(), detail: z.string() });
export type FileError = z.infer<typeof fileErrorSchema>;

/** Everything about a checked file but its lists of rows, which can be as long as the file. */
export const checkSummarySchema = z.strictObject({
  file: z.string(),
  sha256: z.string().nullable(),
  bytes: z.int().min(0),
  encoding: z.string().nullable(),
  delimiter: z.string().nullable(),
  columns: z.partialRecord(cohortFieldSchema, z.string()),
  ignored_columns: z.array(z.string()),
  rows: z.int().min(0),
  accepted: z.int().min(0),
  blank: z.int().min(0),
  cohort: z.string().nullable(),
  file_error: fileErrorSchema.nullable(),
});
export type CheckSummary = z.infer<typeof checkSummarySchema>;

/** What `check --json` prints, whole. `rows` = `accepted` + rejected + duplicates; blank rows are no rows. */
export const checkDocumentSchema = z.strictObject({
  ...checkSummarySchema.shape,
  rejected: z.array(rejectedRowSchema),
  duplicates: z.array(duplicateRowSchema),
  warnings: z.array(rowWarningSchema),
});
export type CheckDocument = z.infer<typeof checkDocumentSchema>;
