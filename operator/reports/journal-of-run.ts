import type { JournalEntry } from '../../shared/core/journal-entry.ts';
import type { JournalReader } from '../journal/journal.ts';
import { payloadOf } from '../journal/payload.ts';

/** What a run is known by in a journal. */
export type RunMarks = { readonly runId: string; readonly planHash: string | null; readonly cohort: string | null; readonly rollbackHash?: string | undefined };

/**
 * The chain entries of a run, in their order: those that name it, its plan, its cohort or the preview of its rollback, and what belongs to them, the
 * intent of an outcome and the outcome of an intent. Their payloads hold no personal data; that lies sealed, apart.
 */
export function* journalOfRun(journal: JournalReader, marks: RunMarks): Generator<JournalEntry> {
  const intents = new Set<number>();
  for (const entry of journal.entries({ kind: 'intent' })) if (names(payloadOf(entry), marks)) intents.add(entry.seq);
  for (const entry of journal.entries({ kind: 'outcome' })) {
    const payload = payloadOf(entry);
    if (typeof payload['intent'] === 'number' && names(payload, marks)) intents.add(payload['intent']);
  }
  for (const entry of journal.entries()) {
    const payload = payloadOf(entry);
    const isOfIntent = typeof payload['intent'] === 'number' && intents.has(payload['intent']);
    if (intents.has(entry.seq) || isOfIntent || names(payload, marks)) yield entry;
  }
}

function names(payload: Readonly<Record<string, unknown>>, { runId, planHash, cohort, rollbackHash }: RunMarks): boolean {
  // An approval names the hash of a rollback as it names that of a plan.
  if (rollbackHash !== undefined && (payload['rollback_hash'] === rollbackHash || payload['plan_hash'] === rollbackHash)) return true;
  return payload['run_id'] === runId || (planHash !== null && payload['plan_hash'] === planHash) || (cohort !== null && payload['cohort'] === cohort);
}
