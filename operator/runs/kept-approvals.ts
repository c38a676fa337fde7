import { z } from 'zod';
import { type Approval, approvalSchema } from '../../shared/contract/admin/approvals.ts';
import type { JournalEntry } from '../../shared/core/journal-entry.ts';
import type { Journal, JournalReader } from '../journal/journal.ts';
import { payloadOf } from '../journal/payload.ts';
import { scopeForRun, unlessErased } from './run-scope.ts';

/** What the chain says of a decision in the clear: nothing personal. */
const clearDecisionSchema = approvalSchema.pick({ approval_id: true, decision: true, decided_at: true, expires_at: true, state: true });
const clearSchema = z.object({ plan_hash: z.string(), decisions: z.array(clearDecisionSchema) });
const sealedSchema = z.array(approvalSchema);

/**
 * The decisions on what a run did, to its plan or to the preview of its rollback, as they were mirrored: each once, as it
 * stood last. Undefined where none were ever mirrored. Of an erased run `sub` and `comment` are empty.
 */
export function approvalsInJournal(journal: JournalReader, runId: string): readonly Approval[] | undefined {
  const byId = new Map<string, Approval>();
  let isKept = false;
  for (const entry of journal.entries({ runId, kind: 'approvals.mirrored' })) {
    isKept = true;
    for (const approval of decisionsOf(journal, entry)) byId.set(approval.approval_id, approval);
  }
  return isKept ? [...byId.values()] : undefined;
}

/**
 * Journals the decisions that are new or stand otherwise than before, sealed since they name people and what they said.
 * That nobody has decided is journalled too, once. Of an erased run nothing is.
 */
export function keepApprovals(journal: Journal, environmentId: string, runId: string, planHash: string, approvals: readonly Approval[]): void {
  if (whatIsNew(journal, runId, approvals) === undefined) return;
  unlessErased(() => {
    const scope = approvals.length === 0 ? undefined : scopeForRun(journal, runId);
    journal.write((writer) => {
      // Another process may have mirrored them meanwhile: each enters once.
      const fresh = whatIsNew(writer, runId, approvals);
      if (fresh === undefined) return;
      const decisions = fresh.map((approval) => clearDecisionSchema.parse(approval));
      writer.append({
        kind: 'approvals.mirrored',
        payload: { environment: environmentId, run_id: runId, plan_hash: planHash, decisions },
        ...(scope === undefined ? {} : { sealed: { scope, text: JSON.stringify(fresh) } }),
      });
    });
  });
}

/** Undefined when the journal has it all. */
function whatIsNew(journal: JournalReader, runId: string, approvals: readonly Approval[]): readonly Approval[] | undefined {
  const known = approvalsInJournal(journal, runId);
  const fresh = approvals.filter(({ approval_id: id, state }) => known?.find(({ approval_id }) => approval_id === id)?.state !== state);
  return known !== undefined && fresh.length === 0 ? undefined : fresh;
}

function decisionsOf(journal: JournalReader, entry: JournalEntry): readonly Approval[] {
  const text = journal.openSealed(entry);
  const sealed = text === undefined ? undefined : sealedSchema.safeParse(JSON.parse(text));
  if (sealed?.success === true) return sealed.data;
  const clear = clearSchema.safeParse(payloadOf(entry));
  return clear.success ? clear.data.decisions.map((decision) => ({ ...decision, plan_hash: clear.data.plan_hash, sub: '', comment: '' })) : [];
}
