import { hash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileSecretStore } from '../../operator/environments/file-secret-store.ts';
import { prepareImport } from '../../operator/journal/import-journal.ts';
import type { Journal } from '../../operator/journal/journal.ts';
import { type JournalHome, createJournalHome, writeOver } from '../../operator/journal/journal-home.testing.ts';
import { problemOf } from '../../operator/problems.ts';

const now = new Date('2026-01-02T03:04:05Z');
let place: JournalHome;
let root = '';
let home = '';
let backup = '';

beforeEach(() => {
  place = createJournalHome({ clock: () => now });
  ({ root, home } = place);
  backup = join(root, 'backup.sqlite');
});
afterEach(() => place.remove());

function openIn(folder: string): Journal {
  return place.open({ home: folder, secrets: createFileSecretStore(folder) });
}

function append(journal: Journal, count: number): void {
  const scope = journal.newScope();
  for (let index = 0; index < count; index += 1) journal.append({ kind: 'items.mirrored', payload: { run_id: 'run-1', index }, sealed: { scope, text: `person${index}@example.com` } });
}

function prepare(file = backup) {
  return prepareImport(home, createFileSecretStore(home), file, now);
}

/** Why an import was refused; everything in the home is then byte for byte as it was. */
function refusal(file = backup): string {
  // SQLite's own files beside a journal come and go with whoever reads it.
  const contents = (): string => readdirSync(home).toSorted().flatMap((name) => (/-(?:wal|shm)$/.test(name) ? [] : [`${name} ${hash('sha256', readFileSync(join(home, name)))}`])).join('\n');
  const before = existsSync(home) ? contents() : '';
  try {
    prepare(file).discard();
  } catch (thrown) {
    expect(contents(), 'nothing was changed').toBe(before);
    return problemOf(thrown)?.detail ?? String(thrown);
  }
  throw new Error('expected a refusal');
}

describe('a backup', () => {
  it('is one moment of an open journal in one file, its owner’s alone, without keys', async () => {
    const journal = openIn(home);
    append(journal, 20);
    const making = journal.backUp(backup);
    append(journal, 5);
    const made = await making;
    expect(made.entries).toBeGreaterThanOrEqual(21);
    expect(readdirSync(root).toSorted()).toEqual(['backup.sqlite', 'home']);
    expect(statSync(backup).mode & 0o777).toBe(0o600);
    const bytes = readFileSync(backup);
    for (const name of readdirSync(home).filter((one) => one.startsWith('secrets'))) expect(bytes.includes(readFileSync(join(home, name))), name).toBe(false);
    expect(bytes.includes('@example.com')).toBe(false);
  });

  it('is put over nothing, and leaves nothing behind when it cannot be made', async () => {
    const journal = openIn(home);
    writeFileSync(backup, 'a letter');
    await expect(journal.backUp(backup)).rejects.toThrow(/backup_not_written/);
    expect(readFileSync(backup, 'utf8')).toBe('a letter');
    await expect(journal.backUp(join(root, 'missing', 'backup.sqlite'))).rejects.toThrow(/backup_not_written/);
    expect(readdirSync(root).toSorted()).toEqual(['backup.sqlite', 'home']);
  });

  it('is not made of a journal that does not hold', async () => {
    append(openIn(home), 5);
    place.closeAll();
    writeOver(join(home, 'journal.sqlite'), (database) => database.exec("UPDATE entries SET kind = 'outcome' WHERE seq = 3"));
    await expect(openIn(home).backUp(backup)).rejects.toThrow(/backup_does_not_hold/);
    expect(readdirSync(root)).toEqual(['home']);
  });
});

describe('an import', () => {
  async function backedUp(entries: number): Promise<string> {
    const journal = openIn(home);
    append(journal, entries);
    await journal.backUp(backup);
    return journal.journalId;
  }

  it.each(['missing', 'emptied to nothing', 'begun anew'])('goes in the place of a journal that is %s, which then holds and goes on', async (how) => {
    const journalId = await backedUp(9);
    place.closeAll();
    for (const name of readdirSync(home).filter((one) => one.startsWith('journal.sqlite'))) rmSync(join(home, name));
    const states: Record<string, () => string> = {
      missing: () => 'missing',
      'emptied to nothing': () => (writeFileSync(join(home, 'journal.sqlite'), ''), 'empty'),
      'begun anew': () => (openIn(home).close(), 'empty'),
    };
    const expected = states[how]?.();
    const prepared = prepare();
    expect(prepared).toMatchObject({ journalId, entries: 10, missing: null, inPlaceOf: expected });
    prepared.putInPlace();
    const journal = openIn(home);
    expect(journal.verify('full')).toMatchObject({ damages: [], entries: 10 });
    const [entry] = [...journal.entries({ kind: 'items.mirrored' })];
    expect(entry && journal.openSealed(entry), 'its keys are still here').toBe('person0@example.com');
    append(journal, 1);
    expect(journal.verify('full')).toMatchObject({ damages: [], entries: 11 });
    expect(statSync(join(home, 'journal.sqlite')).mode & 0o777).toBe(0o600);
  });

  it('keeps a damaged journal aside as it was, and says which entries will be missing', async () => {
    await backedUp(9);
    append(openIn(home), 4);
    place.closeAll();
    const path = join(home, 'journal.sqlite');
    writeFileSync(path, Buffer.concat([Buffer.alloc(4_096, 0xa5), readFileSync(path).subarray(4_096)]));
    const damaged = readFileSync(path);
    const prepared = prepare();
    expect(prepared).toMatchObject({ entries: 10, missing: { from: 11, to: 14 }, inPlaceOf: 'damaged' });
    const { keptAside } = prepared.putInPlace();
    expect(readFileSync(keptAside ?? '')).toEqual(damaged);
    expect(openIn(home).verify('full').damages).toMatchObject([{ kind: 'replaced', seq: 11 }]);
  });

  it('continues a journal whose every entry it has, and is refused by one that has more', async () => {
    await backedUp(5);
    append(openIn(home), 3);
    place.closeAll();
    expect(refusal()).toContain('has entries 7 to 9 that it does not have');
    const later = join(root, 'later.sqlite');
    await openIn(home).backUp(later);
    place.closeAll();
    writeOver(join(home, 'journal.sqlite'), () => undefined);
    const prepared = prepare(later);
    expect(prepared).toMatchObject({ inPlaceOf: 'continued', missing: null });
    prepared.discard();
    expect(readdirSync(home).filter((name) => name.includes('import'))).toEqual([]);
  });

  it.each(['nothing was begun yet', 'a journal was begun and nothing written'])('brings the journal of another machine to one where %s, and goes on', async (how) => {
    const journalId = await backedUp(5);
    const elsewhere = join(root, 'elsewhere');
    if (how !== 'nothing was begun yet') openIn(elsewhere);
    place.closeAll();
    const prepared = prepareImport(elsewhere, createFileSecretStore(elsewhere), backup, now);
    expect(prepared.notes).toContain('The key of the marks is not here, so a journal hashed anew as a whole shows only against the server’s anchors.');
    prepared.putInPlace();
    const journal = openIn(elsewhere);
    expect(journal.journalId).toBe(journalId);
    append(journal, 1);
    expect(journal.verify('full')).toMatchObject({ damages: [], entries: 8, notes: [expect.stringContaining('of an earlier key')] });
    expect(journal.get(7)).toMatchObject({ kind: 'journal.key_replaced' });
  });

  it('is refused with why when the file is foreign, newer, damaged or of another journal', async () => {
    await backedUp(5);
    place.closeAll();
    expect(refusal(join(root, 'nowhere'))).toContain('There is no file');
    writeFileSync(join(root, 'letter'), 'a letter to a friend, long enough to be no header of a database at all, and then some more of it');
    expect(refusal(join(root, 'letter'))).toContain('is no journal');
    const recipes = new Database(join(root, 'recipes'));
    recipes.exec('CREATE TABLE recipes (name TEXT)');
    recipes.close();
    expect(refusal(join(root, 'recipes'))).toContain('another program');
    const elsewhere = join(root, 'elsewhere');
    mkdirSync(elsewhere);
    const ofAnother = openIn(elsewhere);
    append(ofAnother, 3);
    await ofAnother.backUp(join(root, 'of-another'));
    expect(refusal(join(root, 'of-another'))).toContain('of another journal');
    writeOver(backup, (database) => database.exec("UPDATE entries SET payload = replace(payload, '\"index\":2', '\"index\":3')"));
    expect(refusal()).toContain('It does not hold: Entry 4 is not what was written.');
    writeOver(backup, (database) => database.exec('PRAGMA user_version = 99'));
    expect(refusal()).toContain('newer Drydock');
  });
});
