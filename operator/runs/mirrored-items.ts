import { type RunItem, runItemSchema } from '../../shared/core/run-item.ts';
import type { JournalEntry } from '../../shared/core/journal-entry.ts';
import type { Journal, JournalReader } from '../journal/journal.ts';
import { payloadOf } from '../journal/payload.ts';
import { problem } from '../problems.ts';
import { scopeForRun } from './run-scope.ts';

/** How many items of a run are in the journal: those from 1 to this number. */
export function mirroredItems(journal: JournalReader, runId: string): number {
  return upTo(journal.last('items.mirrored', runId));
}

function upTo(batch: JournalEntry | undefined): number {
  return batch === undefined ? 0 : Number(payloadOf(batch)['to']);
}

/**
 * Journals a page of items: one entry, one seal, one hash, one transaction. What is there already is left out.
 * @throws OperatorError `items_gap` when the page does not follow what is there, `journal_scope_erased`, or as the journal does
 */
export function keepItems(journal: Journal, environmentId: string, runId: string, given: readonly RunItem[]): void {
  // A scope has a key of its own on disk, which is not made for what is here already.
  if (mirroredItems(journal, runId) >= (given.at(-1)?.seq ?? 0)) return;
  const scope = scopeForRun(journal, runId);
  journal.write((writer) => {
    const known = upTo(writer.last('items.mirrored', runId));
    // Another process may have mirrored some of these meanwhile: each item enters once.
    const fresh = given.filter((item) => item.seq > known);
    const first = fresh[0];
    if (first === undefined) return;
    const missing = fresh.findIndex((item, index) => item.seq !== known + 1 + index);
    if (missing !== -1) throw problem('items_gap', 'The server left out part of this run', `Item ${known + 1 + missing} is missing. Nothing was recorded of the later ones.`);
    const outcomes: Record<string, number> = {};
    for (const item of fresh) outcomes[item.outcome] = (outcomes[item.outcome] ?? 0) + 1;
    writer.append({
      kind: 'items.mirrored',
      payload: { environment: environmentId, run_id: runId, from: first.seq, to: known + fresh.length, outcomes },
      sealed: { scope, text: fresh.map((item) => JSON.stringify(item)).join('\n') },
    });
  });
}

/** A batch as the journal has it: its place, and the items one a line. No lines once the run was erased. */
export interface MirroredBatch {
  readonly entry: number;
  /** The first item's number. */
  readonly from: number;
  readonly to: number;
  readonly lines: readonly string[];
}

/** One batch after the other, so that never more than one is in memory. */
export function* itemBatches(journal: JournalReader, runId: string, afterEntry = 0): Iterable<MirroredBatch> {
  for (const entry of journal.entries({ runId, kind: 'items.mirrored', afterSeq: afterEntry })) yield batchOf(journal, entry);
}

/** A batch of items or of prior states by its place in the chain. */
export function batchOf(journal: JournalReader, entry: JournalEntry): MirroredBatch {
  const payload = payloadOf(entry);
  const text = journal.openSealed(entry);
  return { entry: entry.seq, from: Number(payload['from']), to: Number(payload['to']), lines: text === undefined || text === '' ? [] : text.split('\n') };
}

export function itemOfLine(line: string): RunItem {
  return runItemSchema.parse(JSON.parse(line));
}
