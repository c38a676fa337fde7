import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserWindow, IpcMain, IpcMainInvokeEvent } from 'electron';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createOpenFiles } from '../operator/files.ts';
import type { Reply } from '../shared/contract/operator/reply.ts';
import { type DoorParts, openDoor } from './ipc.ts';

type Listener = Parameters<IpcMain['handle']>[1];

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'drydock-door-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

/** A window and a page in it, as far as the door looks at them. */
function madeUpWindow(origin = 'app://drydock', isDestroyed = false): BrowserWindow {
  const mainFrame = { origin, parent: null };
  return { isDestroyed: () => isDestroyed, webContents: { mainFrame } } as unknown as BrowserWindow;
}

function eventOf(window: BrowserWindow, senderFrame: unknown = window.webContents.mainFrame): IpcMainInvokeEvent {
  return { sender: window.webContents, senderFrame } as unknown as IpcMainInvokeEvent;
}

function door(window: BrowserWindow | undefined, chosen: { readonly open?: string; readonly save?: string } = {}) {
  const files = createOpenFiles(home, randomBytes, process.pid, () => true);
  const calls: string[] = [];
  const opened: string[] = [];
  let listener: Listener = async () => undefined;
  const parts: DoorParts = {
    operator: {
      call: async (name, _input, caller): Promise<Reply> => {
        calls.push(`${name} by ${caller.transport}`);
        return { ok: true, value: 'answered' };
      },
      files: files.handles,
      downloads: files.downloads,
    },
    window: () => window,
    dialog: {
      showOpenDialog: async () => ({ canceled: chosen.open === undefined, filePaths: chosen.open === undefined ? [] : [chosen.open] }),
      showSaveDialog: async () => ({ canceled: chosen.save === undefined, filePath: chosen.save ?? '' }),
    },
    listens: () => void calls.push('listens'),
    setTheme: (theme) => void calls.push(`theme ${theme}`),
    showFolder: (folder) => void calls.push(`folder ${folder}`),
    csvOpened: (path) => void opened.push(path),
    called: () => undefined,
  };
  openDoor({ handle: (_channel, added) => (listener = added) }, parts);
  return { files, calls, opened, ask: async (event: IpcMainInvokeEvent, request: unknown) => (await listener(event, request)) as Reply };
}

const call = { kind: 'call', name: 'app.getInfo', input: {} };

describe('the door', () => {
  test('lets our page in', async () => {
    const window = madeUpWindow();
    const { ask, calls } = door(window);
    expect(await ask(eventOf(window), call)).toEqual({ ok: true, value: 'answered' });
    expect(calls).toEqual(['app.getInfo by electron']);
  });

  const ours = madeUpWindow();
  const strangers: [string, BrowserWindow | undefined, IpcMainInvokeEvent][] = [
    ['when there is no window', undefined, eventOf(ours)],
    ['when the window is gone', madeUpWindow('app://drydock', true), eventOf(ours)],
    ['of another window', ours, eventOf(madeUpWindow())],
    ['of a frame that is gone', ours, eventOf(ours, null)],
    ['of a frame inside the page', ours, eventOf(ours, { origin: 'app://drydock', parent: {} })],
    ['of another origin', madeUpWindow('https://evil.example'), eventOf(madeUpWindow('https://evil.example'))],
  ];
  for (const origin of ['https://evil.example', 'app://drydock.evil', 'app://drydock:1', 'APP://drydock', 'null', 'file://', '']) {
    const window = madeUpWindow(origin);
    strangers.push([`of the origin ${JSON.stringify(origin)}`, window, eventOf(window)]);
  }
  test.each(strangers)('stays shut to a sender %s', async (_sender, window, event) => {
    const { ask, calls } = door(window);
    expect(await ask(event, call)).toMatchObject({ ok: false, problem: { code: 'not_admitted' } });
    expect(calls).toEqual([]);
  });

  test.each([[undefined], [null], [{}], [{ kind: 'call' }], [{ ...call, extra: 1 }], [{ kind: 'eval', code: '1' }], [{ kind: 'open-file' }], [{ kind: 'open-file', wanted: 'anything' }], [{ kind: 'call', name: 'x'.repeat(129), input: {} }]])('does not take %j', async (request) => {
    const window = madeUpWindow();
    const { ask, calls } = door(window);
    expect(await ask(eventOf(window), request)).toMatchObject({ ok: false, problem: { code: 'invalid_request' } });
    expect(calls).toEqual([]);
  });
});

describe('files', () => {
  test('that are chosen or dropped come back as a handle, never a path', async () => {
    const path = join(home, 'cohort.csv');
    writeFileSync(path, 'x');
    const window = madeUpWindow();
    const { ask, files } = door(window, { open: path });
    for (const request of [{ kind: 'open-file', wanted: 'csv' }, { kind: 'file-from-drop', path, wanted: 'csv' }, { kind: 'file-from-drop', path, wanted: 'report_zip' }]) {
      const reply = await ask(eventOf(window), request);
      expect(JSON.stringify(reply)).not.toContain(home);
      const value = reply.ok ? (reply.value as { handle: string; file_name: string }) : undefined;
      expect(value?.file_name).toBe('cohort.csv');
      expect(files.handles.get(value?.handle ?? '')).toEqual({ path, fileName: 'cohort.csv', kind: 'opened' });
    }
  });

  test.each(['', 'relative.csv', '/', '/nowhere/at/all.csv'])('at %j are refused', async (path) => {
    const window = madeUpWindow();
    expect(await door(window).ask(eventOf(window), { kind: 'file-from-drop', path, wanted: 'csv' })).toMatchObject({ ok: false, problem: { code: 'not_a_file' } });
  });

  test('of a report may be its folder, dropped or chosen, which is no cohort and no file of signers', async () => {
    const window = madeUpWindow();
    const { ask, files } = door(window, { open: home });
    for (const request of [{ kind: 'open-file', wanted: 'report_folder' }, { kind: 'file-from-drop', path: home, wanted: 'report_zip' }]) {
      const reply = await ask(eventOf(window), request);
      const { handle } = (reply.ok ? reply.value : {}) as { handle: string };
      expect(files.handles.get(handle)).toMatchObject({ path: home, kind: 'folder' });
      expect(JSON.stringify(reply)).not.toContain(home);
    }
    for (const wanted of ['csv', 'signers']) expect(await ask(eventOf(window), { kind: 'file-from-drop', path: home, wanted })).toMatchObject({ ok: false, problem: { code: 'not_a_file' } });
  });

  test('to keep are copied to where the person says, and unknown ones are refused in words', async () => {
    const window = madeUpWindow();
    const target = join(home, 'kept.csv');
    const { ask, files } = door(window, { save: target });
    const path = files.newDownloadPath();
    writeFileSync(path, 'line\n');
    const downloadId = files.downloads.add({ path, fileName: 'rejects.csv', mediaType: 'text/csv' });
    expect(await ask(eventOf(window), { kind: 'save-download', downloadId })).toEqual({ ok: true, value: null });
    expect(readFileSync(target, 'utf8')).toBe('line\n');
    expect(await ask(eventOf(window), { kind: 'save-download', downloadId: 'download_none' })).toMatchObject({ ok: false, problem: { code: 'unknown_download' } });
  });
});
