import { createHmac } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { createFileSecretStore } from '../../operator/environments/file-secret-store.ts';
import { createJournalHome, writeOver } from '../../operator/journal/journal-home.testing.ts';
import type { Journal } from '../../operator/journal/journal.ts';
import { compareHeads } from '../../operator/journal/server-heads.ts';

export const WORLD_ENTRIES = 200;

export type AnchoredHead = { readonly journal_id: string; readonly seq: number; readonly hash: string; readonly anchored_at: string };
export type Shown = { readonly kind: string; readonly seq: number };
export type Change = (home: string, database: Database.Database) => void;
export type Pick = (from: number, to: number) => number;

/** A whole journal of two hundred entries, what a server has of it, and what is found in copies of it after a change. */
export interface JournalWorld {
  readonly root: string;
  /** Its home, closed. */
  readonly whole: string;
  /** The home as it was some eighty entries before. */
  readonly older: string;
  readonly journalId: string;
  /** As the server has them: of every tenth entry and the last. */
  readonly heads: readonly AnchoredHead[];
  /** Closed with the world at the latest. */
  openIn(home: string, clock?: () => Date): Journal;
  /** A home of its own with the same files. */
  copyOf(home: string): string;
  /** By the chain alone, or with the server's heads. */
  shownAfter(change: Change, withServer?: boolean): Shown[];
  /** The one number that a question to the whole journal gives; 0 for none. */
  ask(sql: string, seq?: number): number;
  olderEnd(): number;
  close(): void;
}

export function createJournalWorld(): JournalWorld {
  const place = createJournalHome();
  const { root } = place;
  const [whole, older] = [join(root, 'whole'), join(root, 'older')];
  const heads: AnchoredHead[] = [];

  function openIn(home: string, clock = ticking()): Journal {
    return place.open({ home, secrets: createFileSecretStore(home), clock });
  }
  function copyFiles(from: string, to: string): void {
    for (const name of readdirSync(from)) copyFileSync(join(from, name), join(to, name));
  }
  function askIn(home: string, sql: string, values: readonly number[]): number {
    const database = new Database(join(home, 'journal.sqlite'), { readonly: true });
    const found = Number(database.prepare<number[], number | null>(sql).pluck().get(...values) ?? 0);
    database.close();
    return found;
  }
  function copyOf(home: string): string {
    const copy = mkdtempSync(join(root, 'copy-'));
    copyFiles(home, copy);
    return copy;
  }

  const journal = openIn(whole);
  const { journalId } = journal;
  const scope = journal.newScope();
  for (let index = 0; (journal.head()?.seq ?? 0) < WORLD_ENTRIES; ) {
    // Some alone, some several in a transaction, which then have one mark for all.
    const together = index % 7 === 0 ? 3 : 1;
    journal.write((writer) => {
      for (let one = 0; one < together; one += 1, index += 1) writer.append({ kind: 'items.mirrored', payload: { run_id: `run-${index % 5}`, index }, ...(index % 2 === 0 ? { sealed: { scope, text: `person${index}@example.com` } } : {}) });
    });
    const head = journal.head() ?? { seq: 0, hash: '' };
    if (head.seq >= (heads.length + 1) * 10 || head.seq >= WORLD_ENTRIES) heads.push({ ...head, journal_id: journalId, anchored_at: '2026-01-01T00:00:00Z' });
    if (head.seq >= 120 && !readdirSync(root).includes('older')) {
      mkdirSync(older);
      copyFiles(whole, older);
      // Of an open journal everything is in the copy, its log of writes included.
      openIn(older).close();
    }
  }
  journal.close();

  return {
    root,
    whole,
    older,
    journalId,
    heads,
    openIn,
    copyOf,
    shownAfter(change, withServer = false) {
      const home = copyOf(whole);
      writeOver(join(home, 'journal.sqlite'), (database) => change(home, database));
      const changed = openIn(home);
      const { damages } = changed.verify('full');
      const all = withServer ? [...damages, ...compareHeads(changed, heads, damages).damages] : damages;
      changed.close();
      rmSync(home, { recursive: true });
      return all.map(({ kind, seq }) => ({ kind, seq }));
    },
    ask: (sql, seq) => askIn(whole, sql, seq === undefined ? [] : [seq]),
    olderEnd: () => askIn(older, 'SELECT max(seq) FROM entries', []),
    close: place.remove,
  };
}

function ticking(): () => Date {
  let now = Date.parse('2026-01-02T03:04:05Z');
  return () => new Date((now += 1_000));
}

/** Numbers that are the same for the same seed. */
export function numbersOf(seed: number): Pick {
  let step = 0;
  return (from, to) => from + (createHmac('sha256', String(seed)).update(String((step += 1))).digest().readUInt32BE(0) % (to - from + 1));
}

/** So many cases, each kind in its turn, with a seed of its own. */
export function casesOf<Made>(kinds: Readonly<Record<string, (pick: Pick) => Made>>, count: number, seed: number): readonly { readonly name: string; readonly make: () => Made; readonly seed: number }[] {
  const all = Object.entries(kinds);
  return Array.from({ length: count }, (_, index) => {
    const [name = '', make] = all[index % all.length] ?? [];
    if (make === undefined) throw new Error('there are no kinds');
    return { name, make: () => make(numbersOf(seed + index)), seed: seed + index };
  });
}

/** An entry that says another number than was written. */
export function editPayload(database: Database.Database, seq: number): void {
  database.prepare("UPDATE entries SET payload = replace(payload, '\"index\":', '\"index\":9') WHERE seq = ?").run(seq);
}
