import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { hashSchema, idSchema, noQuery } from './wire.ts';

/** Uploads a cohort in its canonical form. The hash in the path names it; the server counts and hashes while it reads. */
export const putCohort = endpoint({
  name: 'putCohort',
  method: 'PUT',
  path: '/admin/migration/{id}/cohorts/{sha256}',
  summary: 'Upload a cohort: NDJSON, one normalised record a line, named by the SHA-256 of these bytes.',
  access: 'migration:write',
  flagGated: false,
  params: z.strictObject({ id: idSchema, sha256: hashSchema }),
  query: noQuery,
  body: z.string(),
  bodyType: 'application/x-ndjson',
  status: 201,
  reply: z.object({ cohort: hashSchema, records: z.int() }),
  problems: ['cohort_hash_mismatch'],
});
