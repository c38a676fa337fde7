import { z } from 'zod';
import { memberStateSchema } from '../../core/member.ts';
import { planViewShape } from './plans.ts';
import { command } from './procedure.ts';
import { itemViewShape, runSelectionSchema, snapshotViewShape } from './runs.ts';
import { leftOutListSchema, leftOutViewShape } from './sources.ts';

/** What is on screen, filtered and ordered as it is there: all rows of it, not those that are in view. */
export const exportedViewSchema = z.discriminatedUnion('of', [
  z.strictObject({ of: z.literal('plan_rows'), migration: z.string(), plan_hash: z.string(), ...planViewShape }),
  z.strictObject({ of: z.literal('left_out'), source_id: z.string(), list: leftOutListSchema, ...leftOutViewShape }),
  z.strictObject({ of: z.literal('items'), run_id: z.string(), ...itemViewShape }),
  z.strictObject({ of: z.literal('snapshots'), run_id: z.string(), ...snapshotViewShape }),
  z.strictObject({ of: z.literal('members'), migration: z.string(), state: memberStateSchema.optional(), email: z.string().optional() }),
  z.strictObject({ of: z.literal('runs'), selection: runSelectionSchema }),
]);
export type ExportedView = z.infer<typeof exportedViewSchema>;

export const viewProcedures = {
  /** Writes a view as CSV, safe to open in a spreadsheet. `masked`: as it looks on a shared screen. */
  'views.export': command(z.strictObject({ view: exportedViewSchema, masked: z.boolean() }), z.strictObject({ download_id: z.string(), file_name: z.string(), rows: z.int() })),
} as const;
