import { z } from 'zod';
import { testRowKindSchema } from '../../core/test-rows.ts';
import { runItemSchema } from '../../core/run-item.ts';
import { endpoint } from './endpoint.ts';
import { emailTextSchema, emptyBody, hashSchema, idSchema, migrationParams, noBody, noQuery, testRunParams, timeSchema } from './wire.ts';

export const startTestRun = endpoint({
  name: 'startTestRun',
  method: 'POST',
  path: '/admin/migration/{id}/test-run',
  summary: 'Execute up to three rows of a plan, one of each kind, so that they can be validated.',
  access: 'migration:write',
  flagGated: true,
  params: migrationParams,
  query: noQuery,
  body: z.strictObject({
    plan_hash: hashSchema,
    emails: z.array(emailTextSchema).min(1).max(3),
    acknowledged: z.array(emailTextSchema).max(3).optional(),
  }),
  status: 200,
  reply: z.object({
    run_id: idSchema,
    items: z.array(runItemSchema),
    /** One use each, by e-mail address of the test row. */
    validation_keys: z.record(z.string(), z.string()),
  }),
  problems: ['plan_not_found', 'cohort_not_bound', 'credential_unavailable', 'plan_stale', 'test_selection', 'acknowledgement_required', 'approval_required', 'test_set_open', 'run_in_progress'],
});

/** What the server itself saw of one test user after the run applied its row. No claim of a client enters. */
export const testMemberSchema = z.object({
  email: z.string(),
  kind: testRowKindSchema,
  prepared: z.boolean(),
  signed_in: z.boolean(),
  held_at_reset: z.boolean(),
  password_set: z.boolean(),
  event_recorded: z.boolean(),
  restored: z.boolean(),
  /** When each of the above was seen; absent while it was not. */
  seen_at: z.object({
    prepared: timeSchema.optional(),
    signed_in: timeSchema.optional(),
    held_at_reset: timeSchema.optional(),
    password_set: timeSchema.optional(),
    event_recorded: timeSchema.optional(),
    restored: timeSchema.optional(),
  }),
  /** `kept_changed_since` where the customer changed something meanwhile and re-arm left it. */
  kept_changed_since: z.boolean(),
});
export type TestMember = z.infer<typeof testMemberSchema>;

export const testRunStatusSchema = z.object({
  run_id: idSchema,
  plan_hash: hashSchema,
  members: z.array(testMemberSchema),
  passed: z.boolean(),
  /** True once every test user is as before validation, so that execution may open. */
  restored: z.boolean(),
  passed_at: timeSchema.nullable(),
  /** When a pass lapses (7 days), null without one. */
  valid_until: timeSchema.nullable(),
});
export type TestRunStatus = z.infer<typeof testRunStatusSchema>;

export const getTestRun = endpoint({
  name: 'getTestRun',
  method: 'GET',
  path: '/admin/migration/{id}/test-run/{run_id}',
  summary: 'What the server observed of each test user.',
  access: 'any-scope',
  flagGated: false,
  params: testRunParams,
  query: noQuery,
  body: noBody,
  status: 200,
  reply: testRunStatusSchema,
});

export const rearmTestRun = endpoint({
  name: 'rearmTestRun',
  method: 'POST',
  path: '/admin/migration/{id}/test-run/{run_id}/rearm',
  summary: 'Put back exactly what validation changed.',
  access: 'migration:write',
  flagGated: false,
  params: testRunParams,
  query: noQuery,
  body: emptyBody,
  status: 200,
  reply: testRunStatusSchema,
});
