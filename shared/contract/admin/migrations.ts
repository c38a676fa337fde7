import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { hashSchema, listSchema, noBody, noParams, noQuery } from './wire.ts';

/** One declared instance of a playbook, as the server runs it. Settings are the public ones; no secrets. */
export const migrationSchema = z.object({
  id: z.string(),
  playbook: z.string(),
  playbook_version: z.string(),
  title: z.string(),
  flag: z.object({ name: z.string(), enabled: z.boolean() }),
  settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  bound_cohort: hashSchema.nullable(),
  progress: z.object({ prepared: z.int(), signed_in: z.int(), completed: z.int() }),
});
export type Migration = z.infer<typeof migrationSchema>;

export const listMigrations = endpoint({
  name: 'listMigrations',
  method: 'GET',
  path: '/admin/migrations',
  summary: 'The migrations of this environment, their flags and how far they are.',
  access: 'any-scope',
  flagGated: false,
  params: noParams,
  query: noQuery,
  body: noBody,
  status: 200,
  reply: listSchema(migrationSchema),
});
