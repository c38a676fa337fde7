import { hash } from 'node:crypto';
import type Database from 'better-sqlite3';
import { JOURNAL_GENESIS_HASH, type JournalEntry, journalEntryHash } from '../../shared/core/journal-entry.ts';
import type { HeadMark, MarkKey } from './head-mark.ts';
import type { DamageKind, JournalDamage } from './journal.ts';
import { sealedHash } from './sealing.ts';
import { sealNoteOf } from './payload.ts';

const QUICK_ENTRIES = 1000;
const sha256 = (text: string) => hash('sha256', text);

export interface ChainCheck {
  readonly damage: JournalDamage | null;
  readonly entries: number;
  readonly checked: number;
  readonly notes: readonly string[];
}

export interface WhatIsKnown {
  readonly journalId: string;
  readonly markKey: MarkKey | undefined;
  /** Read before the journal is, so that it cannot be ahead of an honest one. */
  readonly headMark: HeadMark | undefined;
}

/** Walks the chain and says the first damage: at which entry, and of what kind. Reads only. */
export function checkChain(database: Database.Database, extent: 'quick' | 'full', known: WhatIsKnown): ChainCheck {
  const entries = Number(database.prepare<[], number>('SELECT coalesce(max(seq), 0) FROM entries').pluck().get());
  const from = extent === 'full' ? 1 : Math.max(1, entries - QUICK_ENTRIES + 1);
  const notes: string[] = [];
  if (from > 1) notes.push(`The last ${entries - from + 1} of ${entries} entries were checked.`);
  const damage = (extent === 'full' ? checkFile(database) : null) ?? checkLinks(database, from) ?? checkMarks(database, from, known, notes) ?? checkEnd(database, entries, known, notes);
  return { damage, entries, checked: entries - from + 1, notes };
}

/** SQLite's own check of the file: a page or an index that was written over need not show in the entries read. */
function checkFile(database: Database.Database): JournalDamage | null {
  const found = String(database.pragma('integrity_check(1)', { simple: true }));
  return found === 'ok' ? null : damageAt(1, 'unreadable', `The file itself was damaged or written over (${found.slice(0, 120).replaceAll(/\s+/g, ' ')}).`);
}

type PersonalRow = { readonly nonce: Uint8Array; readonly sealed: Uint8Array };

function checkLinks(database: Database.Database, from: number): JournalDamage | null {
  const before = database.prepare<[number], string>('SELECT hash FROM entries WHERE seq = ?').pluck().get(from - 1);
  const personal = database.prepare<[number], PersonalRow>('SELECT nonce, sealed FROM personal WHERE seq = ?');
  let previous = from === 1 ? JOURNAL_GENESIS_HASH : (before ?? '');
  let expected = from;
  for (const entry of database.prepare<[number], JournalEntry>('SELECT seq, kind, payload, prev_hash, hash FROM entries WHERE seq >= ? ORDER BY seq').iterate(from)) {
    if (entry.seq !== expected) return damageAt(expected, 'removed', `Entries ${expected} to ${entry.seq - 1} are gone.`);
    if (journalEntryHash(sha256, entry) !== entry.hash) return whyUnlike(database, entry);
    if (entry.prev_hash !== previous) return damageAt(entry.seq, 'rehashed', `Entry ${entry.seq} does not follow entry ${entry.seq - 1}: one of them was made anew.`);
    const note = sealNoteOf(entry);
    if (note !== undefined) {
      const row = personal.get(entry.seq);
      if (row === undefined || sealedHash(row.nonce, row.sealed) !== note.sha256) return damageAt(entry.seq, 'personal_data_changed', `The sealed data of entry ${entry.seq} is not what was written.`);
    }
    previous = entry.hash;
    expected += 1;
  }
  return null;
}

/** An entry that is not what its hash says was changed, or stood in another place before. */
function whyUnlike(database: Database.Database, entry: JournalEntry): JournalDamage {
  const last = Number(database.prepare<[], number>('SELECT coalesce(max(seq), 0) FROM entries').pluck().get());
  for (let seq = 1; seq <= last + 1; seq += 1) {
    if (seq === entry.seq || journalEntryHash(sha256, { ...entry, seq }) !== entry.hash) continue;
    if (seq === entry.seq - 1) return damageAt(seq, 'inserted', `Entry ${seq} was put in later and pushed on what followed.`);
    if (!isThere(database, entry.prev_hash)) return damageAt(entry.seq, 'removed', `An entry before number ${entry.seq} is gone and those after it were moved up.`);
    return damageAt(entry.seq, 'reordered', `Entry ${entry.seq} stood at ${seq} when it was written.`);
  }
  if (followsAfterInsertion(database, entry)) return damageAt(entry.seq, 'inserted', `Entry ${entry.seq} was put in later and pushed on what followed.`);
  return damageAt(entry.seq, 'edited', `Entry ${entry.seq} is not what was written.`);
}

function isThere(database: Database.Database, hashOfEntry: string): boolean {
  return database.prepare<[string], number>('SELECT 1 FROM entries WHERE hash = ?').pluck().get(hashOfEntry) !== undefined;
}

/** Whether the next entry was hashed for this place, which one that was put in has pushed on. */
function followsAfterInsertion(database: Database.Database, entry: JournalEntry): boolean {
  const next = database.prepare<[number], JournalEntry>('SELECT seq, kind, payload, prev_hash, hash FROM entries WHERE seq = ?').get(entry.seq + 1);
  return next !== undefined && journalEntryHash(sha256, { ...next, seq: entry.seq }) === next.hash;
}

type MarkRow = { readonly seq: number; readonly key_id: string; readonly mac: string; readonly hash: string | null };

/** Each transaction left a mark of its head. A chain hashed anew, or an entry added by another hand, has none that holds. */
function checkMarks(database: Database.Database, from: number, known: WhatIsKnown, notes: string[]): JournalDamage | null {
  const { markKey, journalId } = known;
  if (markKey === undefined) {
    notes.push('The key of the marks is not here, so a journal hashed anew as a whole shows only against the server’s anchors.');
    return null;
  }
  let lastMarked = from - 1;
  let foreign = 0;
  for (const mark of database.prepare<[number], MarkRow>('SELECT m.seq, m.key_id, m.mac, e.hash FROM marks m LEFT JOIN entries e ON e.seq = m.seq WHERE m.seq >= ? ORDER BY m.seq').iterate(from)) {
    if (mark.key_id !== markKey.id) foreign += 1;
    else if (mark.hash === null || !markKey.holds(journalId, mark.seq, mark.hash, mark.mac)) return damageAt(mark.seq, 'rehashed', `The chain up to entry ${mark.seq} was hashed anew.`);
    lastMarked = mark.seq;
  }
  if (foreign > 0) notes.push(`${foreign} marks are of an earlier key and could not be checked.`);
  const last = Number(database.prepare<[], number>('SELECT coalesce(max(seq), 0) FROM entries').pluck().get());
  return last > lastMarked ? damageAt(lastMarked + 1, 'forged', `Entries from ${lastMarked + 1} on were not written by this Drydock.`) : null;
}

function checkEnd(database: Database.Database, entries: number, known: WhatIsKnown, notes: string[]): JournalDamage | null {
  const highest = Number(database.prepare<[], number>("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'entries'").pluck().get() ?? 0);
  if (highest > entries) return damageAt(entries + 1, 'truncated', `Entries ${entries + 1} to ${highest} were cut off.`);
  const { headMark, markKey, journalId } = known;
  if (headMark === undefined) {
    notes.push('The record of the last entry, kept beside the journal, is missing: a cut tail shows only against the server’s anchors.');
    return null;
  }
  if (markKey !== undefined && !markKey.holds(headMark.journal_id, headMark.seq, headMark.hash, headMark.mac)) {
    notes.push('The record of the last entry, kept beside the journal, was made with another key and tells nothing.');
    return null;
  }
  if (headMark.journal_id !== journalId) return damageAt(1, 'replaced', `Another journal stood here, with ${headMark.seq} entries.`);
  if (headMark.seq > entries) return damageAt(entries + 1, 'replaced', `An older copy lies here: entries ${entries + 1} to ${headMark.seq} are missing.`);
  const there = database.prepare<[number], string>('SELECT hash FROM entries WHERE seq = ?').pluck().get(headMark.seq);
  return there === headMark.hash ? null : damageAt(headMark.seq, 'rehashed', `Entry ${headMark.seq} is another one than was last written.`);
}

function damageAt(seq: number, kind: DamageKind, detail: string): JournalDamage {
  return { seq, kind, detail };
}
