import type { JournalEntry } from '../../shared/core/journal-entry.ts';

/** Clocks are corrected by less all the time. */
const SET_BACK_MS = 1_000;
const NAMED_MAX = 5;

/** Says where the machine's clock was set back between two entries: no damage, but their times are not their order. */
export function createClockCheck(): { see(entry: JournalEntry): void; notes(): readonly string[] } {
  const notes: string[] = [];
  let before: { readonly seq: number; readonly atMs: number } | undefined;
  let count = 0;
  return {
    see(entry) {
      const atMs = timeOf(entry);
      if (Number.isNaN(atMs)) return;
      if (before !== undefined && before.atMs - atMs >= SET_BACK_MS) {
        count += 1;
        if (count <= NAMED_MAX) notes.push(`The clock of this machine was set back by ${spanOf(before.atMs - atMs)} between entries ${before.seq} and ${entry.seq}.`);
      }
      before = { seq: entry.seq, atMs };
    },
    notes: () => (count > NAMED_MAX ? [...notes, `It was set back ${count - NAMED_MAX} more times.`] : notes),
  };
}

function timeOf(entry: JournalEntry): number {
  const at = /"at":"([^"]{20,30})"/.exec(entry.payload)?.[1];
  return at === undefined ? Number.NaN : Date.parse(at);
}

function spanOf(spanMs: number): string {
  const seconds = Math.round(spanMs / 1_000);
  if (seconds < 120) return `${seconds} ${seconds === 1 ? 'second' : 'seconds'}`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} minutes`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} hours` : `${Math.round(hours / 24)} days`;
}
