import { z } from 'zod';
import { command, query } from './procedure.ts';

/** A file as it was checked, without its rows: those come by page. */
export const checkSummarySchema = z.strictObject({
  source_id: z.string(),
  file: z.string(),
  sha256: z.string(),
  bytes: z.int(),
  encoding: z.string().nullable(),
  delimiter: z.string().nullable(),
  /** Field of the record -> header of the file. */
  columns: z.record(z.string(), z.string()),
  ignored_columns: z.array(z.string()),
  /** All headers in file order, with up to three values of each, for the mapping. */
  headers: z.array(z.strictObject({ header: z.string(), samples: z.array(z.string()) })),
  rows: z.int(),
  accepted: z.int(),
  blank: z.int(),
  rejected_count: z.int(),
  duplicate_count: z.int(),
  warning_count: z.int(),
  cohort: z.string().nullable(),
  file_error: z.strictObject({ code: z.string(), line: z.int().nullable(), detail: z.string() }).nullable(),
});
export type CheckSummary = z.infer<typeof checkSummarySchema>;

export const rejectedSchema = z.strictObject({ line: z.int(), row: z.int(), field: z.string().nullable(), code: z.string(), masked: z.string() });
export const duplicateSchema = z.strictObject({ line: z.int(), row: z.int(), kept_line: z.int(), conflicting: z.boolean() });
export const warningSchema = z.strictObject({ line: z.int(), row: z.int(), field: z.string().nullable(), code: z.string() });

/** The lists of what does not go on, and of what looks risky. */
export const leftOutListSchema = z.enum(['rejected', 'duplicates', 'warnings']);
export type LeftOutList = z.infer<typeof leftOutListSchema>;

/** Which rows of such a list are looked at, and in which order. A list that has no such column stays in file order. */
export const leftOutViewShape = {
  /** The reason. Of duplicates: `conflicting` or `same`. */
  code: z.string().max(64).optional(),
  field: z.string().max(64).optional(),
  q: z.string().max(256).optional(),
  sort: z.enum(['line', 'field', 'value', 'reason', 'remedy', 'kept_line', 'code']).optional(),
  descending: z.boolean().optional(),
};

const page = z.strictObject({ source_id: z.string(), offset: z.int().min(0), limit: z.int().min(1).max(1000), lane: z.string().max(32).optional(), ...leftOutViewShape });
const countedSchema = z.array(z.strictObject({ value: z.string(), count: z.int() }));
const pageOf = <Item extends z.ZodType>(item: Item) => z.strictObject({ items: z.array(item), total: z.int() });

export const sourceProcedures = {
  /** The sample file that ships with Drydock, as a handle like any other file. */
  'sources.openSample': command(z.strictObject({ playbook: z.string() }), z.strictObject({ handle: z.string(), file_name: z.string() })),
  /** Parses and validates. Resolves when done, with `file_error` set for a refused file. */
  'sources.check': command(
    z.strictObject({
      /** From an upload, a dialog, a drop or the command line; never a path from the window. */
      handle: z.string(),
      playbook: z.string(),
      encoding: z.string().max(32).optional(),
      delimiter: z.string().max(3).optional(),
      /** Field -> header, where detection by name is not enough. */
      mapping: z.record(z.string(), z.string()).optional(),
    }),
    checkSummarySchema,
  ),
  'sources.getProgress': query(z.strictObject({ handle: z.string() }), z.strictObject({ bytes_read: z.int(), bytes_total: z.int() })),
  'sources.listRejected': query(page, pageOf(rejectedSchema)),
  'sources.listDuplicates': query(page, pageOf(duplicateSchema)),
  'sources.listWarnings': query(page, pageOf(warningSchema)),
  /** What a list can be narrowed to, with the number of its rows. */
  'sources.countLeftOut': query(z.strictObject({ source_id: z.string(), list: leftOutListSchema }), z.strictObject({ codes: countedSchema, fields: countedSchema })),
  /** A CSV of everything that was not accepted, safe to open in a spreadsheet. */
  'sources.exportRejects': command(z.strictObject({ source_id: z.string() }), z.strictObject({ download_id: z.string() })),
} as const;
