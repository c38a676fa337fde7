import { hash } from 'node:crypto';
import { canonicalJson } from '../../shared/core/canonical-json.ts';
import { type JournalEntry, journalEntryHash, journalEntrySchema } from '../../shared/core/journal-entry.ts';

const sha256 = (text: string): string => hash('sha256', text);

/**
 * Checks the journal lines of a report: each says its own hash, they are in order, and neighbours in the chain follow
 * one another. Entries of other runs lie between them, so that not every line has its neighbour here.
 * Throws `RangeError` with what is wrong.
 */
export async function checkJournalLines(lines: AsyncIterable<string>, heads: readonly ({ readonly seq: number; readonly hash: string } | null)[]): Promise<{ readonly entries: number }> {
  let before: JournalEntry | undefined;
  let entries = 0;
  for await (const line of lines) {
    const parsed = journalEntrySchema.safeParse(readJson(line));
    if (!parsed.success || canonicalJson(parsed.data) !== line) throw new RangeError(`Line ${entries + 1} is no journal entry.`);
    const entry = parsed.data;
    if (journalEntryHash(sha256, entry) !== entry.hash) throw new RangeError(`Entry ${entry.seq} is not what its hash says.`);
    if (before !== undefined && entry.seq <= before.seq) throw new RangeError(`Entry ${entry.seq} is out of its order.`);
    if (before !== undefined && entry.seq === before.seq + 1 && entry.prev_hash !== before.hash) throw new RangeError(`Entry ${entry.seq} does not follow entry ${before.seq}.`);
    for (const head of heads) if (head?.seq === entry.seq && head.hash !== entry.hash) throw new RangeError(`Entry ${entry.seq} is another one than was anchored.`);
    before = entry;
    entries += 1;
  }
  return { entries };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
