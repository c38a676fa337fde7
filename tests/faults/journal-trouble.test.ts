import { spawnSync } from 'node:child_process';
import { hash, randomBytes } from 'node:crypto';
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileSecretStore } from '../../operator/environments/file-secret-store.ts';
import type { Journal } from '../../operator/journal/journal.ts';
import { openJournal } from '../../operator/journal/open-journal.ts';
import { silentLog } from '../../operator/log.ts';
import { installationRoot } from '../../operator/resource-paths.ts';
import { straceBinary } from '../support/strace.ts';

let root = '';
let home = '';
const open: Journal[] = [];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'drydock-trouble-'));
  home = join(root, 'home');
});
afterEach(() => {
  closeAll();
  rmSync(root, { recursive: true, force: true });
});

function closeAll(): void {
  for (const journal of open.splice(0)) journal.close();
}

function openHere(): Journal {
  const journal = openJournal({ home, secrets: createFileSecretStore(home), clock: () => new Date(), randomBytes, log: silentLog });
  open.push(journal);
  return journal;
}

function append(journal: Journal, count = 1): void {
  for (let index = 0; index < count; index += 1) journal.append({ kind: 'outcome', payload: { index } });
}

function url(path: string): string {
  return JSON.stringify(pathToFileURL(join(installationRoot(), 'operator', path)).href);
}

/** The beginning of a program that opens the journal of this home. */
function opening(): string {
  return `import { openJournal } from ${url('journal/open-journal.ts')}; import { createFileSecretStore } from ${url('environments/file-secret-store.ts')}; import { randomBytes } from 'node:crypto';
    const home = ${JSON.stringify(home)};
    const open = () => openJournal({ home, secrets: createFileSecretStore(home), clock: () => new Date(), randomBytes, log: { write: () => undefined } });`;
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
    openHere();
    closeAll();
    const { stderr } = run([straceBinary(), '-f', '-c', '-e', 'trace=fsync,fdatasync'], `${opening()}
      const journal = open();
      for (let index = 0; index < 20; index += 1) journal.append({ kind: 'outcome', payload: { index } });
      journal.close();`);
    const syncs = [...stderr.matchAll(/^ *[\d.]+ +[\d.]+ +\d+ +(\d+) .*(?:fsync|fdatasync)$/gm)].reduce((total, [, calls]) => total + Number(calls), 0);
    expect(syncs, stderr).toBeGreaterThanOrEqual(20);
    expect(openHere().head()?.seq).toBe(21);
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
    const journal = openHere();
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

describe('a full disk', () => {
  it('closes the journal to writing, keeps every entry that was acknowledged, and the next start goes on', () => {
    openHere();
    closeAll();
    // No file of the child may grow past so many blocks, which to it is a disk without room; the signal is let pass.
    const limited = ['/bin/sh', '-c', 'trap "" XFSZ; ulimit -f 200; exec "$0" "$@"'];
    const { stdout } = run(limited, `${opening()}
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
    const journal = openHere();
    expect(journal.verify('full')).toMatchObject({ damages: [], entries: told.written + 1 });
    append(journal);
    expect(journal.verify('full')).toMatchObject({ damages: [], entries: told.written + 2 });
  });
});

describe('a file that one may not write', () => {
  it('is refused in a sentence, and is as it was', () => {
    append(openHere());
    closeAll();
    const path = join(home, 'journal.sqlite');
    const before = readFileSync(path);
    for (const folder of [root, home]) chmodSync(folder, 0o755);
    chmodSync(path, 0o444);
    // Whoever may do everything may write that too, so the child is somebody else then.
    const asNobody = process.getuid?.() === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : [];
    const { stdout } = run(asNobody, `${opening()} try { open(); } catch (thrown) { console.log(JSON.stringify(thrown.problem)); }`);
    expect(JSON.parse(stdout)).toMatchObject({ code: 'journal_unavailable', detail: expect.stringContaining(path) as string });
    expect(readFileSync(path)).toEqual(before);
  });
});

describe('a file that is not of this Drydock', () => {
  function refused(code: string): void {
    const path = join(home, 'journal.sqlite');
    const before = hash('sha256', readFileSync(path));
    expect(openHere).toThrow(code);
    expect(hash('sha256', readFileSync(path)), 'not a byte of it was changed').toBe(before);
  }

  it('is refused untouched when it is newer, or of another application', () => {
    append(openHere(), 3);
    closeAll();
    change('user_version = 99');
    refused('journal_newer');
    change('user_version = 1');
    append(openHere());
    closeAll();
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
