import { z } from 'zod';
import { memberSchema } from '../../core/member.ts';
import { runItemSchema } from '../../core/run-item.ts';
import { adoptionSchema } from '../admin/members.ts';
import { runSchema } from '../admin/runs.ts';
import { command, query } from './procedure.ts';

const ofRun = z.strictObject({ run_id: z.string() });
const page = { offset: z.int().min(0), limit: z.int().min(1).max(1000) };

/** A run as the server has it, or as it was last mirrored when the server cannot be reached. */
export const shownRunSchema = z.strictObject({ run: runSchema, mirrored_items: z.int(), from_mirror: z.boolean(), environment: z.string() });
export type ShownRun = z.infer<typeof shownRunSchema>;

export const runProcedures = {
  'runs.execute': command(
    z.strictObject({
      migration: z.string(),
      plan_hash: z.string(),
      stage_percent: z.number().gt(0).max(100).optional(),
      rows_per_second: z.number().gt(0).optional(),
      failure_threshold: z.number().min(0).max(1).optional(),
      /** Only the rows that failed in earlier executions of the plan, behind every gate again. */
      retry_failed: z.boolean().optional(),
      acknowledged: z.array(z.string()).optional(),
      /** The exact number of name-only rows in the whole plan, as the command line states it. */
      acknowledge_name_matches: z.int().min(0).optional(),
      /** The cohort tag, typed by hand, where the environment asks for it. */
      confirm_tag: z.string().max(128).optional(),
    }),
    ofRun,
  ),
  'runs.list': query(z.strictObject({ migration: z.string().optional() }), z.strictObject({ items: z.array(shownRunSchema), offline: z.boolean() })),
  /** Where a run stands now; also brings its items into the journal as far as they are there. */
  'runs.get': query(ofRun, shownRunSchema),
  /** Holds until the run's counts or state differ from `known`, or a few seconds have passed. */
  'runs.watch': query(ofRun.extend({ known_items: z.int().min(0) }), shownRunSchema),
  'runs.listItems': query(ofRun.extend({ ...page, outcome: z.string().optional(), q: z.string().max(256).optional() }), z.strictObject({ items: z.array(runItemSchema), total: z.int() })),
  'runs.failuresByReason': query(ofRun, z.strictObject({ items: z.array(z.strictObject({ outcome: z.string(), code: z.string(), message: z.string(), count: z.int() })) })),
  'runs.pause': command(ofRun, shownRunSchema),
  'runs.resume': command(ofRun, shownRunSchema),
  'runs.stop': command(ofRun, shownRunSchema),
  'members.list': query(z.strictObject({ migration: z.string(), email: z.string().optional(), state: z.string().optional(), after: z.string().optional() }), z.strictObject({ items: z.array(memberSchema), next_cursor: z.string().nullable() })),
  'adoption.get': query(z.strictObject({ migration: z.string() }), adoptionSchema),
} as const;
