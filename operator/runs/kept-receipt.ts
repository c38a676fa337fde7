import { z } from 'zod';
import { receiptSchema } from '../../shared/contract/admin/runs.ts';
import type { Journal, JournalReader } from '../journal/journal.ts';
import { aroundRunSchema } from './around-run.ts';
import { scopeForRun, unlessErased } from './run-scope.ts';

/** The server's statement of a run as it came: the text that was signed, its SSHSIG, and the run's redaction key; and what was asked for beside it. */
export const keptReceiptSchema = z.strictObject({ receipt: z.string(), signature: z.string(), redaction_key: z.string(), around: aroundRunSchema.optional() });
export type KeptReceipt = z.infer<typeof keptReceiptSchema>;

/** The newest receipt of a run in the journal; undefined when none was kept or the run's people were erased. */
export function keptReceipt(journal: JournalReader, runId: string): KeptReceipt | undefined {
  const entry = journal.last('receipt.kept', runId);
  const text = entry === undefined ? undefined : journal.openSealed(entry);
  const parsed = text === undefined ? undefined : keptReceiptSchema.safeParse(JSON.parse(text));
  return parsed?.success === true ? parsed.data : undefined;
}

/** Whom the newest kept receipt of a run names as approvers; undefined where none is here that can be read. */
export function approversInReceipt(journal: JournalReader, runId: string): readonly string[] | undefined {
  try {
    const kept = keptReceipt(journal, runId);
    return kept === undefined ? undefined : receiptSchema.parse(JSON.parse(kept.receipt)).approved_by;
  } catch {
    return undefined;
  }
}

/**
 * Journals a receipt, sealed since it names operators, so that a report can be made of what is here when the server is
 * gone. One that differs from the last is another entry; the same again is none, and of an erased run nothing is kept.
 */
export function keepReceipt(journal: Journal, environmentId: string, runId: string, issued: KeptReceipt): void {
  const text = JSON.stringify(keptReceiptSchema.parse(issued));
  unlessErased(() => {
    const scope = scopeForRun(journal, runId);
    journal.write((writer) => {
      const known = writer.last('receipt.kept', runId);
      if (known !== undefined && writer.openSealed(known) === text) return;
      writer.append({ kind: 'receipt.kept', payload: { environment: environmentId, run_id: runId }, sealed: { scope, text } });
    });
  });
}
