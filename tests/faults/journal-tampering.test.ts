import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MarkKey, markKeyOf } from '../../operator/journal/head-mark.ts';
import { entryAt, hashOf, rehashFrom, writeOver } from '../../operator/journal/journal-home.testing.ts';
import { problemOf } from '../../operator/problems.ts';
import { appendEntry, cutFrom, emptyOut, lastSeq, putMark, shift } from '../support/journal-forgery.testing.ts';
import { type Change, type JournalWorld, type Pick, type Shown, WORLD_ENTRIES, casesOf, createJournalWorld, editPayload, numbersOf } from '../support/journal-world.testing.ts';
import { proofSize } from '../support/proof-size.ts';

const SEED = 20_250_809;

let world: JournalWorld;
beforeAll(() => {
  world = createJournalWorld();
});
afterAll(() => world.close());

type Case = { readonly change: Change; readonly expected: readonly Shown[]; readonly withServer?: boolean };
const tampering: Readonly<Record<string, (pick: Pick) => Case>> = {
  'a payload edited': (pick) => {
    const k = pick(2, WORLD_ENTRIES);
    return { change: (_, database) => editPayload(database, k), expected: [{ kind: 'edited', seq: k }] };
  },
  'a kind, a hash or a link edited': (pick) => {
    const k = pick(2, WORLD_ENTRIES);
    const column = ['kind', 'hash', 'prev_hash'][pick(0, 2)] ?? 'kind';
    return { change: (_, database) => void database.prepare(`UPDATE entries SET ${column} = ? WHERE seq = ?`).run('e'.repeat(64), k), expected: [{ kind: 'edited', seq: k }] };
  },
  'two payloads edited': (pick) => {
    const [k, other] = [pick(2, 90), pick(100, WORLD_ENTRIES)];
    return { change: (_, database) => [k, other].forEach((seq) => editPayload(database, seq)), expected: [{ kind: 'edited', seq: k }, { kind: 'edited', seq: other }] };
  },
  'an entry deleted': (pick) => {
    const k = pick(2, WORLD_ENTRIES - 1);
    return { change: (_, database) => database.exec(`DELETE FROM entries WHERE seq = ${k}`), expected: [{ kind: 'removed', seq: k }] };
  },
  'an entry deleted and the gap closed': (pick) => {
    const k = pick(2, WORLD_ENTRIES - 1);
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
    const k = pick(2, WORLD_ENTRIES);
    const isWellMade = pick(0, 1) === 0;
    const tables = pick(0, 1) === 0 ? ['entries'] : ['entries', 'personal', 'marks'];
    return {
      change: (_, database) => {
        const fresh = { seq: k, kind: 'outcome', payload: '{"at":"2026-01-02T03:04:05.000Z"}', prev_hash: entryAt(database, k - 1).hash };
        shift(database, tables, k, 1);
        database.prepare('INSERT INTO entries VALUES (?, ?, ?, ?, ?)').run(fresh.seq, fresh.kind, fresh.payload, fresh.prev_hash, isWellMade ? hashOf(fresh) : 'f'.repeat(64));
      },
      expected: [{ kind: 'inserted', seq: k }],
    };
  },
  'two entries that changed places': (pick) => {
    const i = pick(2, WORLD_ENTRIES - 1);
    const j = pick(0, 1) === 0 ? i + 1 : pick(i + 1, WORLD_ENTRIES);
    return {
      change: (_, database) => database.exec(`UPDATE entries SET seq = 9000 WHERE seq = ${i}; UPDATE entries SET seq = ${i} WHERE seq = ${j}; UPDATE entries SET seq = ${j} WHERE seq = 9000`),
      expected: [{ kind: 'reordered', seq: i }, { kind: 'reordered', seq: j }],
    };
  },
  'the end cut off': (pick) => {
    const k = pick(2, WORLD_ENTRIES);
    return { change: (_, database) => cutFrom(database, k), expected: [{ kind: 'truncated', seq: k }] };
  },
  'hashed anew from an entry on': (pick) => {
    const k = pick(2, WORLD_ENTRIES);
    return {
      change: (_, database) => {
        editPayload(database, k);
        rehashFrom(database, k);
      },
      expected: [{ kind: 'rehashed', seq: markedFrom(k) }],
    };
  },
  'an older copy': (pick) => {
    const withItsMark = pick(0, 1) === 0;
    const from = world.older;
    return {
      change: (home, database) => {
        database.close();
        rmSync(join(home, 'journal.sqlite-wal'), { force: true });
        copyFileSync(join(from, 'journal.sqlite'), join(home, 'journal.sqlite'));
        if (withItsMark) copyFileSync(join(from, 'journal-head.json'), join(home, 'journal-head.json'));
      },
      expected: [{ kind: 'replaced', seq: world.olderEnd() + 1 }],
      withServer: true,
    };
  },
  'the file emptied': () => ({ change: (_, database) => emptyOut(database), expected: [{ kind: 'replaced', seq: 2 }] }),
  'an entry forged at the end': () => ({
    change: (_, database) => {
      database.exec(`INSERT INTO entries (seq, kind, payload, prev_hash, hash) VALUES (${end() + 1}, 'outcome', '{}', '', '')`);
      rehashFrom(database, end() + 1);
    },
    expected: [{ kind: 'forged', seq: end() + 1 }],
  }),
  'an entry edited and its own hash made anew': (pick) => {
    const k = pick(2, WORLD_ENTRIES - 1);
    return {
      change: (_, database) => {
        editPayload(database, k);
        database.prepare('UPDATE entries SET hash = ? WHERE seq = ?').run(hashOf(entryAt(database, k)), k);
      },
      expected: [...(isMarked(k) ? [{ kind: 'rehashed', seq: k }] : []), { kind: 'rehashed', seq: k + 1 }],
    };
  },
  'a payload or a kind kept as bytes, which no index finds': (pick) => {
    const k = pick(2, WORLD_ENTRIES);
    const column = ['kind', 'payload'][pick(0, 1)] ?? 'kind';
    return { change: (_, database) => database.exec(`UPDATE entries SET ${column} = CAST(${column} AS BLOB) WHERE seq = ${k}`), expected: [{ kind: 'edited', seq: k }] };
  },
  'an entry forged at the end, marked with another key': () => ({
    change: (_, database) => putMark(database, keyOfAnother(), appendEntry(database, 'journal.erased', '{"at":"2026-01-02T03:04:05.000Z","scopes":[]}')),
    expected: [{ kind: 'forged', seq: end() + 1 }],
  }),
  'hashed anew, every mark made with another key': (pick) => {
    const k = pick(2, WORLD_ENTRIES);
    return {
      change: (home, database) => hashAnewUnder(keyOfAnother(), home, database, k),
      expected: [{ kind: 'forged', seq: markedBefore(k) + 1 }],
    };
  },
  'hashed anew and said to be under a key of its own': (pick) => {
    const k = pick(2, WORLD_ENTRIES);
    return {
      change: (home, database) => hashAnewUnder(keyOfAnother(), home, database, k, (key) => appendEntry(database, 'journal.key_replaced', JSON.stringify({ at: '2026-01-02T03:04:05.000Z', key_id: key.id }))),
      expected: [{ kind: 'forged', seq: markedBefore(k) + 1 }],
    };
  },
  'a mark said to be of another key': (pick) => {
    const k = markedFrom(pick(2, WORLD_ENTRIES - 10));
    return { change: (_, database) => void database.prepare("UPDATE marks SET key_id = 'f0f0f0f0f0f0f0f0' WHERE seq = ?").run(k), expected: [{ kind: 'forged', seq: k }] };
  },
  'all marks taken out': () => ({ change: (_, database) => database.exec('DELETE FROM marks'), expected: [{ kind: 'forged', seq: 1 }] }),
  'another journal in its place, the record of the last entry removed': () => ({
    change(home, database) {
      database.close();
      const other = mkdtempSync(join(world.root, 'other-'));
      const journal = world.openIn(other);
      for (let index = 0; index < 5; index += 1) journal.append({ kind: 'outcome', payload: { index } });
      journal.close();
      for (const name of ['journal.sqlite', 'journal-head.json']) rmSync(join(home, name));
      copyFileSync(join(other, 'journal.sqlite'), join(home, 'journal.sqlite'));
    },
    expected: [{ kind: 'replaced', seq: 1 }],
  }),
  'sealed data put where there was none': (pick) => {
    const k = unsealedFrom(pick(2, WORLD_ENTRIES - 4));
    return { change: (_, database) => void database.prepare("INSERT INTO personal VALUES (?, 'a-scope', randomblob(12), randomblob(40))").run(k), expected: [{ kind: 'personal_data_changed', seq: k }] };
  },
  'sealed data changed': (pick) => {
    const k = sealedFrom(pick(2, WORLD_ENTRIES - 2));
    const sql = ['UPDATE personal SET sealed = randomblob(40)', 'UPDATE personal SET nonce = randomblob(12)', "UPDATE personal SET scope = 'another'", "UPDATE personal SET nonce = 'text'", "UPDATE personal SET sealed = 'text'", 'DELETE FROM personal'][pick(0, 5)] ?? '';
    return { change: (_, database) => database.exec(`${sql} WHERE seq = ${k}`), expected: [{ kind: 'personal_data_changed', seq: k }] };
  },
};

/** Hashes the chain anew from an entry on, with something at its end where asked for, every mark of it made with this key. */
function hashAnewUnder(key: MarkKey, home: string, database: Database.Database, from: number, append?: (key: MarkKey) => void): void {
  editPayload(database, from);
  rehashFrom(database, from);
  append?.(key);
  for (let seq = from; seq <= lastSeq(database); seq += 1) putMark(database, key, seq);
  rmSync(join(home, 'journal-head.json'));
}

/** Of a key that the journal does not know, as anybody can make one. */
function keyOfAnother(): MarkKey {
  return markKeyOf(randomBytes(32).toString('base64'));
}

/** The first entry from here on that has a mark: where a transaction's entries have one mark, it shows there. */
function markedFrom(seq: number): number {
  return world.ask('SELECT min(seq) FROM marks WHERE seq >= ?', seq);
}

/** The last entry before this one that has a mark. */
function markedBefore(seq: number): number {
  return world.ask('SELECT max(seq) FROM marks WHERE seq < ?', seq);
}

function isMarked(seq: number): boolean {
  return world.ask('SELECT count(*) FROM marks WHERE seq = ?', seq) === 1;
}

function sealedFrom(seq: number): number {
  return world.ask('SELECT min(seq) FROM personal WHERE seq >= ?', seq);
}

function unsealedFrom(seq: number): number {
  return world.ask('SELECT min(seq) FROM entries WHERE seq >= ? AND seq NOT IN (SELECT seq FROM personal)', seq);
}

function end(): number {
  return world.heads.at(-1)?.seq ?? 0;
}

describe('a journal that somebody changed', () => {
  it.each(casesOf(tampering, proofSize({ short: 60, full: 600 }), SEED))('shows $name, of the right kind and at the right place (seed $seed)', ({ make }) => {
    const { change, expected, withServer } = make();
    expect(world.shownAfter(change, withServer)).toEqual(expected);
  });

  it('names up to twenty damages and says how many there are', () => {
    const home = world.copyOf(world.whole);
    writeOver(join(home, 'journal.sqlite'), (database) => {
      for (let seq = 3; seq < 63; seq += 2) editPayload(database, seq);
    });
    const verdict = world.openIn(home).verify('full');
    expect(verdict.damages.map(({ seq }) => seq)).toEqual(Array.from({ length: 20 }, (_, index) => 3 + index * 2));
    expect(verdict.damageCount).toBe(30);
  });
});

/** Everything that a journal's file says. */
function saidIn(file: string): string {
  const database = new Database(file, { readonly: true });
  try {
    return ['SELECT *, typeof(kind), typeof(payload) FROM entries ORDER BY seq', 'SELECT seq, scope, hex(nonce), hex(sealed) FROM personal ORDER BY seq', 'SELECT * FROM marks ORDER BY seq', "SELECT seq FROM entries WHERE kind = 'items.mirrored' ORDER BY seq", 'SELECT name, sql FROM sqlite_master ORDER BY name']
      .map((sql) => JSON.stringify(database.prepare(sql).all()))
      .join('\n');
  } finally {
    database.close();
  }
}

describe('a journal in whose file one bit was turned', () => {
  it(`shows it, or says all that it said before (seed ${String(SEED)})`, () => {
    const bytes = readFileSync(join(world.whole, 'journal.sqlite'));
    const before = saidIn(join(world.whole, 'journal.sqlite'));
    let shown = 0;
    const turns = proofSize({ short: 24, full: 1_000 });
    for (let turn = 0; turn < turns; turn += 1) {
      const pick = numbersOf(SEED + turn);
      const at = pick(0, bytes.length - 1);
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(at) ^ (1 << pick(0, 7)), at);
      const home = world.copyOf(world.whole);
      writeFileSync(join(home, 'journal.sqlite'), changed);
      const isShown = isShownIn(home);
      if (isShown) shown += 1;
      expect(isShown ? before : saidIn(join(home, 'journal.sqlite')), `byte ${at}`).toBe(before);
      rmSync(home, { recursive: true });
    }
    expect(shown).toBeGreaterThan(turns / 3);
  });
});

/** By a damage, or by a refusal to open it. */
function isShownIn(home: string): boolean {
  try {
    return world.openIn(home).verify('full').damage !== null;
  } catch (thrown) {
    if (problemOf(thrown) === undefined) throw thrown;
    return true;
  }
}

describe('a journal that nobody changed', () => {
  it('passes, as often as it is checked', () => {
    for (let time = 0; time < proofSize({ short: 8, full: 40 }); time += 1) expect(world.shownAfter(() => undefined, true)).toEqual([]);
  });

  it('says where the clock was set back, which is no damage', () => {
    const home = mkdtempSync(join(world.root, 'clock-'));
    let now = Date.parse('2026-01-02T03:00:00Z');
    const journal = world.openIn(home, () => new Date(now));
    journal.append({ kind: 'outcome', payload: {} });
    now -= 3 * 60_000;
    journal.append({ kind: 'outcome', payload: {} });
    expect(journal.verify('full')).toMatchObject({ damage: null, notes: ['The clock of this machine was set back by 3 minutes between entries 2 and 3.'] });
  });

  it('is not taken for another when its record of the last entry is behind, as after a crash', () => {
    const behind = readFileSync(join(world.older, 'journal-head.json'));
    expect(world.shownAfter((home) => writeFileSync(join(home, 'journal-head.json'), behind), true)).toEqual([]);
  });
});
