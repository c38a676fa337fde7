import { closeSync, fstatSync, openSync, writeSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { canonicalJson } from '../../shared/core/canonical-json.ts';
import type { JournalEntry } from '../../shared/core/journal-entry.ts';
import { problem } from '../problems.ts';
import { journalOfRun } from '../reports/journal-of-run.ts';
import type { JournalReader } from './journal.ts';
import { makeWholeFile } from './whole-file.ts';

const LINES_A_WRITE = 500;

/**
 * The entries of the chain, or of one run with the intents of its calls, in their order. Nothing personal is in them:
 * that lies sealed, apart.
 * @throws OperatorError `unknown_run`
 */
export function exportedEntries(journal: JournalReader, runId: string | undefined): Iterable<JournalEntry> {
  if (runId === undefined) return journal.entries();
  if (journal.list({ offset: 0, limit: 1, runId }).total === 0) throw problem('unknown_run', 'The journal knows no such run', '"drydock journal list" shows what stands in it.');
  return journalOfRun(journal, { runId, planHash: null, cohort: null });
}

/** An entry as a line, as in the `journal.jsonl` of a report. */
export function exportedLine({ seq, kind, payload, prev_hash, hash }: JournalEntry): string {
  return canonicalJson({ seq, kind, payload, prev_hash, hash });
}

/** Writes them to a new file, a line each, whole or not at all. @throws OperatorError `export_not_written`, `unknown_run` */
export async function exportJournal(journal: JournalReader, path: string, runId: string | undefined): Promise<{ readonly entries: number; readonly bytes: number }> {
  const entries = exportedEntries(journal, runId);
  return makeWholeFile(path, async (partial) => writeLines(partial, entries), { code: 'export_not_written', title: 'The journal was not exported' });
}

async function writeLines(path: string, entries: Iterable<JournalEntry>): Promise<{ readonly entries: number; readonly bytes: number }> {
  const file = openSync(path, 'w', 0o600);
  try {
    let count = 0;
    let text = '';
    for (const entry of entries) {
      text += `${exportedLine(entry)}\n`;
      count += 1;
      if (count % LINES_A_WRITE !== 0) continue;
      writeAll(file, text);
      text = '';
      await nextTurn();
    }
    writeAll(file, text);
    return { entries: count, bytes: fstatSync(file).size };
  } finally {
    closeSync(file);
  }
}

/** A disk that is nearly full takes a part, and only the next write says so. */
function writeAll(file: number, text: string): void {
  let rest = Buffer.from(text);
  while (rest.length > 0) rest = rest.subarray(writeSync(file, rest));
}
