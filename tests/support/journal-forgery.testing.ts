import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { createFileSecretStore } from '../../operator/environments/file-secret-store.ts';
import { type MarkKey, markKeyOf, writeHeadMark } from '../../operator/journal/head-mark.ts';
import { entryAt, hashOf, rehashFrom } from '../../operator/journal/journal-home.testing.ts';
import { journalIdOf } from '../../operator/journal/journal-place.ts';

/** What somebody can do to a journal's file who has it, SQLite, and where it is said so the key of its marks. */

/** The key of the marks of a home without a key store. */
export function stolenKey(home: string): MarkKey {
  return markKeyOf(createFileSecretStore(home).get('journal-mark-key') ?? '');
}

export function lastSeq(database: Database.Database): number {
  return Number(database.prepare('SELECT max(seq) FROM entries').pluck().get());
}

export function putMark(database: Database.Database, key: MarkKey, seq: number): void {
  database.prepare('INSERT OR REPLACE INTO marks (seq, key_id, mac) VALUES (?, ?, ?)').run(seq, key.id, key.mac(journalIdOf(database), seq, entryAt(database, seq).hash));
}

/** With the stolen key: every mark and the record of the last entry made anew, the end numbered as it is. */
export function forgeMarks(home: string, database: Database.Database): void {
  const key = stolenKey(home);
  database.exec('DELETE FROM marks; UPDATE sqlite_sequence SET seq = (SELECT max(seq) FROM entries)');
  for (const seq of database.prepare<[], number>('SELECT seq FROM entries').pluck().all()) putMark(database, key, seq);
  const { seq, hash } = entryAt(database, lastSeq(database));
  const id = journalIdOf(database);
  writeHeadMark(join(home, 'journal-head.json'), { journal_id: id, seq, hash, mac: key.mac(id, seq, hash) });
}

/** A change, then the chain hashed anew from an entry on and every mark made with the stolen key. */
export function forging(change: (database: Database.Database) => void, from?: number): (home: string, database: Database.Database) => void {
  return (home, database) => {
    change(database);
    if (from !== undefined) rehashFrom(database, from);
    forgeMarks(home, database);
  };
}

/** Adds an entry behind the last one, as it would be written but for its mark; gives its place. */
export function appendEntry(database: Database.Database, kind: string, payload: string): number {
  const { seq, hash } = entryAt(database, lastSeq(database));
  const fresh = { seq: seq + 1, kind, payload, prev_hash: hash };
  database.prepare('INSERT INTO entries VALUES (?, ?, ?, ?, ?)').run(fresh.seq, kind, payload, hash, hashOf(fresh));
  return fresh.seq;
}

/** Moves everything from an entry on by so many places. */
export function shift(database: Database.Database, tables: readonly string[], from: number, by: number): void {
  for (const table of tables) database.exec(`UPDATE ${table} SET seq = -(seq + ${by}) WHERE seq >= ${from}; UPDATE ${table} SET seq = -seq WHERE seq < 0`);
}

/** Takes entries out from a place on, with what belongs to them. */
export function cutFrom(database: Database.Database, from: number): void {
  for (const table of ['marks', 'personal', 'entries']) database.exec(`DELETE FROM ${table} WHERE seq >= ${from}`);
}

export function swap(database: Database.Database, one: number, other: number): void {
  for (const table of ['entries', 'personal']) database.exec(`UPDATE ${table} SET seq = -9 WHERE seq = ${one}; UPDATE ${table} SET seq = ${one} WHERE seq = ${other}; UPDATE ${table} SET seq = ${other} WHERE seq = -9`);
}

export function emptyOut(database: Database.Database): void {
  database.exec('DELETE FROM personal; DELETE FROM marks; DELETE FROM entries; DELETE FROM sqlite_sequence');
}

/** Sealed data is bound to its place: moved without its own key it can only be taken out, and what the chain says of it with it. */
export function withoutSealed(database: Database.Database, from: number): void {
  database.exec(`DELETE FROM personal WHERE seq >= ${from}; UPDATE entries SET payload = replace(payload, '"sealed"', '"unsealed"') WHERE seq >= ${from}`);
}
