import { createHmac, hash, randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFileSecretStore } from '../../operator/environments/file-secret-store.ts';
import { markKeyOf, writeHeadMark } from '../../operator/journal/head-mark.ts';
import type { Journal } from '../../operator/journal/journal.ts';
import { openJournal } from '../../operator/journal/open-journal.ts';
import { compareHeads } from '../../operator/journal/server-heads.ts';
import { silentLog } from '../../operator/log.ts';
import { journalEntryHash } from '../../shared/core/journal-entry.ts';
import { proofSize } from '../support/proof-size.ts';

const ENTRIES = 200;
const SEED = 20_250_809;

interface Head {
  readonly seq: number;
  readonly hash: string;
  readonly anchored_at: string;
}
type Row = { readonly seq: number; readonly kind: string; readonly payload: string; readonly prev_hash: string; readonly hash: string };
type Shown = { readonly kind: string; readonly seq: number };

let root = '';
let whole = '';
let journalId = '';
/** As the server has them: of every tenth entry and the last. */
const heads: Head[] = [];
const open: Journal[] = [];

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'drydock-tampering-'));
  whole = join(root, 'whole');
  mkdirSync(whole);
  const journal = openIn(whole);
  journalId = journal.journalId;
  const scope = journal.newScope();
  let index = 0;
  while ((journal.head()?.seq ?? 0) < ENTRIES) {
    // Some alone, some several in a transaction, which then have one mark for all.
    const together = index % 7 === 0 ? 3 : 1;
    journal.write((writer) => {
      for (let one = 0; one < together; one += 1, index += 1) writer.append({ kind: 'items.mirrored', payload: { run_id: `run-${index % 5}`, index }, ...(index % 2 === 0 ? { sealed: { scope, text: `person${index}@example.com` } } : {}) });
    });
    const head = journal.head();
    if (head !== undefined && head.seq >= (heads.length + 1) * 10) heads.push({ ...head, anchored_at: '2026-01-01T00:00:00Z' });
    if (head !== undefined && head.seq >= 120 && !readdirSync(root).includes('older')) copyHome(whole, join(root, 'older'), journal);
  }
  const end = journal.head();
  if (end !== undefined) heads.push({ ...end, anchored_at: '2026-01-01T00:00:00Z' });
  journal.close();
});
afterAll(() => {
  for (const journal of open.splice(0)) journal.close();
  rmSync(root, { recursive: true, force: true });
});

function openIn(home: string): Journal {
  let now = Date.parse('2026-01-02T03:04:05Z');
  const journal = openJournal({ home, secrets: createFileSecretStore(home), clock: () => new Date((now += 1_000)), randomBytes, log: silentLog });
  open.push(journal);
  return journal;
}

/** The files of a home; of an open journal everything is in the copy, its log of writes included. */
function copyHome(from: string, to: string, opened?: Journal): void {
  mkdirSync(to);
  for (const name of readdirSync(from)) copyFileSync(join(from, name), join(to, name));
  if (opened !== undefined) openIn(to).close();
}

/** What is found in a copy of the journal after a change, by the chain alone or with the server's heads. */
function shownAfter(change: (home: string, database: Database.Database) => void, withServer = false): Shown[] {
  const home = mkdtempSync(join(root, 'copy-'));
  for (const name of readdirSync(whole)) copyFileSync(join(whole, name), join(home, name));
  const database = new Database(join(home, 'journal.sqlite'));
  // Only the check is under test here, so nothing need survive a power cut.
  database.pragma('synchronous = OFF');
  database.pragma('foreign_keys = OFF');
  for (const name of database.prepare<[], string>("SELECT name FROM sqlite_master WHERE type = 'trigger'").pluck().all()) database.exec(`DROP TRIGGER ${name}`);
  change(home, database);
  if (database.open) database.close();
  const journal = openIn(home);
  const { damages } = journal.verify('full');
  const all = withServer ? [...damages, ...compareHeads(journal, heads, damages).damages] : damages;
  journal.close();
  rmSync(home, { recursive: true });
  return all.map(({ kind, seq }) => ({ kind, seq }));
}

function rowAt(database: Database.Database, seq: number): Row {
  const row = database.prepare<[number], Row>('SELECT seq, kind, payload, prev_hash, hash FROM entries WHERE seq = ?').get(seq);
  if (row === undefined) throw new Error(`no entry ${seq}`);
  return row;
}

function hashOf(row: Pick<Row, 'seq' | 'kind' | 'payload' | 'prev_hash'>): string {
  return journalEntryHash((text) => hash('sha256', text), row);
}

function rehash(database: Database.Database, from: number): void {
  let previous = rowAt(database, from - 1).hash;
  for (const row of database.prepare<[number], Row>('SELECT seq, kind, payload, prev_hash, hash FROM entries WHERE seq >= ? ORDER BY seq').all(from)) {
    const fresh = hashOf({ ...row, prev_hash: previous });
    database.prepare('UPDATE entries SET prev_hash = ?, hash = ? WHERE seq = ?').run(previous, fresh, row.seq);
    previous = fresh;
  }
}

function editPayload(database: Database.Database, seq: number): void {
  database.prepare("UPDATE entries SET payload = replace(payload, '\"index\":', '\"index\":9') WHERE seq = ?").run(seq);
}

function shift(database: Database.Database, tables: readonly string[], from: number, by: number): void {
  for (const table of tables) database.exec(`UPDATE ${table} SET seq = -(seq + ${by}) WHERE seq >= ${from}; UPDATE ${table} SET seq = -seq WHERE seq < 0`);
}

/** As somebody would who stole the key: every mark and the record of the last entry made anew. */
function forgeMarks(home: string, database: Database.Database): void {
  const key = markKeyOf(createFileSecretStore(home).get('journal-mark-key') ?? '');
  for (const seq of database.prepare<[], number>('SELECT seq FROM marks').pluck().all()) {
    database.prepare('UPDATE marks SET mac = ? WHERE seq = ?').run(key.mac(journalId, seq, rowAt(database, seq).hash), seq);
  }
  const end = database.prepare<[], { seq: number; hash: string }>('SELECT seq, hash FROM entries ORDER BY seq DESC LIMIT 1').get();
  if (end !== undefined) writeHeadMark(join(home, 'journal-head.json'), { journal_id: journalId, ...end, mac: key.mac(journalId, end.seq, end.hash) });
}

/** The first entry from here on that has a mark: where a transaction's entries have one mark, it shows there. */
function markedFrom(seq: number): number {
  const database = new Database(join(whole, 'journal.sqlite'), { readonly: true });
  const found = database.prepare<[number], number>('SELECT min(seq) FROM marks WHERE seq >= ?').pluck().get(seq);
  database.close();
  return found ?? 0;
}

function numbers(seed: number): (from: number, to: number) => number {
  let step = 0;
  return (from, to) => from + (createHmac('sha256', String(seed)).update(String((step += 1))).digest().readUInt32BE(0) % (to - from + 1));
}

type Case = { readonly change: (home: string, database: Database.Database) => void; readonly expected: readonly Shown[]; readonly withServer?: boolean };
const tampering: Readonly<Record<string, (pick: (from: number, to: number) => number) => Case>> = {
  'a payload edited': (pick) => {
    const k = pick(2, ENTRIES);
    return { change: (_, database) => editPayload(database, k), expected: [{ kind: 'edited', seq: k }] };
  },
  'a kind, a hash or a link edited': (pick) => {
    const k = pick(2, ENTRIES);
    const column = ['kind', 'hash', 'prev_hash'][pick(0, 2)] ?? 'kind';
    return { change: (_, database) => void database.prepare(`UPDATE entries SET ${column} = ? WHERE seq = ?`).run('e'.repeat(64), k), expected: [{ kind: 'edited', seq: k }] };
  },
  'two payloads edited': (pick) => {
    const [k, other] = [pick(2, 90), pick(100, ENTRIES)];
    return { change: (_, database) => [k, other].forEach((seq) => editPayload(database, seq)), expected: [{ kind: 'edited', seq: k }, { kind: 'edited', seq: other }] };
  },
  'an entry deleted': (pick) => {
    const k = pick(2, ENTRIES - 1);
    return { change: (_, database) => database.exec(`DELETE FROM entries WHERE seq = ${k}`), expected: [{ kind: 'removed', seq: k }] };
  },
  'an entry deleted and the gap closed': (pick) => {
    const k = pick(2, ENTRIES - 1);
    const tables = pick(0, 1) === 0 ? ['entries'] : ['entries', 'personal', 'marks'];
    return {
      change: (_, database) => {
        for (const table of ['entries', 'personal', 'marks']) database.exec(`DELETE FROM ${table} WHERE seq = ${k}`);
        shift(database, tables, k + 1, -1);
      },
      expected: [{ kind: 'removed', seq: k }],
    };
  },
  'an entry put in': (pick) => {
    const k = pick(2, ENTRIES);
    const isWellMade = pick(0, 1) === 0;
    const tables = pick(0, 1) === 0 ? ['entries'] : ['entries', 'personal', 'marks'];
    return {
      change: (_, database) => {
        const fresh = { seq: k, kind: 'outcome', payload: '{"at":"2026-01-02T03:04:05.000Z"}', prev_hash: rowAt(database, k - 1).hash };
        shift(database, tables, k, 1);
        database.prepare('INSERT INTO entries VALUES (?, ?, ?, ?, ?)').run(fresh.seq, fresh.kind, fresh.payload, fresh.prev_hash, isWellMade ? hashOf(fresh) : 'f'.repeat(64));
      },
      expected: [{ kind: 'inserted', seq: k }],
    };
  },
  'two entries that changed places': (pick) => {
    const i = pick(2, ENTRIES - 1);
    const j = pick(0, 1) === 0 ? i + 1 : pick(i + 1, ENTRIES);
    return {
      change: (_, database) => database.exec(`UPDATE entries SET seq = 9000 WHERE seq = ${i}; UPDATE entries SET seq = ${i} WHERE seq = ${j}; UPDATE entries SET seq = ${j} WHERE seq = 9000`),
      expected: [{ kind: 'reordered', seq: i }, { kind: 'reordered', seq: j }],
    };
  },
  'the end cut off': (pick) => {
    const k = pick(2, ENTRIES);
    return { change: (_, database) => ['marks', 'personal', 'entries'].forEach((table) => database.exec(`DELETE FROM ${table} WHERE seq >= ${k}`)), expected: [{ kind: 'truncated', seq: k }] };
  },
  'hashed anew from an entry on': (pick) => {
    const k = pick(2, ENTRIES);
    return {
      change: (_, database) => {
        editPayload(database, k);
        rehash(database, k);
      },
      expected: [{ kind: 'rehashed', seq: markedFrom(k) }],
    };
  },
  'hashed anew with the stolen key of the marks': (pick) => {
    const k = pick(2, ENTRIES);
    return {
      change: (home, database) => {
        editPayload(database, k);
        rehash(database, k);
        forgeMarks(home, database);
      },
      expected: [{ kind: 'rehashed', seq: heads.find(({ seq }) => seq >= k)?.seq ?? 0 }],
      withServer: true,
    };
  },
  'an older copy': (pick) => {
    const withItsMark = pick(0, 1) === 0;
    const from = join(root, 'older');
    return {
      change: (home, database) => {
        database.close();
        rmSync(join(home, 'journal.sqlite-wal'), { force: true });
        copyFileSync(join(from, 'journal.sqlite'), join(home, 'journal.sqlite'));
        if (withItsMark) copyFileSync(join(from, 'journal-head.json'), join(home, 'journal-head.json'));
      },
      expected: [{ kind: 'replaced', seq: olderEnd() + 1 }],
      withServer: true,
    };
  },
  'the file emptied': () => ({ change: (_, database) => database.exec('DELETE FROM personal; DELETE FROM marks; DELETE FROM entries; DELETE FROM sqlite_sequence'), expected: [{ kind: 'replaced', seq: 2 }] }),
  'an entry forged at the end': () => ({
    change: (_, database) => {
      database.exec(`INSERT INTO entries (seq, kind, payload, prev_hash, hash) VALUES (${end() + 1}, 'outcome', '{}', '', '')`);
      rehash(database, end() + 1);
    },
    expected: [{ kind: 'forged', seq: end() + 1 }],
  }),
  'sealed data changed': (pick) => {
    const k = sealedFrom(pick(2, ENTRIES - 2));
    const sql = ['UPDATE personal SET sealed = randomblob(40)', 'UPDATE personal SET nonce = randomblob(12)', "UPDATE personal SET scope = 'another'", 'DELETE FROM personal'][pick(0, 3)] ?? '';
    return { change: (_, database) => database.exec(`${sql} WHERE seq = ${k}`), expected: [{ kind: 'personal_data_changed', seq: k }] };
  },
};

function end(): number {
  return heads.at(-1)?.seq ?? 0;
}

function olderEnd(): number {
  const database = new Database(join(root, 'older', 'journal.sqlite'), { readonly: true });
  const seq = Number(database.prepare('SELECT max(seq) FROM entries').pluck().get());
  database.close();
  return seq;
}

function sealedFrom(seq: number): number {
  const database = new Database(join(whole, 'journal.sqlite'), { readonly: true });
  const found = Number(database.prepare('SELECT min(seq) FROM personal WHERE seq >= ?').pluck().get(seq));
  database.close();
  return found;
}

describe('a journal that somebody changed', () => {
  const kinds = Object.entries(tampering);
  const cases = Array.from({ length: proofSize({ short: 60, full: 600 }) }, (_, index) => {
    const [name, make] = kinds[index % kinds.length] ?? ['', undefined];
    return { name, make, seed: SEED + index };
  });

  it.each(cases)('shows $name, of the right kind and at the right place (seed $seed)', ({ make, seed }) => {
    const made = make?.(numbers(seed));
    expect(shownAfter(made?.change ?? (() => undefined), made?.withServer)).toEqual(made?.expected);
  });

  it('names up to twenty damages and says how many there are', () => {
    const home = mkdtempSync(join(root, 'many-'));
    for (const name of readdirSync(whole)) copyFileSync(join(whole, name), join(home, name));
    const database = new Database(join(home, 'journal.sqlite'));
    database.exec('DROP TRIGGER entries_kept');
    for (let seq = 3; seq < 63; seq += 2) editPayload(database, seq);
    database.close();
    const verdict = openIn(home).verify('full');
    expect(verdict.damages.map(({ seq }) => seq)).toEqual(Array.from({ length: 20 }, (_, index) => 3 + index * 2));
    expect(verdict.damageCount).toBe(30);
  });
});

describe('a journal that nobody changed', () => {
  it('passes, as often as it is checked', () => {
    for (let time = 0; time < 20; time += 1) expect(shownAfter(() => undefined, true)).toEqual([]);
  });

  it('says where the clock was set back, which is no damage', () => {
    const home = mkdtempSync(join(root, 'clock-'));
    let now = Date.parse('2026-01-02T03:00:00Z');
    const journal = openJournal({ home, secrets: createFileSecretStore(home), clock: () => new Date(now), randomBytes, log: silentLog });
    open.push(journal);
    journal.append({ kind: 'outcome', payload: {} });
    now -= 3 * 60_000;
    journal.append({ kind: 'outcome', payload: {} });
    expect(journal.verify('full')).toMatchObject({ damage: null, notes: ['The clock of this machine was set back by 3 minutes between entries 2 and 3.'] });
  });

  it('is not taken for another when its record of the last entry is behind, as after a crash', () => {
    const behind = readFileSync(join(root, 'older', 'journal-head.json'));
    expect(shownAfter((home) => writeFileSync(join(home, 'journal-head.json'), behind), true)).toEqual([]);
  });
});
