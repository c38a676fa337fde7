import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';

/** The folder's database is open in another process. */
export class FolderInUse extends Error {
  override readonly name = 'FolderInUse';
}

/** Held until released, or until the process ends in whatever way. */
export interface FolderLock {
  readonly release: () => void;
}

/**
 * Takes a data folder for this process alone. The embedded database has no lock of its own, and two processes on its
 * files would ruin them. SQLite's file lock is used because the operating system lets go of it when a process dies;
 * a file with a process id in it would outlive a `kill -9`.
 * @throws FolderInUse when another process has it, and what the file system or SQLite says where it cannot be written.
 */
export function lockFolder(folder: string): FolderLock {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const database = new Database(join(folder, 'lock.sqlite'), { timeout: 0 });
  try {
    database.pragma('locking_mode = EXCLUSIVE');
    database.exec('begin exclusive');
  } catch (error) {
    database.close();
    if (!(error instanceof Database.SqliteError) || error.code !== 'SQLITE_BUSY') throw error;
    throw new FolderInUse(`the embedded database in ${folder} is open in another process; stop it first`);
  }
  return { release: () => database.close() };
}
