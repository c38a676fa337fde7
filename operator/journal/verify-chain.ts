import type Database from 'better-sqlite3';
import type { JournalDamage } from '../../shared/contract/operator/journal.ts';
import { createMarkCheck } from './chain-marks.ts';
import { walkChain } from './chain-walk.ts';
import { createClockCheck } from './clock-check.ts';
import { type DamageList, createDamageList } from './damage-list.ts';
import { isSqliteError } from './database.ts';
import type { HeadMark } from './head-mark.ts';
import { type MarkKeys, isOurMark, openedKeys } from './mark-keys.ts';
import { alteredGuards, alteredTables } from './schema.ts';

const QUICK_ENTRIES = 1_000;

export interface ChainCheck {
  /** The first by place. */
  readonly damage: JournalDamage | null;
  /** In order of place, up to twenty. */
  readonly damages: readonly JournalDamage[];
  readonly damageCount: number;
  readonly entries: number;
  readonly checked: number;
  /** The last entry that a mark of this home holds for; 0 when no mark that was checked does. */
  readonly vouchedTo: number;
  readonly notes: readonly string[];
}

export interface WhatIsKnown {
  readonly journalId: string;
  readonly markKeys: MarkKeys;
  /** Read before the journal is, so that it cannot be ahead of an honest one. */
  readonly headMark: HeadMark | undefined;
}

/** Checks the chain and names every damage: at which entry, and of what kind. Reads only. */
export function checkChain(database: Database.Database, extent: 'quick' | 'full', known: WhatIsKnown): ChainCheck {
  const steps = checkingChain(database, extent, known);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** The same, a page at a time: yields how many entries were checked of how many. */
export function* checkingChain(database: Database.Database, extent: 'quick' | 'full', known: WhatIsKnown): Generator<{ readonly checked: number; readonly of: number }, ChainCheck> {
  const entries = count(database, 'SELECT coalesce(max(seq), 0) FROM entries');
  const from = extent === 'full' ? 1 : Math.max(1, entries - QUICK_ENTRIES + 1);
  const damages = createDamageList();
  const marks = createMarkCheck(database, from, known.journalId, known.markKeys, damages);
  const clock = createClockCheck();
  let checked = 0;
  let last = from - 1;
  let shift = 0;
  try {
    for (const page of walkChain(database, from, entries, damages)) {
      for (const walked of page) {
        marks.see(walked);
        clock.see(walked.entry);
        last = walked.entry.seq;
        shift = walked.writtenAt - walked.entry.seq;
      }
      checked += page.length;
      yield { checked, of: entries - from + 1 };
    }
    if (extent === 'full') {
      checkFile(database, damages);
      if (damages.count() === 0) checkStraySealed(database, damages);
    }
  } catch (thrown) {
    if (!isSqliteError(thrown) || thrown.code.startsWith('SQLITE_BUSY')) throw thrown;
    damages.add('unreadable', last + 1, `The file cannot be read from entry ${last + 1} on (${thrown.code}).`);
  }
  const notes = [...(from > 1 ? [`The last ${entries - from + 1} of ${entries} entries were checked.`] : []), ...marks.notes(), ...clock.notes(), ...guardNotes(database)];
  checkEnd(database, entries, shift, marks.isAnewAtEnd(), known, damages, notes);
  marks.end(entries);
  return { damage: damages.named()[0] ?? null, damages: damages.named(), damageCount: damages.count(), entries, checked, vouchedTo: marks.vouchedTo(), notes };
}

/** SQLite's own check of the file: a page or an index that was written over need not show in the entries read. */
function checkFile(database: Database.Database, damages: DamageList): void {
  const found = String(database.pragma('integrity_check(1)', { simple: true }));
  if (found !== 'ok') damages.add('unreadable', 1, `The file itself was damaged or written over (${found.slice(0, 120).replaceAll(/\s+/g, ' ')}).`);
  const tables = alteredTables(database);
  if (tables.length > 0) damages.add('unreadable', 1, `The file’s tables or indexes are not as Drydock makes them (${tables.join(', ').slice(0, 120)}).`);
}

/** Sealed data that no entry of the chain knows of was put there by another hand. Only told where the chain itself is whole: else what was moved would be told twice. */
function checkStraySealed(database: Database.Database, damages: DamageList): void {
  const stray = database.prepare<[], number>("SELECT p.seq FROM personal p LEFT JOIN entries e ON e.seq = p.seq WHERE e.seq IS NULL OR instr(e.payload, '\"sealed\"') = 0 ORDER BY p.seq").pluck();
  for (const seq of stray.iterate()) damages.add('personal_data_changed', seq, `Sealed data lies at entry ${seq}, which has none.`);
}

function guardNotes(database: Database.Database): readonly string[] {
  const altered = alteredGuards(database);
  return altered.length === 0 ? [] : [`What keeps the file append-only was taken out or changed (${altered.join(', ')}): the next start puts it back.`];
}

/** `shift`: how far the last entry stands from where it was written, for what was taken out or put in before it. */
function checkEnd(database: Database.Database, entries: number, shift: number, isAnewAtEnd: boolean, { headMark, markKeys, journalId }: WhatIsKnown, damages: DamageList, notes: string[]): void {
  const highest = count(database, "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'entries'");
  const writtenEnd = entries + shift;
  if (highest > writtenEnd) damages.add('truncated', entries + 1, `Entries ${writtenEnd + 1} to ${highest} were cut off.`);
  if (headMark === undefined) {
    notes.push('The record of the last entry, kept beside the journal, is missing: a cut tail shows only against the server’s anchors.');
    return;
  }
  if (openedKeys(markKeys).length > 0 && !isOurMark(markKeys, headMark)) {
    notes.push('The record of the last entry, kept beside the journal, was made with another key and tells nothing.');
    return;
  }
  if (headMark.journal_id !== journalId) {
    damages.add('replaced', 1, `Another journal stood here, with ${headMark.seq} entries.`);
    return;
  }
  if (headMark.seq > writtenEnd) {
    damages.add('replaced', entries + 1, `An older copy lies here: entries ${writtenEnd + 1} to ${headMark.seq} are missing.`);
    return;
  }
  const place = headMark.seq - shift;
  const there = database.prepare<[number], string>('SELECT hash FROM entries WHERE seq = ?').pluck().get(place);
  if (there !== headMark.hash && !isAnewAtEnd) damages.add('rehashed', place, `Entry ${place} is another one than was last written.`);
}

function count(database: Database.Database, sql: string): number {
  return Number(database.prepare<[], number>(sql).pluck().get() ?? 0);
}
