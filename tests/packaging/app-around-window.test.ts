import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { MessageBoxOptions } from 'electron';
import type { Sender, ShownMenuItem } from './double/sides.ts';
import { type ElectronMain, startElectronMain } from '../support/electron-main.ts';

const page: Sender = { origin: 'app://drydock', isMainFrame: true };

let folder: string;
let home: string;
let electron: ElectronMain | undefined;
let told: unknown[];
let messages: MessageBoxOptions[];
let loads: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'drydock-around-'));
  home = join(folder, 'home');
  [told, messages, loads] = [[], [], 0];
});
afterEach(async () => {
  await electron?.quit();
  rmSync(folder, { recursive: true, force: true });
});

async function start(options: { readonly args?: readonly string[]; readonly env?: Readonly<Record<string, string>>; readonly response?: number } = {}): Promise<ElectronMain> {
  electron = await startElectronMain({
    home,
    args: options.args ?? [],
    env: options.env ?? {},
    test: {
      load: async () => void (loads += 1),
      sendToPage: (channel, [event]) => void told.push([channel, event]),
      answerMessage: async (asked) => {
        messages.push(asked);
        return { response: options.response ?? asked.cancelId ?? 0, checkboxChecked: false };
      },
    },
  });
  return electron;
}

const ask = (main: ElectronMain, request: object): Promise<unknown> => main.main.invoke(page, 'drydock', [request]);

function everyItem(items: readonly ShownMenuItem[]): readonly ShownMenuItem[] {
  return items.flatMap((item) => [item, ...everyItem(item.items)]);
}

test('a CSV of the first launch, of a second one and of the desktop is offered once the page listens, as a handle', async () => {
  const paths = ['first.csv', 'second.csv', 'third.csv'].map((name) => join(folder, name));
  for (const path of paths) writeFileSync(path, 'Customer Name\n');
  const app = await start({ args: [paths[0] ?? ''] });
  expect(told).toEqual([]);
  await ask(app, { kind: 'listen' });
  await app.main.startAgain(['node', 'main.js', 'second.csv', '--flag'], folder);
  await app.main.openFile(paths[2] ?? '');
  await vi.waitFor(() => expect(told).toHaveLength(3));
  expect(told.map((line) => (line as [string, { file: { file_name: string } }])[1].file.file_name)).toEqual(['first.csv', 'second.csv', 'third.csv']);
  expect(JSON.stringify(told)).not.toContain(folder);
  expect((await app.main.seen()).windowCalls).toContain('focus');
});

test('recent files are in the menu, opened from it, kept over a restart, and cleared with one command', async () => {
  const path = join(folder, 'cohort.csv');
  writeFileSync(path, 'Customer Name\n');
  const first = await start();
  await ask(first, { kind: 'file-from-drop', path, wanted: 'csv' });
  expect((await first.main.seen()).recentDocuments).toEqual([path]);
  await first.quit();

  const app = await start();
  await ask(app, { kind: 'listen' });
  await app.main.clickMenu('recent-0');
  await vi.waitFor(() => expect(told).toMatchObject([['drydock', { kind: 'file-offered', file: { file_name: 'cohort.csv' } }]]));
  rmSync(path);
  await app.main.clickMenu('recent-0');
  await vi.waitFor(() => expect(told.at(-1)).toEqual(['drydock', { kind: 'file-missing', file_name: 'cohort.csv' }]));
  writeFileSync(path, 'Customer Name\n');
  await app.main.openFile(path);
  await vi.waitFor(async () => expect(everyItem((await app.main.seen()).menu).some(({ id }) => id === 'recent-0')).toBe(true));
  await app.main.clickMenu('clear-recent');
  expect((await app.main.seen()).recentDocuments).toEqual([]);
  expect(existsSync(join(home, 'recent-files.json'))).toBe(false);
});

test('a command of the native menu reaches the page, and waking asks everything again', async () => {
  const app = await start();
  await ask(app, { kind: 'listen' });
  await app.main.clickMenu('go-journal');
  await app.main.sleep('resume');
  expect(told).toEqual([['drydock', { kind: 'command', id: 'go-journal' }], ['drydock', { kind: 'woke' }]]);
});

test('the theme of the window is the app’s, and the next first paint has its background', async () => {
  const first = await start();
  expect((await first.main.seen()).windowOptions.backgroundColor).toBe('#ffffff');
  await ask(first, { kind: 'set-theme', theme: 'dark' });
  expect((await first.main.seen()).themeSource).toBe('dark');
  await first.quit();
  const app = await start();
  expect((await app.main.seen()).windowOptions.backgroundColor).toBe('#1b1d20');
  expect(await ask(app, { kind: 'set-theme', theme: 'pink' })).toMatchObject({ ok: false });
});

test('the window opens where it was left, and centred when its display is gone', async () => {
  const first = await start();
  await first.main.place({ x: 2000, y: 30, width: 1100, height: 700 }, 'full-screen');
  await first.quit();
  const second = await start();
  const seen = await second.main.seen();
  expect(seen.windowOptions).toMatchObject({ x: 2000, y: 30, width: 1100, height: 700 });
  expect(seen.windowCalls).toContain('setFullScreen');
  await second.main.place({ x: 9000, y: 30, width: 1100, height: 700 }, 'normal');
  await second.quit();
  const third = await start();
  expect((await third.main.seen()).windowOptions).not.toHaveProperty('x');
});

test('a page that ends is told, logged by its reason, and opened again; the third time within a minute the app ends', async () => {
  const app = await start({ response: 0 });
  await app.main.crashPage({ reason: 'crashed', exitCode: 1 });
  await vi.waitFor(() => expect(loads).toBe(2));
  await app.main.crashPage({ reason: 'oom', exitCode: 1 });
  await vi.waitFor(() => expect(loads).toBe(3));
  void app.main.crashPage({ reason: 'crashed', exitCode: 1 });
  expect(await app.ended).toBe(0);
  expect(messages.map(({ message }) => message)).toEqual(['The window ended unexpectedly', 'The window ended unexpectedly', 'The window ends again and again']);
  const log = readFileSync(join(home, 'logs', 'drydock.log'), 'utf8');
  expect(log.match(/"event":"window_ended","code":"(crashed|oom)"/g)).toHaveLength(3);
});

test('folders are shown by their name, and no path is taken', async () => {
  const app = await start();
  await ask(app, { kind: 'show-folder', folder: 'logs' });
  await ask(app, { kind: 'show-folder', folder: 'home' });
  expect(await ask(app, { kind: 'show-folder', folder: '/etc' })).toMatchObject({ ok: false, problem: { code: 'invalid_request' } });
  expect((await app.main.seen()).shownInFolder).toEqual([join(home, 'logs', 'drydock.log'), home]);
});

test('the About page names what the app is made of', async () => {
  const app = await start();
  const reply = await ask(app, { kind: 'call', name: 'app.getInfo', input: {} });
  expect(reply).toMatchObject({ ok: true, value: { parts: ['Electron', 'Chromium', 'Node.js', 'SQLite'].map((name) => ({ name })) } });
  expect((await app.main.seen()).aboutPanel).toMatchObject({ applicationName: 'Drydock' });
});

test('updates are looked for only where somebody said from where, and never without https', async () => {
  const off = await start();
  expect(everyItem((await off.main.seen()).menu).some(({ id }) => id === 'updates')).toBe(false);
  await off.quit();
  const refused = await start({ env: { DRYDOCK_UPDATE_URL: 'http://updates.example/' } });
  await refused.main.clickMenu('updates');
  await vi.waitFor(() => expect(messages.map(({ message }) => message)).toEqual(['Drydock does not look for updates there']));
});
