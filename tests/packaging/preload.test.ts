import { expect, test } from 'vitest';
import { runPreload } from '../support/preload-realm.ts';

type Api = Record<string, (...args: readonly unknown[]) => unknown>;

function preloadWith(answer: unknown) {
  const asked: unknown[] = [];
  const worlds: Record<string, Api> = {};
  const listeners: ((event: object, ...args: unknown[]) => void)[] = [];
  const { required } = runPreload({
    contextBridge: { exposeInMainWorld: (name: string, api: unknown) => void (worlds[name] = api as Api) },
    ipcRenderer: {
      invoke: (channel: string, ...args: unknown[]) => {
        asked.push([channel, ...args]);
        return Promise.resolve(answer);
      },
      on: (_channel, listener) => void listeners.push(listener),
    },
    webUtils: { getPathForFile: () => '/home/mo/cohort.csv' },
  });
  return { asked, worlds, required, listeners, api: worlds['drydock'] ?? {} };
}

test('the built preload runs where only electron can be required, and exposes one bridge of a few functions', () => {
  const { required, worlds, api } = preloadWith(null);
  expect(required).toEqual(['electron']);
  expect(Object.keys(worlds)).toEqual(['drydock']);
  expect(Object.keys(api).sort()).toEqual(['call', 'fileFromDrop', 'listen', 'openFile', 'saveDownload', 'setTheme', 'showFolder']);
});

test('what the page asks goes through one channel, in a form that main knows', async () => {
  const { asked, api } = preloadWith({ ok: true, value: null });
  await api['call']?.('app.getInfo', {});
  await api['openFile']?.('csv');
  await api['fileFromDrop']?.({}, 'csv');
  expect(JSON.parse(JSON.stringify(asked))).toEqual([
    ['drydock', { kind: 'call', name: 'app.getInfo', input: {} }],
    ['drydock', { kind: 'open-file', wanted: 'csv' }],
    ['drydock', { kind: 'file-from-drop', path: '/home/mo/cohort.csv', wanted: 'csv' }],
  ]);
});

test('a refusal reaches the page as a sentence', async () => {
  const { api } = preloadWith({ ok: false, problem: { title: 'That is not a file', detail: 'Drop it again.' } });
  await expect(api['openFile']?.('csv')).rejects.toThrow('That is not a file. Drop it again.');
});

test('what main tells comes to the page on that channel alone, and without its sender', async () => {
  const { api, listeners, asked } = preloadWith({ ok: true, value: null });
  const told: unknown[][] = [];
  await api['listen']?.((...args: unknown[]) => told.push(args));
  for (const listener of listeners) listener({ sender: 'electron' }, { kind: 'woke' }, 'more');
  expect(listeners).toHaveLength(1);
  expect(told).toEqual([[{ kind: 'woke' }]]);
  expect(JSON.parse(JSON.stringify(asked))).toEqual([['drydock', { kind: 'listen' }]]);
});
