import { statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { problem } from '../problems.ts';
import { type WhatIsKnown, checkChain } from './verify-chain.ts';
import { makeWholeFile } from './whole-file.ts';

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
  const copied = await makeWholeFile(
    path,
    async (partial) => {
      await database.backup(partial);
      return checkCopy(partial, known);
    },
    { code: 'backup_not_written', title: 'No backup was made' },
  );
  return { ...copied, bytes: statSync(path).size };
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
