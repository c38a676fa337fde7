import type Database from 'better-sqlite3';
import type { MarkKeys } from './mark-keys.ts';
import { payloadOf } from './payload.ts';

/** Where a home's journal lies, with what is kept beside it. */
export interface JournalPlace {
  readonly path: string;
  readonly headPath: string;
  readonly markKeys: MarkKeys;
}

/** What the first entry says; empty when it is gone or changed. */
export function journalIdOf(database: Database.Database): string {
  const payload = database.prepare<[], string>('SELECT payload FROM entries WHERE seq = 1').pluck().get();
  const id = payload === undefined ? undefined : payloadOf({ payload })['journal_id'];
  return typeof id === 'string' ? id : '';
}
