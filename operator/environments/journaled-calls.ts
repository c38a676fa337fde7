import type { z } from 'zod';
import type { CanonicalValue } from '../../shared/core/canonical-json.ts';
import { type EndpointName, type Endpoints, endpoints } from '../../shared/contract/admin/endpoints.ts';

type Clear = { readonly [key: string]: CanonicalValue | undefined };
/** What of an answer stands in the chain for ever. Nothing personal; no token, key or password. */
type NoteOf<Name extends EndpointName> = (reply: z.infer<Endpoints[Name]['reply']>) => Clear;

/** The writing calls that are journalled, and what the chain keeps of their answers in the clear. */
const notes = {
  putCohort: ({ cohort, records }) => ({ cohort, records }),
  dryRun: ({ run_id, plan_hash, cohort, summary }) => ({ run_id, plan_hash, cohort, summary: { ...summary, by_match: { ...summary.by_match }, by_action: { ...summary.by_action }, warnings: { ...summary.warnings } } }),
  startTestRun: ({ run_id }) => ({ run_id }),
  rearmTestRun: ({ run_id, plan_hash, passed, restored }) => ({ run_id, plan_hash, passed, restored }),
  decideApproval: ({ approval_id, plan_hash, decision, decided_at, expires_at }) => ({ approval_id, plan_hash, decision, decided_at, expires_at }),
  execute: ({ run_id }) => ({ run_id }),
  pauseRun: ({ run_id, state }) => ({ run_id, state }),
  resumeRun: ({ run_id, state }) => ({ run_id, state }),
  stopRun: ({ run_id, state }) => ({ run_id, state }),
  verifyRun: ({ run_id, verified_run_id, counts, rows_written }) => ({ run_id, verified_run_id, counts: { ...counts }, rows_written }),
  rollBack: (reply) => ('run_id' in reply ? { run_id: reply.run_id } : { rollback_hash: reply.rollback_hash, counts: { ...reply.counts } }),
  registerSigner: ({ fingerprint, valid_from }) => ({ fingerprint, valid_from }),
  revokeSigner: ({ fingerprint, revoked_at }) => ({ fingerprint, revoked_at }),
} as const satisfies { readonly [Name in EndpointName]?: NoteOf<Name> };

export type JournaledCall = keyof typeof notes;

/** Whether a name, read back from a journal, is a call that can be asked again. */
export function isJournaledCall(name: string): name is JournaledCall {
  return Object.hasOwn(notes, name);
}

/** What the chain keeps of an answer of this call. */
export function noteOfReply(name: JournaledCall, reply: unknown): Clear {
  const known = endpoints[name].reply.parse(reply);
  return (notes[name] as (reply: unknown) => Clear)(known);
}
