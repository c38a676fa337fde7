import { z } from 'zod';
import { memberSchema } from '../../core/member.ts';
import { endpoint } from './endpoint.ts';
import { cursorSchema, emailTextSchema, limitTextSchema, listSchema, migrationParams, noBody, timeSchema } from './wire.ts';

export const listMembers = endpoint({
  name: 'listMembers',
  method: 'GET',
  path: '/admin/migration/{id}/members',
  summary: 'Cohort members, and nobody else.',
  access: 'any-scope',
  flagGated: false,
  params: migrationParams,
  query: z.strictObject({
    email: emailTextSchema.optional(),
    state: z.string().max(32).optional(),
    after: cursorSchema.optional(),
    limit: limitTextSchema.optional(),
  }),
  body: noBody,
  status: 200,
  reply: listSchema(memberSchema),
});

export const memberEventSchema = z.object({
  event_id: z.string(),
  email: z.string(),
  name: z.string(),
  properties: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  void: z.boolean(),
  recorded_at: timeSchema,
  /** `void`: made by validation and put back, never delivered. */
  delivery: z.enum(['not_configured', 'held', 'pending', 'delivered', 'dead', 'void']),
});
export type MemberEvent = z.infer<typeof memberEventSchema>;

export const listEvents = endpoint({
  name: 'listEvents',
  method: 'GET',
  path: '/admin/migration/{id}/events',
  summary: "Members' events, void ones marked, with their delivery.",
  access: 'any-scope',
  flagGated: false,
  params: migrationParams,
  query: z.strictObject({ email: emailTextSchema.optional(), after: cursorSchema.optional(), limit: limitTextSchema.optional() }),
  body: noBody,
  status: 200,
  reply: listSchema(memberEventSchema),
});

export const adoptionSchema = z.object({
  counts: z.object({ prepared: z.int(), signed_in: z.int(), completed: z.int(), delivered: z.int() }),
  /** Running totals, one point an hour in which something changed. */
  series: z.array(z.object({ at: timeSchema, prepared: z.int(), signed_in: z.int(), completed: z.int(), delivered: z.int() })),
  pending: listSchema(memberSchema).optional(),
});
export type Adoption = z.infer<typeof adoptionSchema>;

export const getAdoption = endpoint({
  name: 'getAdoption',
  method: 'GET',
  path: '/admin/migration/{id}/adoption',
  summary: 'How many were prepared, signed in, completed, and over time; `list=pending` gives the rest.',
  access: 'any-scope',
  flagGated: false,
  params: migrationParams,
  query: z.strictObject({ list: z.literal('pending').optional(), after: cursorSchema.optional(), limit: limitTextSchema.optional() }),
  body: noBody,
  status: 200,
  reply: adoptionSchema,
});
