import { chmodSync, copyFileSync, existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { sync } from '../durable-file.ts';
import type { SecretStore } from '../environments/secret-store.ts';
import { problem } from '../problems.ts';
import { isSqliteError } from './database.ts';
import { readFileHeader } from './file-header.ts';
import { readHeadMark } from './head-mark.ts';
import { type JournalPlace, journalIdOf } from './journal-place.ts';
import { type MarkKeys, isOurMark, keptSince, markKeysIn, openedKeys } from './mark-keys.ts';
import { takeOver } from './take-over.ts';
import { type ChainCheck, checkChain } from './verify-chain.ts';

/** What putting a backup in the place of a home's journal will do; nothing is changed before `putInPlace`. */
export interface PreparedImport {
  readonly journalId: string;
  readonly entries: number;
  /** Entries that this home wrote and the backup does not have. Null when none is known here; only the server may know of more then. */
  readonly missing: { readonly from: number; readonly to: number } | null;
  /** Why the journal that lies here gives way. */
  readonly inPlaceOf: 'missing' | 'empty' | 'damaged' | 'continued';
  /** What could not be checked of the backup, and why, in sentences. */
  readonly notes: readonly string[];
  /** Puts it in place and says where the former file lies; null when there was none. */
  putInPlace(): { readonly keptAside: string | null };
  discard(): void;
}

type Standing = { readonly state: PreparedImport['inPlaceOf'] | 'whole'; readonly journalId: string; readonly end: number; readonly headHash: string | null };
const SIDE_FILES = ['', '-wal', '-shm'] as const;

/**
 * Checks a backup in full, in a private copy beside the journal, against what lies in this home.
 * @throws OperatorError `import_refused` with why: foreign, newer, damaged, or this journal has entries that it lacks
 */
export function prepareImport(home: string, secrets: SecretStore, file: string, now: Date): PreparedImport {
  const place: JournalPlace = { path: join(home, 'journal.sqlite'), headPath: join(home, 'journal-head.json'), markKeys: markKeysIn(secrets) };
  refuseOtherFiles(file);
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const copy = join(home, `journal-import.${process.pid}.new`);
  const discard = (): void => {
    for (const side of [...SIDE_FILES, '-journal']) rmSync(`${copy}${side}`, { force: true });
  };
  try {
    copyFor(file, copy);
    const { journalId, isOurs, check } = checkCopy(copy, place);
    const standing = standingOf(place);
    refuseToLose(copy, journalId, standing);
    const end = Math.max(standing.journalId === journalId ? standing.end : 0, endByHeadMark(place, journalId));
    return {
      journalId,
      entries: check.entries,
      missing: end > check.entries ? { from: check.entries + 1, to: end } : null,
      inPlaceOf: standing.state === 'whole' ? 'continued' : standing.state,
      notes: check.notes,
      putInPlace() {
        if (!isOurs) markAsOurs(copy, place.markKeys, journalId, now);
        return putInPlace(copy, place, { home, now, leavesHeadMark: !isOfNothing(place.headPath, standing) });
      },
      discard,
    };
  } catch (thrown) {
    discard();
    throw thrown;
  }
}

function refuseOtherFiles(file: string): void {
  const header = (() => {
    try {
      return readFileHeader(file);
    } catch {
      throw refused(`${file} cannot be read: look at its rights.`);
    }
  })();
  switch (header) {
    case 'journal':
      return;
    case 'missing':
      throw refused(`There is no file ${file}.`);
    case 'empty':
      throw refused(`${file} is empty.`);
    case 'newer_journal':
      throw refused(`${file} was written by a newer Drydock. Update Drydock first.`);
    case 'other_database':
      throw refused(`${file} is another program’s database.`);
    case 'no_database':
      throw refused(`${file} is no journal, or its beginning was damaged.`);
  }
}

/** With its log of writes, where somebody copied the files of a journal that was open. */
function copyFor(file: string, copy: string): void {
  try {
    copyFileSync(file, copy);
    chmodSync(copy, 0o600);
    if (existsSync(`${file}-wal`)) copyFileSync(`${file}-wal`, `${copy}-wal`);
  } catch {
    throw refused('It could not be copied: this home must be writable, on a disk with room.');
  }
}

type CheckedCopy = { readonly journalId: string; readonly isOurs: boolean; readonly check: ChainCheck };

function checkCopy(copy: string, place: JournalPlace): CheckedCopy {
  const found = ((): CheckedCopy => {
    try {
      const database = new Database(copy);
      try {
        database.pragma('journal_mode = DELETE');
        const journalId = journalIdOf(database);
        const isOurs = keptSince(database, journalId, place.markKeys) !== undefined;
        // Another home's marks tell nothing here: that is a note, and no reason to refuse its backup.
        const markKeys: MarkKeys = isOurs ? place.markKeys : { own: undefined, other: place.markKeys.other === 'closed' ? 'closed' : 'none' };
        return { journalId, isOurs, check: checkChain(database, 'full', { journalId, markKeys, headMark: undefined }) };
      } finally {
        database.close();
      }
    } catch (thrown) {
      if (!isSqliteError(thrown)) throw thrown;
      throw refused(`It is damaged and cannot be read (${thrown.code}).`);
    }
  })();
  const { damage } = found.check;
  if (damage !== null) throw refused(`It does not hold: ${damage.detail}`);
  if (found.journalId === '') throw refused('It has no entries.');
  return found;
}

/** The journal that lies in this home: not there, empty, damaged, or whole. Read only. */
function standingOf({ path, headPath, markKeys }: JournalPlace): Standing {
  const nothing = { journalId: '', end: 0, headHash: null };
  const header = readFileHeader(path);
  if (header === 'missing' || header === 'empty') return { state: header, ...nothing };
  if (header === 'other_database' || header === 'newer_journal') throw refused(header === 'newer_journal' ? 'The journal here was written by a newer Drydock. Update Drydock first.' : `${path} is another program’s. Move it away, or set DRYDOCK_HOME to another folder.`);
  if (header === 'no_database') return { state: 'damaged', ...nothing };
  try {
    const database = new Database(path, { readonly: true });
    try {
      const journalId = journalIdOf(database);
      const last = database.prepare<[], { seq: number; hash: string }>('SELECT seq, hash FROM entries ORDER BY seq DESC LIMIT 1').get();
      const ofWork = database.prepare<[], number>("SELECT count(*) FROM entries WHERE kind NOT IN ('journal.opened', 'journal.key_replaced')").pluck().get();
      const highest = database.prepare<[], number>("SELECT max(seq) FROM sqlite_sequence WHERE name = 'entries'").pluck().get() ?? 0;
      const known = { journalId, end: Math.max(last?.seq ?? 0, highest), headHash: last?.hash ?? null };
      if (ofWork === 0) return { state: 'empty', ...known, end: 0 };
      const { damage } = checkChain(database, 'full', { journalId, markKeys, headMark: readHeadMark(headPath) });
      return { state: damage === null ? 'whole' : 'damaged', ...known };
    } finally {
      database.close();
    }
  } catch (thrown) {
    if (!isSqliteError(thrown)) throw thrown;
    if (thrown.code.startsWith('SQLITE_BUSY')) throw refused('Another Drydock is writing to the journal here. Close it first.');
    return { state: 'damaged', ...nothing };
  }
}

function refuseToLose(copy: string, journalId: string, standing: Standing): void {
  if (standing.state !== 'whole') return;
  if (standing.journalId !== journalId) throw refused('It is of another journal, and the one here holds and has entries of its own. Set DRYDOCK_HOME to another folder to use it.');
  const database = new Database(copy, { readonly: true });
  try {
    const same = database.prepare<[number], string>('SELECT hash FROM entries WHERE seq = ?').pluck().get(standing.end);
    if (same === standing.headHash) return;
    const end = Number(database.prepare<[], number>('SELECT max(seq) FROM entries').pluck().get());
    throw refused(end < standing.end ? `The journal here holds, and has entries ${end + 1} to ${standing.end} that it does not have.` : 'It and the journal here say different things from some entry on. Both hold, so neither is put over the other.');
  } finally {
    database.close();
  }
}

function endByHeadMark({ headPath, markKeys }: JournalPlace, journalId: string): number {
  const mark = readHeadMark(headPath);
  if (mark === undefined || mark.journal_id !== journalId) return 0;
  return openedKeys(markKeys).length === 0 || markKeys.other === 'closed' || isOurMark(markKeys, mark) ? mark.seq : 0;
}

/** Where this home has a key of its own that can be opened here; else the first start says so, with the one that it makes. */
function markAsOurs(copy: string, { own, other }: MarkKeys, journalId: string, now: Date): void {
  if (own === undefined || other === 'closed') return;
  const database = new Database(copy);
  try {
    database.pragma('synchronous = FULL');
    takeOver(database, journalId, own, now);
  } finally {
    database.close();
  }
}

/** The record of an empty journal, with nothing in it but its beginning, would accuse whatever is put in its place. */
function isOfNothing(headPath: string, { state, journalId }: Standing): boolean {
  const mark = readHeadMark(headPath);
  return state === 'empty' && mark?.seq === 1 && mark.journal_id === journalId;
}

type Putting = { readonly home: string; readonly now: Date; readonly leavesHeadMark: boolean };

/** The former files first, for a log of writes that stayed would be taken for the new file’s. Killed between, it can be done again. */
function putInPlace(copy: string, { path, headPath }: JournalPlace, { home, now, leavesHeadMark }: Putting): { readonly keptAside: string | null } {
  const aside = freeName(join(home, `journal-replaced-${now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`));
  let keptAside: string | null = null;
  if (!leavesHeadMark) rmSync(headPath, { force: true });
  for (const side of SIDE_FILES) {
    if (!existsSync(`${path}${side}`)) continue;
    if (side === '' && statSync(path).size > 0) keptAside = aside;
    renameSync(`${path}${side}`, `${aside}${side}`);
  }
  if (keptAside === null) rmSync(aside, { force: true });
  sync(copy);
  renameSync(copy, path);
  sync(home);
  return { keptAside };
}

function freeName(wished: string): string {
  for (let more = 1; ; more += 1) {
    const name = `${wished}${more === 1 ? '' : `-${more}`}.sqlite`;
    if (!existsSync(name)) return name;
  }
}

function refused(why: string): Error {
  return problem('import_refused', 'The file was not put in the place of the journal', `${why} Nothing was changed.`);
}
