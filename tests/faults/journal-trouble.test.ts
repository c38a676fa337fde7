import { spawnSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { chmodSync, chownSync, copyFileSync, readFileSync, readdirSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Journal } from '../../operator/journal/journal.ts';
import { type JournalHome, createJournalHome, openingProgram } from '../../operator/journal/journal-home.testing.ts';
import { straceBinary } from '../support/strace.ts';

let place: JournalHome;
let root = '';
let home = '';

beforeEach(() => {
  place = createJournalHome();
  ({ root, home } = place);
});
afterEach(() => place.remove());

function append(journal: Journal, count = 1): void {
  for (let index = 0; index < count; index += 1) journal.append({ kind: 'outcome', payload: { index } });
}

/** Runs it under a command that comes before Node, and gives what it printed. */
function run(before: readonly string[], script: string): { readonly stdout: string; readonly stderr: string } {
  const file = join(root, 'child.mjs');
  writeFileSync(file, script);
  const [program, ...args] = [...before, process.execPath, file];
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  expect(status, stderr).toBe(0);
  return { stdout, stderr };
}

describe('what was acknowledged', () => {
  it('is on disk: twenty entries are at least twenty syncs', () => {
    place.open();
    place.closeAll();
    const { stderr } = run([straceBinary(), '-f', '-c', '-e', 'trace=fsync,fdatasync'], `${openingProgram(home)}
      const journal = open();
      for (let index = 0; index < 20; index += 1) journal.append({ kind: 'outcome', payload: { index } });
      journal.close();`);
    const syncs = [...stderr.matchAll(/^ *[\d.]+ +[\d.]+ +\d+ +(\d+) .*(?:fsync|fdatasync)$/gm)].reduce((total, [, calls]) => total + Number(calls), 0);
    expect(syncs, stderr).toBeGreaterThanOrEqual(20);
    expect(place.open().head()?.seq).toBe(21);
  });

  it('can be opened after a power cut: a key is on disk with its name before anything is sealed with it', () => {
    place.open();
    place.closeAll();
    const { stderr } = run([straceBinary(), '-f', '-y', '-e', 'trace=fsync,fdatasync'], `${openingProgram(home)}
      const journal = open();
      const scope = journal.newScope();
      journal.append({ kind: 'outcome', payload: {}, sealed: { scope, text: 'ann@example.com' } });
      journal.close();`);
    const synced = [...stderr.matchAll(/f(?:data)?sync\(\d+<([^>]+)>/g)].map(([, path = '']) => path.slice(home.length));
    const key = synced.findIndex((path) => path.startsWith('/secrets-journal-scope-'));
    expect(synced.slice(key), stderr).toEqual([expect.stringContaining('/secrets-journal-scope-'), '', '/journal.sqlite-wal', ...synced.slice(key + 3)]);
  });
});

describe('a journal whose file goes away while it is open', () => {
  const away: Readonly<Record<string, () => void>> = {
    'is removed': () => rmSync(join(home, 'journal.sqlite')),
    'is replaced by a copy': () => {
      copyFileSync(join(home, 'journal.sqlite'), join(home, 'copy'));
      renameSync(join(home, 'copy'), join(home, 'journal.sqlite'));
    },
    'lies in a folder that was moved': () => renameSync(home, join(root, 'moved')),
    'loses its log of writes': () => rmSync(join(home, 'journal.sqlite-wal')),
  };

  it.each(Object.keys(away))('writes nothing more and says so when it %s', (how) => {
    const journal = place.open();
    append(journal, 3);
    away[how]?.();
    const before = filesUnder(root);
    expect(() => append(journal)).toThrow(/journal_latched/);
    expect(() => append(journal)).toThrow(/journal_latched/);
    expect(filesUnder(root)).toEqual(before);
    expect(journal.condition()).toMatchObject({ state: 'latched', detail: expect.stringMatching(/was removed|Another file lies/) as string });
    expect(journal.list({ offset: 0, limit: 10 }).total, 'what was read before is read still').toBe(4);
  });
});

describe('a journal whose file is cut in place while it is open', () => {
  it.each(['journal.sqlite', 'journal.sqlite-wal'])('writes nothing more and says so: %s', (name) => {
    const journal = place.open();
    append(journal, 3);
    truncateSync(join(home, name), 0);
    expect(() => append(journal)).toThrow(/journal_latched/);
    expect(statSync(join(home, name)).size, 'nothing was written there').toBe(0);
    expect(journal.condition()).toMatchObject({ state: 'latched', detail: expect.stringContaining(`${name} was cut by something else.`) as string });
  });
});

describe('a full disk', () => {
  it('closes the journal to writing, keeps every entry that was acknowledged, and the next start goes on', () => {
    place.open();
    place.closeAll();
    // No file of the child may grow past so many blocks, which to it is a disk without room; the signal is let pass.
    const limited = ['/bin/sh', '-c', 'trap "" XFSZ; ulimit -f 200; exec "$0" "$@"'];
    const { stdout } = run(limited, `${openingProgram(home)}
      const journal = open();
      let written = 0, code = '';
      for (;;) {
        try { journal.append({ kind: 'outcome', payload: { written, filler: 'x'.repeat(500) } }); written += 1; } catch (thrown) { code = thrown.problem?.code ?? String(thrown); break; }
      }
      let again = '';
      try { journal.append({ kind: 'outcome', payload: {} }); } catch (thrown) { again = thrown.problem?.code ?? String(thrown); }
      console.log(JSON.stringify({ written, code, again, read: journal.list({ offset: 0, limit: 1 }).total, state: journal.condition().state, detail: journal.condition().detail }));
      journal.close();`);
    const told = JSON.parse(stdout) as { readonly written: number; readonly read: number };
    expect(told).toMatchObject({ code: 'journal_latched', again: 'journal_latched', state: 'latched', detail: expect.stringContaining('Make room on the disk') as string });
    expect(told.written).toBeGreaterThan(3);
    expect(told.read).toBe(told.written + 1);
    expect(readdirSync(home).filter((name) => name.endsWith('.new'))).toEqual([]);
    const journal = place.open();
    expect(journal.verify('full')).toMatchObject({ damages: [], entries: told.written + 1 });
    append(journal);
    expect(journal.verify('full')).toMatchObject({ damages: [], entries: told.written + 2 });
  });
});

describe('a file that one may not write', () => {
  it('is refused in a sentence, and is as it was', () => {
    append(place.open());
    place.closeAll();
    const path = join(home, 'journal.sqlite');
    const before = readFileSync(path);
    for (const folder of [root, home]) chmodSync(folder, 0o755);
    chmodSync(path, 0o444);
    const { stdout } = run(asNobody(), `${openingProgram(home)} try { open(); } catch (thrown) { console.log(JSON.stringify(thrown.problem)); }`);
    expect(JSON.parse(stdout)).toMatchObject({ code: 'journal_unavailable', detail: expect.stringContaining(path) as string });
    expect(readFileSync(path)).toEqual(before);
  });
});

/** Whoever may do everything may write there all the same, so the child is somebody else then. */
function asNobody(): string[] {
  return process.getuid?.() === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : [];
}

/** Gives the home and what is in it to whoever the child is. */
function giveHome(): void {
  chmodSync(root, 0o755);
  if (process.getuid?.() !== 0) return;
  for (const path of [home, ...readdirSync(home).map((name) => join(home, name))]) chownSync(path, 65_534, 65_534);
}

describe('a folder that one may not write to', () => {
  const refuses = (): unknown => JSON.parse(run(asNobody(), `${openingProgram(home)} try { open(); } catch (thrown) { console.log(JSON.stringify(thrown.problem)); }`).stdout);
  const unavailable = { code: 'journal_unavailable', detail: expect.stringContaining('in a folder that you may write to') as string };

  it('is refused in a sentence with a journal in it, which is as it was, and without', () => {
    append(place.open());
    place.closeAll();
    giveHome();
    const before = readFileSync(join(home, 'journal.sqlite'));
    const names = readdirSync(home);
    chmodSync(home, 0o555);
    expect(refuses()).toMatchObject(unavailable);
    expect(readFileSync(join(home, 'journal.sqlite'))).toEqual(before);
    expect(readdirSync(home)).toEqual(names);
    chmodSync(home, 0o755);
    for (const name of names) rmSync(join(home, name));
    chmodSync(home, 0o555);
    expect(refuses()).toMatchObject(unavailable);
    expect(readdirSync(home)).toEqual([]);
    chmodSync(home, 0o755);
  });

  it('once the journal is open lets it go on where that needs no new file, and says what cannot be kept', () => {
    append(place.open());
    place.closeAll();
    giveHome();
    const { stdout } = run(asNobody(), `${openingProgram(home)} import { chmodSync } from 'node:fs';
      const journal = open();
      journal.append({ kind: 'outcome', payload: {} });
      chmodSync(${JSON.stringify(home)}, 0o555);
      const codeOf = (work) => { try { work(); return 'done'; } catch (thrown) { return thrown.problem?.code ?? String(thrown); } };
      const scope = codeOf(() => journal.newScope());
      const entry = codeOf(() => journal.append({ kind: 'outcome', payload: {} }));
      const backup = await journal.backUp(${JSON.stringify(join(home, 'backup.sqlite'))}).then(() => 'done', (thrown) => thrown.problem?.code ?? String(thrown));
      console.log(JSON.stringify({ scope, entry, backup, state: journal.condition().state }));
      chmodSync(${JSON.stringify(home)}, 0o755);
      journal.close();`);
    expect(JSON.parse(stdout)).toEqual({ scope: 'secret_not_kept', entry: 'done', backup: 'backup_not_written', state: 'writable' });
    expect(place.open().verify('full')).toMatchObject({ damages: [], entries: 4 });
    expect(readdirSync(home).filter((name) => /new|partial|backup/.test(name))).toEqual([]);
  });
});

describe('a file that is not of this Drydock', () => {
  function refused(code: string): void {
    const path = join(home, 'journal.sqlite');
    const before = hash('sha256', readFileSync(path));
    expect(() => place.open()).toThrow(code);
    expect(hash('sha256', readFileSync(path)), 'not a byte of it was changed').toBe(before);
  }

  it('is refused untouched when it is newer, or of another application', () => {
    append(place.open(), 3);
    place.closeAll();
    change('user_version = 99');
    refused('journal_newer');
    change('user_version = 1');
    append(place.open());
    place.closeAll();
    change('application_id = 7');
    refused('journal_foreign');
  });

  function change(pragma: string): void {
    const database = new Database(join(home, 'journal.sqlite'));
    database.pragma(pragma);
    database.close();
  }
});

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted();
}
