import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { cursorSchema, idSchema, limitTextSchema, listSchema, migrationParams, noBody, noQuery, timeSchema } from './wire.ts';

/** An event that was given up: it is recorded, and the destination does not have it. */
export const deadLetterSchema = z.object({
  event_id: z.string(),
  email: z.string(),
  name: z.string(),
  destination: z.string(),
  /** What the destination would know it by; a replay uses the same one. */
  unique_id: z.string(),
  attempts: z.int(),
  /** A short code, and the sentence that goes with it. Nothing of what was sent or answered. */
  reason: z.object({ code: z.string(), detail: z.string() }),
  recorded_at: timeSchema,
  failed_at: timeSchema.nullable(),
});
export type DeadLetter = z.infer<typeof deadLetterSchema>;

/** How delivery stands as a whole. `held`: nothing is sent for the moment, and why. `not_configured`: events are recorded and wait. */
export const deliveryStandingSchema = z.object({
  state: z.enum(['working', 'held', 'not_configured']),
  reason: z.object({ code: z.string(), detail: z.string() }).optional(),
  until: timeSchema.optional(),
});
export type DeliveryStanding = z.infer<typeof deliveryStandingSchema>;

export const listDeadLetters = endpoint({
  name: 'listDeadLetters',
  method: 'GET',
  path: '/admin/migration/{id}/dead-letters',
  summary: 'Events that could not be delivered, oldest first, and whether delivery is at work.',
  access: 'any-scope',
  flagGated: false,
  params: migrationParams,
  query: z.strictObject({ after: cursorSchema.optional(), limit: limitTextSchema.optional() }),
  body: noBody,
  status: 200,
  reply: listSchema(deadLetterSchema).extend({ delivery: deliveryStandingSchema }),
});

export const replayDeadLetters = endpoint({
  name: 'replayDeadLetters',
  method: 'POST',
  path: '/admin/migration/{id}/dead-letters/replay',
  summary: 'Sends dead letters again, some or all, each under its own unique id.',
  access: 'migration:write',
  flagGated: false,
  params: migrationParams,
  query: noQuery,
  body: z.union([z.strictObject({ event_ids: z.array(idSchema).min(1).max(1000) }), z.strictObject({ all: z.literal(true) })]),
  status: 200,
  reply: z.object({
    /** How many are on their way again. */
    replayed: z.int(),
    /** Asked for by id, and no dead letter of this migration: nothing was done with them. */
    not_dead: z.array(z.string()),
  }),
});
