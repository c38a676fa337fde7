import type Database from 'better-sqlite3';
import type { SecretStore } from '../environments/secret-store.ts';
import { type HeadMark, type MarkKey, markKeyOf } from './head-mark.ts';
import { payloadOf } from './payload.ts';
import { newScopeKey } from './sealing.ts';

/** The name under which the key of the marks lies in the secret store. */
export const MARK_KEY = 'journal-mark-key';

/** The keys that the marks of a home's journal can be of. */
export interface MarkKeys {
  /** Undefined when this store has none, which is then not made. */
  readonly own: MarkKey | undefined;
  /** The other store of this home has one as well where both the window and the command line are used: `closed` where only that one opens it. */
  readonly other: MarkKey | 'closed' | 'none';
}

/** The keys of the marks as they are stored. */
export function markKeysIn(secrets: SecretStore): MarkKeys {
  const own = secrets.get(MARK_KEY);
  const other = secrets.elsewhere(MARK_KEY);
  return { own: own === undefined ? undefined : markKeyOf(own), other: typeof other === 'string' ? other : markKeyOf(other.text) };
}

/** The key of this store, made where it has none; the caller sees to it that no other process does the same. */
export function takeMarkKey(secrets: SecretStore, randomBytes: (count: number) => Uint8Array): { readonly key: MarkKey; readonly isFirst: boolean } {
  const stored = secrets.get(MARK_KEY);
  const secret = stored ?? newScopeKey(randomBytes);
  if (stored === undefined) secrets.set(MARK_KEY, secret);
  return { key: markKeyOf(secret), isFirst: stored === undefined };
}

/** Those that can be opened here. */
export function openedKeys({ own, other }: MarkKeys): readonly MarkKey[] {
  return [own, other].filter((key) => typeof key === 'object');
}

/** Whether a key of this home made the mark, as far as they can be opened here. */
export function isOurMark(keys: MarkKeys, { journal_id, seq, hash, mac }: HeadMark): boolean {
  return openedKeys(keys).some((key) => key.holds(journal_id, seq, hash, mac));
}

/**
 * The entry from which on every mark must be of a key of this home: the first one where such a key began the journal, else
 * the one that says that it took over. Undefined when none did either: the journal is another home's.
 */
export function keptSince(database: Database.Database, journalId: string, keys: MarkKeys): number | undefined {
  const opened = openedKeys(keys);
  if (opened.some((key) => key.journalId === journalId)) return 1;
  const takenOver = database.prepare<[], { readonly seq: number; readonly payload: string }>("SELECT seq, payload FROM entries WHERE kind = 'journal.key_replaced' ORDER BY seq");
  for (const entry of takenOver.iterate()) {
    const id = payloadOf(entry)['key_id'];
    if (opened.some((key) => key.id === id)) return entry.seq;
  }
  return undefined;
}
