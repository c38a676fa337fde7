import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type OsKeyStore, openOsSecretStore } from '../../electron/secrets.ts';
import { createFileSecretStore } from '../../operator/environments/file-secret-store.ts';
import type { SecretStore } from '../../operator/environments/secret-store.ts';
import { markKeyOf } from '../../operator/journal/head-mark.ts';
import { prepareImport } from '../../operator/journal/import-journal.ts';
import { type JournalHome, createJournalHome, rehashFrom, writeOver } from '../../operator/journal/journal-home.testing.ts';
import type { Journal } from '../../operator/journal/journal.ts';
import { appendEntry, putMark } from '../support/journal-forgery.testing.ts';

/** One home, used by the window, whose keys the key store of the machine holds, and by the command line, whose keys lie in files. */
const osKeyStore: OsKeyStore = {
  isAsyncEncryptionAvailable: async () => true,
  getSelectedStorageBackend: () => 'gnome_libsecret',
  encryptStringAsync: async (text) => Buffer.from(`closed:${text}`),
  decryptStringAsync: async (bytes) => ({ result: bytes.toString().replace(/^closed:/, ''), shouldReEncrypt: false }),
};

let place: JournalHome;
let home = '';
let ofWindow: SecretStore;

beforeEach(async () => {
  place = createJournalHome();
  home = place.home;
  ofWindow = await openOsSecretStore(home, osKeyStore, 'linux', randomBytes);
});
afterEach(() => place.remove());

const window = (): Journal => place.open({ secrets: ofWindow });
const commandLine = (): Journal => place.open({ secrets: createFileSecretStore(home) });

function write(journal: Journal, count = 3): void {
  for (let index = 0; index < count; index += 1) journal.append({ kind: 'outcome', payload: { index } });
  place.closeAll();
}

const CLOSED = expect.stringMatching(/^\d+ marks are of the key in this machine’s key store, and are checked by Drydock’s window alone\.$/) as string;
const headOfOther = expect.stringContaining('was made with another key') as string;

describe('a journal that window and command line write by turns', () => {
  it.each(['window', 'command line'])('holds for both, and what one of them cannot check it says: begun by the %s', (first) => {
    for (const turn of [0, 1, 2, 3]) write((turn % 2 === 0) === (first === 'window') ? window() : commandLine());
    write(window());
    expect(window().verify('full')).toMatchObject({ damages: [], notes: [] });
    place.closeAll();
    expect(commandLine().verify('full')).toMatchObject({ damages: [], notes: [CLOSED, headOfOther] });
  });

  it.each(['window', 'command line'])('shows an entry of a third hand to both: begun by the %s', (first) => {
    write(first === 'window' ? window() : commandLine());
    write(first === 'window' ? commandLine() : window());
    let forged = 0;
    writeOver(join(home, 'journal.sqlite'), (database) => {
      forged = appendEntry(database, 'outcome', '{"at":"2026-01-02T03:04:05.000Z"}');
      putMark(database, markKeyOf(randomBytes(32).toString('base64')), forged);
    });
    for (const open of [window, commandLine]) {
      expect(open().verify('full').damages).toMatchObject([{ kind: 'forged', seq: forged }]);
      place.closeAll();
    }
  });

  it('shows to the window what was hashed anew under its own key’s name', () => {
    write(window());
    write(commandLine());
    write(window());
    writeOver(join(home, 'journal.sqlite'), (database) => {
      database.exec("UPDATE entries SET payload = replace(payload, '\"index\":1', '\"index\":2') WHERE seq = 3");
      rehashFrom(database, 3);
    });
    expect(window().verify('full').damages).toMatchObject([{ kind: 'rehashed', seq: 3 }]);
  });

  it('is checked whole in its own thread too', async () => {
    write(commandLine());
    write(window());
    expect(await window().verifyApart(() => undefined)).toMatchObject({ damages: [], notes: [] });
  });
});

describe('erasing', () => {
  it.each(['window', 'command line'])('destroys the keys of both stores at once: from the %s', (from) => {
    const scopes = [window, commandLine].map((open) => {
      const journal = open();
      const scope = journal.newScope();
      const entry = journal.append({ kind: 'items.mirrored', payload: { run_id: 'r' }, sealed: { scope, text: 'ann@example.com' } });
      return { scope, entry, open };
    });
    const journal = from === 'window' ? window() : commandLine();
    expect(scopes.map(({ scope }) => journal.hasKey(scope))).toEqual([true, true]);
    journal.eraseScopes(scopes.map(({ scope }) => scope), { run_id: 'r' });
    expect(readdirSync(home).filter((name) => name.includes('journal-scope'))).toEqual([]);
    for (const { entry, open } of scopes) expect(open().openSealed(entry)).toBeUndefined();
  });
});

describe('an erasure that somebody forged in the name of the key that the command line cannot open', () => {
  it('destroys nothing by the command line, and shows in the window', () => {
    write(window());
    const journal = commandLine();
    const scope = journal.newScope();
    const entry = journal.append({ kind: 'items.mirrored', payload: { run_id: 'r' }, sealed: { scope, text: 'ann@example.com' } });
    place.closeAll();
    let forged = 0;
    writeOver(join(home, 'journal.sqlite'), (database) => {
      forged = appendEntry(database, 'journal.erased', JSON.stringify({ at: '2026-01-02T03:04:05.000Z', scopes: [scope] }));
      database.prepare("INSERT INTO marks SELECT ?, key_id, 'no mark' FROM marks WHERE seq = 1").run(forged);
    });
    const again = commandLine();
    expect(again.verify('full')).toMatchObject({ damages: [], notes: expect.arrayContaining([CLOSED]) as string[] });
    expect(again.openSealed(entry)).toBe('ann@example.com');
    place.closeAll();
    expect(window().verify('full').damages).toMatchObject([{ kind: 'rehashed', seq: forged }]);
  });
});

describe('an import by the command line where the key lies in the key store', () => {
  async function backUp(): Promise<string> {
    const journal = window();
    for (let index = 0; index < 5; index += 1) journal.append({ kind: 'outcome', payload: { index } });
    const file = join(place.root, 'backup.sqlite');
    rmSync(file, { force: true });
    await journal.backUp(file);
    place.closeAll();
    for (const name of ['journal.sqlite', 'journal-head.json']) rmSync(join(home, name));
    return file;
  }
  const prepare = (file: string): ReturnType<typeof prepareImport> => prepareImport(home, createFileSecretStore(home), file, new Date('2026-01-02T03:04:05Z'));

  it('says that the window checks the marks, and the window finds that they hold', async () => {
    const prepared = prepare(await backUp());
    expect(prepared.notes).toContain('The key of the marks lies in this machine’s key store: they are checked when Drydock’s window is started.');
    prepared.putInPlace();
    expect(existsSync(join(home, 'secrets-journal-mark-key')), 'no second key is made for it').toBe(false);
    const journal = window();
    expect(journal.verify('full')).toMatchObject({ damages: [], entries: 6 });
    journal.append({ kind: 'outcome', payload: {} });
    expect(journal.verify('full')).toMatchObject({ damages: [], entries: 7 });
  });

  it('lets the window show a backup that was hashed anew', async () => {
    const file = await backUp();
    writeOver(file, (database) => {
      database.exec("UPDATE entries SET payload = replace(payload, '\"index\":1', '\"index\":2') WHERE seq = 3");
      rehashFrom(database, 3);
    });
    prepare(file).putInPlace();
    expect(window().condition().verdict.damages).toMatchObject([{ kind: 'rehashed', seq: 3 }]);
  });
});
