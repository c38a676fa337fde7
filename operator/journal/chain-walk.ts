import { hash } from 'node:crypto';
import type Database from 'better-sqlite3';
import { JOURNAL_GENESIS_HASH, type JournalEntry, journalEntryHash } from '../../shared/core/journal-entry.ts';
import type { DamageList } from './damage-list.ts';
import { sealNoteOf } from './payload.ts';
import { sealedHash } from './sealing.ts';

const PAGE_ENTRIES = 1_000;
/** Of so many damaged entries the place is looked for in the whole chain; of more only nearby, or a million would take hours. */
const SOUGHT_FAR_MAX = 20;
const NEAR_PLACES = 64;
const sha256 = (text: string): string => hash('sha256', text);

/** Where the walk stands after an entry. */
export interface Walked {
  readonly entry: JournalEntry;
  /** The place that it was written at, by its hash: another than `seq` where entries before it were taken out or put in. */
  readonly writtenAt: number;
}

/**
 * Walks the chain in pages, so that no cursor stays open between them, names what does not hold, and goes on behind it.
 * Yields each page as it was found.
 */
export function* walkChain(database: Database.Database, from: number, last: number, damages: DamageList): Generator<readonly Walked[], void> {
  const read = reading(database);
  // What somebody put in before the first entry follows nothing, but it is there.
  for (const { seq } of from === 1 ? read.before.all() : []) damages.add('inserted', seq, `Entry ${seq} was put in before the first one.`);
  let previous: string | undefined = from === 1 ? JOURNAL_GENESIS_HASH : read.hash.get(from - 1);
  let expected = from;
  let shift = 0;
  for (let after = from - 1; ; ) {
    const page = read.page.all(after, last, PAGE_ENTRIES);
    const walked: Walked[] = [];
    for (const entry of page) {
      if (entry.seq !== expected) {
        damages.add('removed', expected, entry.seq === expected + 1 ? `Entry ${expected} is gone.` : `Entries ${expected} to ${entry.seq - 1} are gone.`);
        previous = undefined;
      }
      const found = judge(read, entry, shift, previous, damages);
      shift = found.shift;
      if (found.isKnown) checkSealed(read, entry, entry.seq + shift, damages);
      walked.push({ entry, writtenAt: found.writtenAt });
      previous = found.previous;
      expected = entry.seq + 1;
    }
    if (walked.length > 0) yield walked;
    const end = page.at(-1);
    if (end === undefined || page.length < PAGE_ENTRIES) return;
    after = end.seq;
  }
}

interface Judged {
  readonly shift: number;
  readonly writtenAt: number;
  /** The hash that the next entry must follow; undefined where a break was told already. */
  readonly previous: string | undefined;
  /** Whether it is an entry as it was written. */
  readonly isKnown: boolean;
}

function judge(read: Reading, entry: JournalEntry, shift: number, previous: string | undefined, damages: DamageList): Judged {
  const { seq } = entry;
  if (holdsAt(entry, seq + shift)) {
    if (previous !== undefined && entry.prev_hash !== previous) {
      damages.add('rehashed', seq, `Entry ${seq} does not follow entry ${seq - 1}: one of them was made anew.`);
    }
    return { shift, writtenAt: seq + shift, previous: entry.hash, isKnown: true };
  }
  const writtenAt = placeOf(read, entry, damages.count() < SOUGHT_FAR_MAX ? Number.POSITIVE_INFINITY : NEAR_PLACES);
  if (writtenAt === undefined) {
    const next = read.one.get(seq + 1);
    const isPushedOn = next !== undefined && holdsAt(next, seq + shift) && (previous === undefined || next.prev_hash === previous);
    if (isPushedOn) damages.add('inserted', seq, `Entry ${seq} was put in later and pushed on what followed.`);
    else damages.add('edited', seq, `Entry ${seq} is not what was written.`);
    return { shift: isPushedOn ? shift - 1 : shift, writtenAt: seq + shift, previous: isPushedOn ? previous : undefined, isKnown: false };
  }
  const moved = writtenAt - (seq + shift);
  if (moved < 0 && wasPushedOn(read, entry, shift, moved, damages)) {
    for (let put = seq + moved; put < seq; put += 1) damages.add('inserted', put, `Entry ${put} was put in later and pushed on what followed.`, 'better');
    return { shift: shift + moved, writtenAt, previous: entry.hash, isKnown: true };
  }
  if (moved > 0 && read.seqOf.get(entry.prev_hash) === undefined) {
    damages.add('removed', seq, `${moved === 1 ? 'An entry' : `${moved} entries`} before number ${seq} ${moved === 1 ? 'is' : 'are'} gone and those after were moved up.`);
    return { shift: shift + moved, writtenAt, previous: entry.hash, isKnown: true };
  }
  damages.add('reordered', seq, `Entry ${seq} stood at ${writtenAt} when it was written.`);
  return { shift, writtenAt: seq + shift, previous: undefined, isKnown: false };
}

/** Whether entries were put in right before this one: it follows the one before them, and what comes next moved with it. */
function wasPushedOn(read: Reading, entry: JournalEntry, shift: number, moved: number, damages: DamageList): boolean {
  const before = entry.seq + moved - 1;
  const follows = before === 0 ? JOURNAL_GENESIS_HASH : read.hash.get(before);
  if (follows !== entry.prev_hash) return false;
  const next = read.one.get(entry.seq + 1);
  return next === undefined ? !damages.has(entry.seq - 1) : holdsAt(next, next.seq + shift + moved);
}

/** The same bytes kept as another type have the same hash, and are found by no index any more. */
function holdsAt(entry: JournalEntry, seq: number): boolean {
  return typeof entry.kind === 'string' && typeof entry.payload === 'string' && journalEntryHash(sha256, { ...entry, seq }) === entry.hash;
}

/** The place whose number is in the entry's hash, looked for nearby first; undefined when it fits none. */
function placeOf(read: Reading, entry: JournalEntry, reach: number): number | undefined {
  const last = Math.max(read.last.get() ?? 0, read.highest.get() ?? 0) + 1;
  for (let away = 1; away <= Math.min(last, reach); away += 1) {
    for (const seq of [entry.seq - away, entry.seq + away]) if (seq >= 1 && seq <= last && holdsAt(entry, seq)) return seq;
  }
  return undefined;
}

/** Sealed data lies at the place of its entry, or where that was written when only the chain was moved. */
function checkSealed(read: Reading, entry: JournalEntry, writtenAt: number, damages: DamageList): void {
  const note = sealNoteOf(entry);
  if (note === undefined) return;
  const holds = [entry.seq, writtenAt].some((seq) => {
    const row = read.personal.get(seq);
    return row !== undefined && row.scope === note.scope && row.nonce instanceof Uint8Array && row.sealed instanceof Uint8Array && sealedHash(row.nonce, row.sealed) === note.sha256;
  });
  if (!holds) damages.add('personal_data_changed', entry.seq, `The sealed data of entry ${entry.seq} is not what was written.`);
}

type PersonalRow = { readonly scope: string; readonly nonce: Uint8Array; readonly sealed: Uint8Array };
type Reading = ReturnType<typeof reading>;

function reading(database: Database.Database) {
  const columns = 'SELECT seq, kind, payload, prev_hash, hash FROM entries';
  return {
    before: database.prepare<[], { seq: number }>('SELECT seq FROM entries WHERE seq < 1 ORDER BY seq'),
    page: database.prepare<[number, number, number], JournalEntry>(`${columns} WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?`),
    one: database.prepare<[number], JournalEntry>(`${columns} WHERE seq = ?`),
    hash: database.prepare<[number], string>('SELECT hash FROM entries WHERE seq = ?').pluck(),
    seqOf: database.prepare<[string], number>('SELECT seq FROM entries WHERE hash = ?').pluck(),
    last: database.prepare<[], number>('SELECT max(seq) FROM entries').pluck(),
    highest: database.prepare<[], number>("SELECT max(seq) FROM sqlite_sequence WHERE name = 'entries'").pluck(),
    personal: database.prepare<[number], PersonalRow>('SELECT scope, nonce, sealed FROM personal WHERE seq = ?'),
  };
}
