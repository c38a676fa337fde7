import { z } from 'zod';
import { memberSchema } from '../../core/member.ts';
import { runItemSchema } from '../../core/run-item.ts';
import { adoptionSchema } from '../admin/members.ts';
import { runGateSchema } from '../../core/gates.ts';
import { runKindSchema } from '../../core/run-kind.ts';
import { runStateSchema } from '../../core/run-state.ts';
import { approvalSchema } from '../admin/approvals.ts';
import { runSchema } from '../admin/runs.ts';
import { snapshotSchema } from '../admin/verification.ts';
import { command, query } from './procedure.ts';

const ofRun = z.strictObject({ run_id: z.string() });
const page = { offset: z.int().min(0), limit: z.int().min(1).max(1000), lane: z.string().max(32).optional() };

/** Which items of a run are looked at, and in which order. */
export const itemViewShape = {
  outcome: z.string().optional(),
  q: z.string().max(256).optional(),
  sort: z.enum(['seq', 'row', 'outcome', 'email', 'why', 'at']).optional(),
  descending: z.boolean().optional(),
};

/** The same for the customers before a run. */
export const snapshotViewShape = { q: z.string().max(256).optional(), sort: z.enum(['email', 'before', 'reverted', 'at']).optional(), descending: z.boolean().optional() };

/** A run as the server has it, or as it was last mirrored when the server cannot be reached. */
export const shownRunSchema = z.strictObject({ run: runSchema, mirrored_items: z.int(), from_mirror: z.boolean(), environment: z.string() });
export type ShownRun = z.infer<typeof shownRunSchema>;

/** Which runs are listed, and in which order. Judged by the operator, so that a window never holds more than it shows. */
export const runSelectionSchema = z.strictObject({
  migration: z.string().optional(),
  kind: runKindSchema.optional(),
  state: runStateSchema.optional(),
  /** Whoever asked for it. */
  who: z.string().optional(),
  /** Found in the run's id, plan, file, migration or message. */
  q: z.string().max(256).optional(),
  sort: z.enum(['created_at', 'kind', 'state', 'migration', 'rows_done', 'source_file', 'requested_by']).optional(),
  ascending: z.boolean().optional(),
  /** All of them unless a window of them is asked for. */
  offset: z.int().min(0).optional(),
  limit: z.int().min(1).max(1000).optional(),
});
export type RunSelection = z.infer<typeof runSelectionSchema>;

/** What the list can be narrowed to: of every run that there is, not of those that are shown. */
const runChoicesSchema = z.strictObject({ kinds: z.array(runKindSchema), states: z.array(runStateSchema), migrations: z.array(z.string()), people: z.array(z.string()) });
export type RunChoices = z.infer<typeof runChoicesSchema>;

/** A call that belongs to a run, from the journal: what was asked, and what came of it. */
const runCallSchema = z.strictObject({ seq: z.int(), title: z.string(), asked_at: z.string().nullable(), result: z.enum(['done', 'refused', 'not_sent', 'not_understood', 'open']), code: z.string().nullable(), ended_at: z.string().nullable() });
export type RunCall = z.infer<typeof runCallSchema>;

const relationSchema = z.enum(['preceding_dry_run', 'planned_by', 'test_run', 'execution', 'verification', 'rollback']);
export type RunRelation = z.infer<typeof relationSchema>;

/** What stands around a run. Null: neither the server nor the journal knows it. */
export const runSurroundingsSchema = z.strictObject({
  gates: z.array(runGateSchema).nullable(),
  approvals: z.array(approvalSchema).nullable(),
  /** As the kept receipt names them; null where none is kept. */
  approved_by: z.array(z.string()).nullable(),
  related: z.array(z.strictObject({ relation: relationSchema, run: runSchema })),
  calls: z.array(runCallSchema),
  snapshots: z.strictObject({ count: z.int(), complete: z.boolean() }),
  receipt_kept: z.boolean(),
  /** Its people were erased here: what the journal keeps of it is what the chain says. */
  erased: z.boolean(),
  offline: z.boolean(),
});
export type RunSurroundings = z.infer<typeof runSurroundingsSchema>;

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
  'runs.list': query(runSelectionSchema, z.strictObject({ items: z.array(shownRunSchema), total: z.int(), choices: runChoicesSchema, offline: z.boolean() })),
  /** Gates, approvals, calls and other runs that belong to one. */
  'runs.getSurroundings': query(ofRun, runSurroundingsSchema),
  /** Where a run stands now; also brings its items into the journal as far as they are there. */
  'runs.get': query(ofRun, shownRunSchema),
  /** Holds until the run's counts or state differ from `known`, or a few seconds have passed. */
  'runs.watch': query(ofRun.extend({ known_items: z.int().min(0) }), shownRunSchema),
  'runs.listItems': query(ofRun.extend({ ...page, ...itemViewShape }), z.strictObject({ items: z.array(runItemSchema), total: z.int() })),
  /** The customers before the run, as they were mirrored; `complete` once all of them are in the journal. */
  'runs.listSnapshots': query(ofRun.extend({ ...page, ...snapshotViewShape }), z.strictObject({ items: z.array(snapshotSchema), total: z.int(), complete: z.boolean() })),
  'runs.failuresByReason': query(ofRun, z.strictObject({ items: z.array(z.strictObject({ outcome: z.string(), code: z.string(), message: z.string(), count: z.int() })) })),
  'runs.pause': command(ofRun, shownRunSchema),
  'runs.resume': command(ofRun, shownRunSchema),
  'runs.stop': command(ofRun, shownRunSchema),
  'members.list': query(z.strictObject({ migration: z.string(), email: z.string().optional(), state: z.string().optional(), after: z.string().optional() }), z.strictObject({ items: z.array(memberSchema), next_cursor: z.string().nullable() })),
  'adoption.get': query(z.strictObject({ migration: z.string() }), adoptionSchema),
} as const;
