import { closeSync, existsSync, fsyncSync, linkSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { OperatorError } from '../../shared/contract/operator/reply.ts';
import { problem } from '../problems.ts';
import { type WhatIsKnown, checkChain } from './verify-chain.ts';

/** A finished backup: one file without SQLite's files beside it, whose chain was checked. */
export interface JournalBackup {
  readonly entries: number;
  readonly headHash: string | null;
  readonly bytes: number;
}

/**
 * Copies an open journal with SQLite's own backup, so that it is one moment of it whoever writes meanwhile; the copy is
 * checked in full and on disk before it gets its name. Keys are not in it.
 * @throws OperatorError `backup_not_written`, `backup_does_not_hold`; nothing is left at `path` then
 */
export async function backUp(database: Database.Database, path: string, known: Omit<WhatIsKnown, 'headMark'>): Promise<JournalBackup> {
  if (existsSync(path)) throw notWritten(path, 'is there already, and nothing is overwritten: name another file.');
  const partial = `${path}.${process.pid}.partial`;
  try {
    closeSync(openSync(partial, 'wx', 0o600));
    await database.backup(partial);
    const copied = checkCopy(partial, known);
    sync(partial);
    putInPlace(partial, path);
    sync(dirname(path));
    return { ...copied, bytes: statSync(path).size };
  } catch (thrown) {
    throw thrown instanceof OperatorError ? thrown : notWritten(path, whyNot(thrown));
  } finally {
    for (const left of [partial, `${partial}-journal`, `${partial}-wal`, `${partial}-shm`]) rmSync(left, { force: true });
  }
}

function checkCopy(partial: string, known: Omit<WhatIsKnown, 'headMark'>): Pick<JournalBackup, 'entries' | 'headHash'> {
  const copy = new Database(partial);
  try {
    // Out of write-ahead logging, so that this one file is all of it.
    copy.pragma('journal_mode = DELETE');
    const { damage, entries } = checkChain(copy, 'full', { ...known, headMark: undefined });
    if (damage !== null) throw problem('backup_does_not_hold', 'No backup was made: the journal does not hold', `${damage.detail} "drydock journal verify" says more. Keep the file as it is, and put a backup from before in its place.`);
    return { entries, headHash: copy.prepare<[], string>('SELECT hash FROM entries ORDER BY seq DESC LIMIT 1').pluck().get() ?? null };
  } finally {
    copy.close();
  }
}

/** A link refuses a name that is taken, at the same moment; where the disk knows no links, a look and a rename must do. */
function putInPlace(partial: string, path: string): void {
  try {
    linkSync(partial, path);
  } catch (thrown) {
    if (codeOf(thrown) === 'EEXIST' || existsSync(path)) throw notWritten(path, 'is there already, and nothing is overwritten: name another file.');
    renameSync(partial, path);
  }
}

/** On disk when this returns; a folder cannot be synced everywhere, and a rename there is kept without. */
export function sync(path: string): void {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (thrown) {
    if (codeOf(thrown) === 'EISDIR' || codeOf(thrown) === 'EPERM' || codeOf(thrown) === 'EACCES') return;
    throw thrown;
  }
  try {
    fsyncSync(file);
  } catch (thrown) {
    if (codeOf(thrown) !== 'EINVAL' && codeOf(thrown) !== 'EPERM') throw thrown;
  } finally {
    closeSync(file);
  }
}

function whyNot(thrown: unknown): string {
  switch (codeOf(thrown)) {
    case 'ENOSPC':
    case 'EFBIG':
    case 'SQLITE_FULL':
      return 'finds no room on its disk: make some, or name another place.';
    default:
      return `cannot be written: check the folder and its rights${codeOf(thrown) === undefined ? '' : ` (${String(codeOf(thrown))})`}.`;
  }
}

function notWritten(path: string, why: string): OperatorError {
  return problem('backup_not_written', 'No backup was made', `${path} ${why}`);
}

function codeOf(thrown: unknown): string | undefined {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined;
}
