import { hash } from 'node:crypto';
import type Database from 'better-sqlite3';
import { canonicalJson } from '../../shared/core/canonical-json.ts';
import { JOURNAL_GENESIS_HASH, journalEntryHash } from '../../shared/core/journal-entry.ts';
import type { MarkKey } from './head-mark.ts';

/**
 * Writes at the end of another home's journal from where on the marks of this key count, as the first start does where a
 * key was lost. Without it a journal of another key is taken for one that somebody put in the place of ours.
 */
export function takeOver(database: Database.Database, journalId: string, key: MarkKey, now: Date): void {
  database
    .transaction(() => {
      const last = database.prepare<[], { readonly seq: number; readonly hash: string }>('SELECT seq, hash FROM entries ORDER BY seq DESC LIMIT 1').get();
      const entry = { seq: (last?.seq ?? 0) + 1, kind: 'journal.key_replaced', payload: canonicalJson({ at: now.toISOString(), key_id: key.id }), prev_hash: last?.hash ?? JOURNAL_GENESIS_HASH };
      const entryHash = journalEntryHash((text) => hash('sha256', text), entry);
      database.prepare('INSERT INTO entries (seq, kind, payload, prev_hash, hash) VALUES (?, ?, ?, ?, ?)').run(entry.seq, entry.kind, entry.payload, entry.prev_hash, entryHash);
      database.prepare('INSERT INTO marks (seq, key_id, mac) VALUES (?, ?, ?)').run(entry.seq, key.id, key.mac(journalId, entry.seq, entryHash));
    })
    .immediate();
}
