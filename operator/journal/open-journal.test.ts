import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, copyFileSync, openSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OperatorError } from '../../shared/contract/operator/reply.ts';
import { openJournalDatabase, readDurability } from './database.ts';
import { type JournalHome, createJournalHome, entryAt, hashOf, openingProgram, rehashFrom, writeOver } from './journal-home.testing.ts';

let place: JournalHome;
let home = '';

beforeEach(() => {
  place = createJournalHome({ clock: () => new Date('2026-01-02T03:04:05Z') });
  home = place.home;
});
afterEach(() => place.remove());

/** A closed journal with its opening entry and ten more. */
function fill(): void {
  const journal = place.open();
  const scope = journal.newScope();
  for (let index = 0; index < 10; index += 1) {
    journal.append({ kind: 'items.mirrored', payload: { run_id: index % 2 === 0 ? 'even' : 'odd', index }, sealed: { scope, text: `person${index}@example.com` } });
  }
  journal.close();
}

function tamper(change: (database: Database.Database) => void): void {
  writeOver(join(home, 'journal.sqlite'), change);
}

function damage(): { kind: string; seq: number } | null {
  const verdict = place.open().verify('full');
  return verdict.damage === null ? null : { kind: verdict.damage.kind, seq: verdict.damage.seq };
}

describe('an untouched journal', () => {
  it('verifies, and reads back what was written', () => {
    fill();
    const journal = place.open();
    expect(journal.verify('full')).toMatchObject({ damage: null, entries: 11, checked: 11, notes: [] });
    const [first] = [...journal.entries({ runId: 'odd' })];
    expect(first).toMatchObject({ seq: 3, kind: 'items.mirrored' });
    expect(first && journal.openSealed(first)).toBe('person1@example.com');
    expect([...journal.entries({ runId: 'odd' })]).toHaveLength(5);
    expect(journal.last('items.mirrored', 'even')?.seq).toBe(10);
    expect(journal.list({ offset: 0, limit: 2 })).toMatchObject({ total: 11, items: [{ seq: 11 }, { seq: 10 }] });
  });

  it('keeps WAL, FULL and foreign keys on every connection, read back from SQLite', () => {
    fill();
    const database = openJournalDatabase(join(home, 'journal.sqlite'));
    expect(readDurability(database)).toEqual({ journalMode: 'wal', synchronous: 2, foreignKeys: 1 });
    database.close();
  });

  it('is its owner’s alone, with SQLite’s files beside it', () => {
    place.open().append({ kind: 'outcome', payload: {} });
    for (const name of readdirSync(home)) expect(statSync(join(home, name)).mode & 0o077, name).toBe(0);
  });

  it('holds no personal data in the clear, in any of its files', () => {
    fill();
    for (const name of readdirSync(home)) expect(readFileSync(join(home, name)).includes('person1@example')).toBe(false);
  });

  it('refuses update, delete and replacement by trigger', () => {
    fill();
    const database = new Database(join(home, 'journal.sqlite'));
    expect(() => database.exec("UPDATE entries SET payload = '{}' WHERE seq = 3")).toThrow(/append-only/);
    expect(() => database.exec('DELETE FROM entries WHERE seq = 11')).toThrow(/append-only/);
    expect(() => database.exec("INSERT OR REPLACE INTO entries VALUES (3, 'x', '{}', '', '')")).toThrow(/append-only|follows/);
    expect(() => database.exec("INSERT INTO entries VALUES (99, 'x', '{}', '', '')")).toThrow(/follows/);
    expect(() => database.exec('DELETE FROM personal')).toThrow(/append-only/);
    database.close();
  });
});

describe('a journal that somebody changed', () => {
  it('shows an edited entry', () => {
    fill();
    tamper((database) => database.exec("UPDATE entries SET payload = replace(payload, '\"index\":4', '\"index\":5') WHERE seq = 6"));
    expect(damage()).toEqual({ kind: 'edited', seq: 6 });
  });

  it('shows a payload that is no JSON any more', () => {
    fill();
    tamper((database) => database.exec("UPDATE entries SET payload = 'tampered' WHERE seq = 6"));
    expect(damage()).toEqual({ kind: 'edited', seq: 6 });
  });

  it('shows an edited first entry', () => {
    fill();
    tamper((database) => database.exec("UPDATE entries SET payload = '{}' WHERE seq = 1"));
    expect(damage()).toEqual({ kind: 'edited', seq: 1 });
  });

  it('shows a removed entry, and one whose gap was closed', () => {
    fill();
    tamper((database) => database.exec('DELETE FROM entries WHERE seq = 6'));
    expect(damage()).toEqual({ kind: 'removed', seq: 6 });
    place.closeAll();
    tamper((database) => database.exec('UPDATE entries SET seq = seq - 1 WHERE seq > 6'));
    expect(damage()).toEqual({ kind: 'removed', seq: 6 });
  });

  it('shows two entries that changed places', () => {
    fill();
    tamper((database) => database.exec('UPDATE entries SET seq = 900 WHERE seq = 5; UPDATE entries SET seq = 5 WHERE seq = 6; UPDATE entries SET seq = 6 WHERE seq = 900'));
    expect(damage()).toEqual({ kind: 'reordered', seq: 5 });
  });

  it('shows an entry that was put in', () => {
    fill();
    tamper((database) => {
      const { hash } = entryAt(database, 4);
      database.exec('UPDATE entries SET seq = -(seq + 1) WHERE seq >= 5; UPDATE entries SET seq = -seq WHERE seq < 0');
      const entry = { seq: 5, kind: 'outcome', payload: '{}', prev_hash: hash };
      database.prepare('INSERT INTO entries VALUES (5, ?, ?, ?, ?)').run(entry.kind, entry.payload, entry.prev_hash, hashOf(entry));
    });
    expect(damage()).toEqual({ kind: 'inserted', seq: 5 });
  });

  it('shows a tail that was cut off', () => {
    fill();
    tamper((database) => database.exec('DELETE FROM marks WHERE seq > 8; DELETE FROM personal WHERE seq > 8; DELETE FROM entries WHERE seq > 8'));
    expect(damage()).toEqual({ kind: 'truncated', seq: 9 });
  });

  it('shows an older copy in its place', () => {
    fill();
    copyFileSync(join(home, 'journal.sqlite'), join(home, 'older'));
    const journal = place.open();
    journal.append({ kind: 'outcome', payload: {} });
    journal.close();
    copyFileSync(join(home, 'older'), join(home, 'journal.sqlite'));
    expect(damage()).toEqual({ kind: 'replaced', seq: 12 });
  });

  it('shows a chain that was hashed anew as a whole', () => {
    fill();
    tamper((database) => {
      database.exec("UPDATE entries SET payload = replace(payload, '\"index\":4', '\"index\":5') WHERE seq = 6");
      rehashFrom(database, 6);
    });
    expect(damage()).toEqual({ kind: 'rehashed', seq: 6 });
  });

  it('shows an entry that somebody without the key put at the end', () => {
    fill();
    tamper((database) => {
      database.exec("INSERT INTO entries (seq, kind, payload, prev_hash, hash) VALUES (12, 'outcome', '{}', '', '')");
      rehashFrom(database, 12);
    });
    expect(damage()).toEqual({ kind: 'forged', seq: 12 });
  });

  it('shows sealed data that was changed or removed', () => {
    fill();
    tamper((database) => database.exec("UPDATE personal SET sealed = randomblob(40) WHERE seq = 4"));
    expect(damage()).toEqual({ kind: 'personal_data_changed', seq: 4 });
  });

  it('shows an older copy for good, whatever is written on top of it', () => {
    fill();
    copyFileSync(join(home, 'journal.sqlite'), join(home, 'older'));
    const ahead = place.open();
    for (let index = 0; index < 3; index += 1) ahead.append({ kind: 'outcome', payload: {} });
    ahead.close();
    copyFileSync(join(home, 'older'), join(home, 'journal.sqlite'));
    const older = place.open();
    older.append({ kind: 'outcome', payload: { run_id: 'other' } });
    older.close();
    expect(damage()).toEqual({ kind: 'replaced', seq: 13 });
    const further = place.open();
    for (let index = 0; index < 3; index += 1) further.append({ kind: 'outcome', payload: {} });
    further.close();
    expect(damage()).toEqual({ kind: 'rehashed', seq: 14 });
  });

  it.each(['taken away', 'emptied by hand'])('shows that a journal stood there before when the file was %s', (how) => {
    fill();
    const { journalId } = place.open();
    if (how === 'taken away') for (const name of ['journal.sqlite', 'journal.sqlite-wal', 'journal.sqlite-shm']) rmSync(join(home, name), { force: true });
    else tamper((database) => database.exec('DELETE FROM personal; DELETE FROM marks; DELETE FROM entries; DELETE FROM sqlite_sequence'));
    const journal = place.open();
    expect(journal.get(1)?.payload).toMatch(/"follows":\{"hash":"[0-9a-f]{64}","journal_id":"[0-9a-f]{32}","seq":11\}/);
    expect(journal.verify('full').damage).toMatchObject({ kind: 'replaced', seq: 2 });
    journal.close();
    // The same journal to the server, whose anchors of it contradict what lies here now.
    rmSync(join(home, 'journal-head.json'));
    expect(place.open().journalId).toBe(journalId);
  });

  it.each([1, 2, 3, 5, 8])('shows that page %i of the file was written over', (page) => {
    fill();
    const file = openSync(join(home, 'journal.sqlite'), 'r+');
    writeSync(file, Buffer.alloc(4096, 0xa5), 0, 4096, page * 4096);
    closeSync(file);
    const shown = ((): unknown => {
      try {
        return place.open().verify('full').damage;
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(shown === null ? 'nothing' : shown instanceof OperatorError ? shown.problem.code : 'damage').toMatch(/^(?:damage|journal_damaged|journal_unavailable)$/);
  });

  it('destroys no key by the word of an entry of another hand, marked though it is', () => {
    const journal = place.open();
    const scope = journal.newScope();
    const entry = journal.append({ kind: 'items.mirrored', payload: { run_id: 'r' }, sealed: { scope, text: 'ann@example.com' } });
    place.closeAll();
    tamper((database) => {
      database.exec("INSERT INTO entries VALUES (3, 'journal.erased', '{\"scopes\":[\"" + scope + "\"]}', '', '')");
      rehashFrom(database, 3);
      database.exec("INSERT INTO marks VALUES (3, 'another', 'mark')");
    });
    const again = place.open();
    expect(again.openSealed(entry)).toBe('ann@example.com');
    expect(again.condition().verdict.damage).toMatchObject({ kind: 'forged', seq: 3 });
  });

  it('puts back what keeps the file append-only, takes out what another hand put there, and says so', () => {
    fill();
    tamper((database) => database.exec("CREATE TRIGGER swallow BEFORE INSERT ON entries BEGIN SELECT raise(IGNORE); END"));
    const journal = place.open();
    expect(journal.condition().verdict.notes).toEqual([expect.stringMatching(/^What keeps the file append-only had been taken out or changed \(entries_follow, .*swallow\) and was put back\.$/)]);
    journal.append({ kind: 'outcome', payload: {} });
    const database = new Database(join(home, 'journal.sqlite'));
    expect(() => database.exec('DELETE FROM entries WHERE seq = 11')).toThrow(/append-only/);
    database.close();
    place.closeAll();
    expect(place.open().verify('full')).toMatchObject({ damage: null, entries: 12, notes: [] });
  });

  it('says so when the file is no whole journal any more', () => {
    fill();
    tamper((database) => database.exec('DROP TABLE marks'));
    expect(() => place.open()).toThrow('The journal is damaged');
  });
});

describe('trouble', () => {
  it('lets two writers take turns on one chain', () => {
    const one = place.open();
    const other = place.open();
    for (let index = 0; index < 20; index += 1) (index % 2 === 0 ? one : other).append({ kind: 'outcome', payload: { index } });
    expect(one.verify('full')).toMatchObject({ damage: null, entries: 21 });
    expect(one.journalId).toBe(other.journalId);
  });

  it('lets two processes write at the same moment, and none of their entries is lost', async () => {
    place.open().close();
    const script = `${openingProgram(home)}
      const journal = open();
      for (let index = 0; index < 150; index += 1) journal.write((writer) => { writer.head(); writer.append({ kind: 'outcome', payload: { index } }); });`;
    const processes = [1, 2].map(() => spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'ignore', 'inherit'] }));
    const codes = await Promise.all(processes.map((child) => once(child, 'exit').then(([code]) => Number(code))));
    expect(codes).toEqual([0, 0]);
    expect(place.open().verify('full')).toMatchObject({ damage: null, entries: 301 });
  });

  it('refuses the file of a newer Drydock and of another program, and changes neither', () => {
    fill();
    tamper((database) => database.pragma('user_version = 99'));
    expect(() => place.open()).toThrow(/journal_newer/);
    rmSync(join(home, 'journal.sqlite'));
    const foreign = new Database(join(home, 'journal.sqlite'));
    foreign.exec('CREATE TABLE recipes (name TEXT)');
    foreign.close();
    expect(() => place.open()).toThrow(/journal_foreign/);
    writeFileSync(join(home, 'journal.sqlite'), 'a letter to a friend, long enough to be no header of a database at all, and then some');
    expect(() => place.open()).toThrow(/journal_foreign/);
  });

  it('closes itself to writing after a write error, and says so', () => {
    const journal = place.open();
    const saboteur = new Database(join(home, 'journal.sqlite'));
    saboteur.exec("CREATE TRIGGER broken BEFORE INSERT ON entries BEGIN SELECT raise(ABORT, 'disk I/O error'); END");
    expect(() => journal.append({ kind: 'outcome', payload: {} })).toThrow(/journal_latched/);
    saboteur.exec('DROP TRIGGER broken');
    saboteur.close();
    expect(() => journal.append({ kind: 'outcome', payload: {} })).toThrow(/journal_latched/);
    expect(journal.condition()).toMatchObject({ state: 'latched' });
    expect(journal.list({ offset: 0, limit: 10 }).total).toBe(1);
  });

  it('closes itself to writing when a trigger of another hand swallows what it writes', () => {
    const journal = place.open();
    const saboteur = new Database(join(home, 'journal.sqlite'));
    saboteur.exec("CREATE TRIGGER entries_swallow BEFORE INSERT ON entries BEGIN SELECT raise(IGNORE); END; CREATE TRIGGER marks_swallow BEFORE INSERT ON marks BEGIN SELECT raise(IGNORE); END");
    saboteur.close();
    expect(() => journal.append({ kind: 'outcome', payload: {} })).toThrow(/journal_latched/);
    expect(journal.condition()).toMatchObject({ state: 'latched', detail: expect.stringContaining('swallows what is written') as string });
    expect(journal.verify('full')).toMatchObject({ damage: null, entries: 1 });
  });

  it('writes nothing of a transaction whose work throws, and goes on', () => {
    const journal = place.open();
    expect(() =>
      journal.write((writer) => {
        writer.append({ kind: 'outcome', payload: {} });
        throw new Error('not now');
      }),
    ).toThrow('not now');
    expect(journal.list({ offset: 0, limit: 10 }).total).toBe(1);
    journal.append({ kind: 'outcome', payload: {} });
    expect(journal.verify('full').damage).toBeNull();
  });

  it('still verifies after a scope was erased, and gives its data no more', () => {
    const journal = place.open();
    const scope = journal.newScope();
    const entry = journal.append({ kind: 'items.mirrored', payload: { run_id: 'r' }, sealed: { scope, text: 'ann@example.com' } });
    expect(journal.scopeOfRun('r')).toBe(scope);
    journal.eraseScopes([scope], { run_id: 'r' });
    expect(journal.openSealed(entry)).toBeUndefined();
    expect(journal.verify('full').damage).toBeNull();
  });
});
