import { closeSync, openSync } from 'node:fs';
import Database from 'better-sqlite3';
import { problem } from '../problems.ts';
import { makeTables } from './schema.ts';

/** "DryJ": the mark by which `file` and we know a journal. */
export const JOURNAL_APPLICATION_ID = 0x4472_794a;
export const JOURNAL_SCHEMA_VERSION = 1;
const BUSY_TIMEOUT_MS = 10_000;
const WAL_PAUSE_MS = 20;
const SYNCHRONOUS_FULL = 2;

/** What a connection's durability came out as, read back from SQLite itself. */
export interface Durability {
  readonly journalMode: string;
  readonly synchronous: number;
  readonly foreignKeys: number;
}

/**
 * Opens or makes the journal's file. What was acknowledged must be on disk, so WAL and FULL are set and read back:
 * the library's own default loses commits at a power cut.
 * @throws OperatorError `journal_unavailable`, `journal_newer`, `journal_foreign`, `journal_not_durable`
 */
export function openJournalDatabase(path: string): Database.Database {
  let database: Database.Database;
  try {
    // Made by us first, so that it and SQLite's files beside it are its owner's alone.
    closeSync(openSync(path, 'a', 0o600));
    database = new Database(path, { timeout: BUSY_TIMEOUT_MS });
  } catch {
    throw problem('journal_unavailable', 'The journal cannot be opened', `${path} must be a file that you may read and write, in a folder that you may write to, on a disk with room.`);
  }
  try {
    database.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
    refuseOtherFiles(database, path);
    enterWal(database);
    database.pragma('synchronous = FULL');
    database.pragma('foreign_keys = ON');
    const durability = readDurability(database);
    if (durability.journalMode !== 'wal' || durability.synchronous !== SYNCHRONOUS_FULL || durability.foreignKeys !== 1) {
      throw problem('journal_not_durable', 'The journal cannot be kept safely here', `This disk or build does not give write-ahead logging with full sync for ${path}. Put DRYDOCK_HOME on a local disk.`);
    }
    makeSchema(database);
    return database;
  } catch (thrown) {
    database.close();
    throw isSqliteError(thrown) ? unreadable(path, thrown) : thrown;
  }
}

/** SQLite does not wait here: of two processes that begin a new file at once, one would be told that it is busy. */
function enterWal(database: Database.Database): void {
  for (let attempt = 1; ; attempt += 1) {
    try {
      database.pragma('journal_mode = WAL');
      return;
    } catch (thrown) {
      if (!isSqliteError(thrown) || !thrown.code.startsWith('SQLITE_BUSY') || attempt * WAL_PAUSE_MS > BUSY_TIMEOUT_MS) throw thrown;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAL_PAUSE_MS);
    }
  }
}

export function readDurability(database: Database.Database): Durability {
  return {
    journalMode: String(database.pragma('journal_mode', { simple: true })),
    synchronous: Number(database.pragma('synchronous', { simple: true })),
    foreignKeys: Number(database.pragma('foreign_keys', { simple: true })),
  };
}

/** Whether SQLite itself threw, and so whether a write may have failed. */
export function isSqliteError(thrown: unknown): thrown is InstanceType<typeof Database.SqliteError> {
  return thrown instanceof Database.SqliteError;
}

function refuseOtherFiles(database: Database.Database, path: string): void {
  const applicationId = Number(database.pragma('application_id', { simple: true }));
  const version = Number(database.pragma('user_version', { simple: true }));
  const tables = Number(database.prepare<[], number>('SELECT count(*) FROM sqlite_master').pluck().get());
  if (applicationId === 0 && version === 0 && tables === 0) return;
  if (applicationId !== JOURNAL_APPLICATION_ID) {
    throw problem('journal_foreign', 'The file in the place of the journal is another program’s', `Move ${path} away, or set DRYDOCK_HOME to another folder. Nothing was changed in it.`);
  }
  if (version > JOURNAL_SCHEMA_VERSION) {
    throw problem('journal_newer', 'The journal was written by a newer Drydock', 'Update Drydock. Nothing was changed in the journal.');
  }
}

/** Under the write lock, so that two processes that start at once make it once. */
function makeSchema(database: Database.Database): void {
  database
    .transaction(() => {
      if (Number(database.pragma('user_version', { simple: true })) !== 0) return;
      makeTables(database);
      database.pragma(`application_id = ${JOURNAL_APPLICATION_ID}`);
      database.pragma(`user_version = ${JOURNAL_SCHEMA_VERSION}`);
    })
    .immediate();
}

function unreadable(path: string, thrown: { readonly code: string }): Error {
  if (thrown.code === 'SQLITE_NOTADB') return problem('journal_foreign', 'The file in the place of the journal is no journal', `Move ${path} away, or set DRYDOCK_HOME to another folder. Nothing was changed in it.`);
  if (thrown.code.startsWith('SQLITE_BUSY')) return problem('journal_busy', 'Another Drydock is writing to the journal', 'Try again when it has finished.');
  return problem('journal_unavailable', 'The journal cannot be opened', `${path} must be a file that you may read and write, in a folder that you may write to, on a disk with room (${thrown.code}).`);
}
