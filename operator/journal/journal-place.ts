import type Database from 'better-sqlite3';
import type { SecretStore } from '../environments/secret-store.ts';
import { type MarkKey, markKeyOf } from './head-mark.ts';
import { payloadOf } from './payload.ts';

/** The name under which the key of the marks lies in the secret store. */
export const MARK_KEY = 'journal-mark-key';

/** Where a home's journal lies, with what is kept beside it. */
export interface JournalPlace {
  readonly path: string;
  readonly headPath: string;
  readonly markKey: MarkKey | undefined;
}

/** The key of the marks as it is stored; undefined when this home has none, which is then not made. */
export function markKeyIn(secrets: SecretStore): MarkKey | undefined {
  const stored = secrets.get(MARK_KEY);
  return stored === undefined ? undefined : markKeyOf(stored);
}

/** What the first entry says; empty when it is gone or changed. */
export function journalIdOf(database: Database.Database): string {
  const payload = database.prepare<[], string>('SELECT payload FROM entries WHERE seq = 1').pluck().get();
  const id = payload === undefined ? undefined : payloadOf({ payload })['journal_id'];
  return typeof id === 'string' ? id : '';
}
