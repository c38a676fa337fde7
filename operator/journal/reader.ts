import type Database from 'better-sqlite3';
import type { JournalEntry } from '../../shared/core/journal-entry.ts';
import { payloadField } from './schema.ts';
import type { JournalKind, JournalReader } from './journal.ts';
import { payloadOf, sealNoteOf } from './payload.ts';
import { unseal } from './sealing.ts';

const COLUMNS = 'seq, kind, payload, prev_hash, hash';
const RUN = payloadField('run_id');

/** What a run in progress is asked for at every poll: each must be found by index, however long the journal is. */
export const runQueries = {
  ofRunAndKind: `SELECT ${COLUMNS} FROM entries WHERE ${RUN} = ? AND kind = ? AND seq > ? ORDER BY seq`,
  lastOfRun: `SELECT ${COLUMNS} FROM entries WHERE ${RUN} = ? AND kind = ? ORDER BY seq DESC LIMIT 1`,
  /** From run to run through the index, past all that lies between. */
  lastOfEachRun: `WITH RECURSIVE runs (id) AS (
      SELECT (SELECT ${RUN} FROM entries WHERE ${RUN} > '' ORDER BY ${RUN} LIMIT 1)
      UNION ALL SELECT (SELECT ${RUN} FROM entries WHERE ${RUN} > runs.id ORDER BY ${RUN} LIMIT 1) FROM runs WHERE runs.id IS NOT NULL
    )
    SELECT ${COLUMNS} FROM runs CROSS JOIN entries
    WHERE runs.id IS NOT NULL AND seq = (SELECT e.seq FROM entries e WHERE ${payloadField('run_id', 'e.')} = runs.id AND e.kind = ? ORDER BY e.seq DESC LIMIT 1)`,
} as const;

type PersonalRow = { readonly scope: string; readonly nonce: Uint8Array; readonly sealed: Uint8Array };

/** Reads the journal on one connection; `scopeKey` gives the key of a scope, undefined when it was destroyed. */
export function createJournalReader(database: Database.Database, scopeKey: (scope: string) => string | undefined): JournalReader {
  const head = database.prepare<[], { seq: number; hash: string }>('SELECT seq, hash FROM entries ORDER BY seq DESC LIMIT 1');
  const one = database.prepare<[number], JournalEntry>(`SELECT ${COLUMNS} FROM entries WHERE seq = ?`);
  const all = database.prepare<[number], JournalEntry>(`SELECT ${COLUMNS} FROM entries WHERE seq > ? ORDER BY seq`);
  const ofRun = database.prepare<[string, number], JournalEntry>(`SELECT ${COLUMNS} FROM entries WHERE ${RUN} = ? AND seq > ? ORDER BY seq`);
  const ofKind = database.prepare<[string, number], JournalEntry>(`SELECT ${COLUMNS} FROM entries WHERE kind = ? AND seq > ? ORDER BY seq`);
  const ofRunAndKind = database.prepare<[string, string, number], JournalEntry>(runQueries.ofRunAndKind);
  const lastOfKind = database.prepare<[string], JournalEntry>(`SELECT ${COLUMNS} FROM entries WHERE kind = ? ORDER BY seq DESC LIMIT 1`);
  const lastOfRun = database.prepare<[string, string], JournalEntry>(runQueries.lastOfRun);
  const lastOfEachRun = database.prepare<[string], JournalEntry>(runQueries.lastOfEachRun);
  const newest = database.prepare<[number, number], JournalEntry>(`SELECT ${COLUMNS} FROM entries ORDER BY seq DESC LIMIT ? OFFSET ?`);
  const newestOfRun = database.prepare<[string, number, number], JournalEntry>(`SELECT ${COLUMNS} FROM entries WHERE ${RUN} = ? ORDER BY seq DESC LIMIT ? OFFSET ?`);
  const count = database.prepare<[], number>('SELECT count(*) FROM entries').pluck();
  const countOfRun = database.prepare<[string], number>(`SELECT count(*) FROM entries WHERE ${RUN} = ?`).pluck();
  const after = database.prepare<[number], number>('SELECT count(*) FROM entries WHERE seq > ?').pluck();
  const personal = database.prepare<[number], PersonalRow>('SELECT scope, nonce, sealed FROM personal WHERE seq = ?');

  const ofIntent = `FROM entries o WHERE o.kind = 'outcome' AND ${payloadField('intent', 'o.')}`;
  const outcomeOf = `SELECT 1 ${ofIntent}`;
  const intents = database.prepare<[], JournalEntry>(`SELECT ${COLUMNS} FROM entries i WHERE kind = 'intent' AND NOT EXISTS (${outcomeOf} = i.seq) ORDER BY seq`);
  const outcome = database.prepare<[number], number>(`${outcomeOf} = ? LIMIT 1`).pluck();
  const wholeOutcome = database.prepare<[number], JournalEntry>(`SELECT ${COLUMNS} ${ofIntent} = ? LIMIT 1`);

  /** Scopes that were found: an entry that stands first stays first. */
  const scopes = new Map<string, string>();

  /** Read by page, so that nobody holds a cursor open while another part of us writes. */
  function* paged(next: (afterSeq: number) => Iterable<JournalEntry>, from: number): Iterable<JournalEntry> {
    let after = from;
    for (;;) {
      const page = takeFirst(next(after), 500);
      yield* page;
      const last = page.at(-1);
      if (last === undefined || page.length < 500) return;
      after = last.seq;
    }
  }

  return {
    head: () => head.get(),
    get: (seq) => one.get(seq),
    entries({ runId, kind, afterSeq = 0 } = {}) {
      return paged((after) => {
        if (runId !== undefined) return kind === undefined ? ofRun.iterate(runId, after) : ofRunAndKind.iterate(runId, kind, after);
        return kind === undefined ? all.iterate(after) : ofKind.iterate(kind, after);
      }, afterSeq);
    },
    last: (kind: JournalKind, runId?: string) => (runId === undefined ? lastOfKind.get(kind) : lastOfRun.get(runId, kind)),
    lastOfEachRun: (kind) => lastOfEachRun.all(kind),
    list: ({ offset, limit, runId }) =>
      runId === undefined
        ? { items: newest.all(limit, offset), total: count.get() ?? 0 }
        : { items: newestOfRun.all(runId, limit, offset), total: countOfRun.get(runId) ?? 0 },
    countAfter: (seq) => after.get(seq) ?? 0,
    openSealed(entry) {
      const row = personal.get(entry.seq);
      const key = row === undefined ? undefined : scopeKey(row.scope);
      return row === undefined || key === undefined ? undefined : unseal(key, row.scope, entry.seq, row);
    },
    openIntents: () => intents.all(),
    outcomeOf: (intentSeq) => wholeOutcome.get(intentSeq),
    isOpen: (intentSeq) => outcome.get(intentSeq) === undefined,
    scopeOfRun(runId) {
      const known = scopes.get(runId);
      if (known !== undefined) return known;
      const first = kindsWithScope.flatMap((kind) => firstWithScope(ofRunAndKind.iterate(runId, kind, 0))).sort((one, other) => one.seq - other.seq)[0];
      if (first !== undefined) scopes.set(runId, first.scope);
      return first?.scope;
    },
  };
}

/** Entries of a run that can be sealed, or name the scope of what was. Each kind is found by index, in its order, and no other entry is read. */
const kindsWithScope: readonly JournalKind[] = ['intent', 'outcome', 'run.observed', 'items.mirrored', 'snapshots.mirrored', 'receipt.kept', 'approvals.mirrored', 'gates.mirrored', 'validation.step'];

function firstWithScope(entries: Iterable<JournalEntry>): { readonly seq: number; readonly scope: string }[] {
  for (const entry of entries) {
    const scope = sealNoteOf(entry)?.scope ?? payloadOf(entry)['scope'];
    if (typeof scope === 'string') return [{ seq: entry.seq, scope }];
  }
  return [];
}

function takeFirst<Item>(items: Iterable<Item>, count: number): Item[] {
  const taken: Item[] = [];
  for (const item of items) {
    taken.push(item);
    if (taken.length === count) break;
  }
  return taken;
}
