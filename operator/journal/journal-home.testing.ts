import { hash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import Database from 'better-sqlite3';
import { type JournalEntry, journalEntryHash } from '../../shared/core/journal-entry.ts';
import { createFileSecretStore } from '../environments/file-secret-store.ts';
import { silentLog } from '../log.ts';
import { installationRoot } from '../resource-paths.ts';
import type { Journal } from './journal.ts';
import { type JournalOptions, openJournal } from './open-journal.ts';

/** A journal as it is opened on a machine without a key store. Whoever opens it closes it. */
export function openJournalIn(home: string, options: Partial<JournalOptions> = {}): Journal {
  return openJournal({ home, secrets: createFileSecretStore(home), clock: () => new Date(), randomBytes, log: silentLog, ...options });
}

/** A home for journals of one test, and what was opened there. */
export interface JournalHome {
  /** A folder of the test's own; `home` lies in it and is made when it is first opened. */
  readonly root: string;
  readonly home: string;
  /** Closed by `closeAll` and `remove`. */
  open(options?: Partial<JournalOptions>): Journal;
  closeAll(): void;
  /** Closes what is open and removes the folder. */
  remove(): void;
}

export function createJournalHome(given: Partial<JournalOptions> = {}): JournalHome {
  const root = mkdtempSync(join(tmpdir(), 'drydock-journal-'));
  const home = join(root, 'home');
  const opened: Journal[] = [];
  function closeAll(): void {
    for (const journal of opened.splice(0)) journal.close();
  }
  return {
    root,
    home,
    open(options = {}) {
      const journal = openJournalIn(options.home ?? home, { ...given, ...options });
      opened.push(journal);
      return journal;
    },
    closeAll,
    remove() {
      closeAll();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** Changes a closed journal's file as somebody with it and SQLite could, its guards taken out. `change` may close it. */
export function writeOver(file: string, change: (database: Database.Database) => void): void {
  const database = new Database(file);
  // Nothing that a test does to a file need survive a power cut.
  database.pragma('synchronous = OFF');
  database.pragma('foreign_keys = OFF');
  for (const name of database.prepare<[], string>("SELECT name FROM sqlite_master WHERE type = 'trigger'").pluck().all()) database.exec(`DROP TRIGGER ${name}`);
  change(database);
  if (database.open) database.close();
}

/** An entry as the file has it. @throws Error when there is none */
export function entryAt(database: Database.Database, seq: number): JournalEntry {
  const entry = database.prepare<[number], JournalEntry>('SELECT seq, kind, payload, prev_hash, hash FROM entries WHERE seq = ?').get(seq);
  if (entry === undefined) throw new Error(`no entry ${seq}`);
  return entry;
}

export function hashOf(entry: Omit<JournalEntry, 'hash'>): string {
  return journalEntryHash((text) => hash('sha256', text), entry);
}

/** Hashes the chain anew from an entry on, so that each follows the one before it. */
export function rehashFrom(database: Database.Database, from: number): void {
  let previous = entryAt(database, from - 1).hash;
  for (const entry of database.prepare<[number], JournalEntry>('SELECT seq, kind, payload, prev_hash, hash FROM entries WHERE seq >= ? ORDER BY seq').all(from)) {
    const fresh = hashOf({ ...entry, prev_hash: previous });
    database.prepare('UPDATE entries SET prev_hash = ?, hash = ? WHERE seq = ?').run(previous, fresh, entry.seq);
    previous = fresh;
  }
}

/** The address of a source file of the operator, as it can stand in a program's text. */
export function operatorModule(path: string): string {
  return JSON.stringify(pathToFileURL(join(installationRoot(), 'operator', path)).href);
}

/** The beginning of a program of its own that opens the journal of a home with `open()`. */
export function openingProgram(home: string): string {
  return `import { openJournalIn } from ${operatorModule('journal/journal-home.testing.ts')};
    const open = () => openJournalIn(${JSON.stringify(home)});`;
}
