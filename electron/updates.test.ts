import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MessageBoxOptions } from 'electron';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LogEvent } from '../operator/log.ts';
import { type UpdateFeed, readUpdateFeed } from './update-feed.ts';
import { type UpdateParts, checkForUpdates } from './updates.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'drydock-updates-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

describe('where updates come from', () => {
  test('nowhere unless somebody said so', () => {
    expect([readUpdateFeed({}, home).state, readUpdateFeed({ DRYDOCK_UPDATE_URL: '' }, home).state]).toEqual(['off', 'off']);
  });

  test('the environment, else updates.json', () => {
    writeFileSync(join(home, 'updates.json'), '{"url":"https://updates.example/a"}');
    expect(readUpdateFeed({}, home)).toEqual({ state: 'on', url: 'https://updates.example/a' });
    expect(readUpdateFeed({ DRYDOCK_UPDATE_URL: 'https://updates.example/b' }, home)).toEqual({ state: 'on', url: 'https://updates.example/b' });
  });

  test.each(['http://updates.example/', 'HTTP://updates.example/', 'file:///updates', 'updates.example', 'https://kim:secret@updates.example/'])('never %s, and that is said', (address) => {
    const feed = readUpdateFeed({ DRYDOCK_UPDATE_URL: address }, home);
    expect(feed.state).toBe('refused');
    expect(JSON.stringify(feed)).not.toContain('secret');
  });

  test.each(['', '{', '{"url":7}', '{"url":"https://a.example","more":1}'])('a damaged updates.json is said: %j', (text) => {
    writeFileSync(join(home, 'updates.json'), text);
    expect(readUpdateFeed({}, home).state).toBe('refused');
  });
});

describe('looking for updates', () => {
  type Found = Awaited<ReturnType<ReturnType<UpdateParts['updater']>['checkForUpdates']>>;
  const found = (isUpdateAvailable: boolean) => ({ isUpdateAvailable, updateInfo: { version: '0.2.0' } }) as Found;

  async function look(check: () => Promise<Found>, answers: readonly number[] = [], feed: UpdateFeed = { state: 'on', url: 'https://updates.example/' }) {
    const done: string[] = [];
    const logged: LogEvent[] = [];
    const asked: MessageBoxOptions[] = [];
    const updater = {
      autoDownload: true,
      autoInstallOnAppQuit: true,
      allowDowngrade: true,
      allowPrerelease: true,
      logger: null,
      setFeedURL: (options: unknown) => void done.push(`feed ${JSON.stringify(options)}`),
      checkForUpdates: check,
      downloadUpdate: () => Promise.resolve(done.push('fetched')).then(() => []),
      quitAndInstall: () => void done.push('installed'),
    };
    const dialog = {
      showMessageBox: (...args: readonly unknown[]) => {
        asked.push(args.at(-1) as MessageBoxOptions);
        return Promise.resolve({ response: answers[asked.length - 1] ?? 1, checkboxChecked: false });
      },
    };
    if (feed.state !== 'off') await checkForUpdates({ updater: () => updater, feed, dialog, log: { write: (event) => logged.push(event) }, currentVersion: '0.1.0' });
    return { done, logged, updater, messages: asked.map(({ message }) => message) };
  }

  test('never fetches, installs or goes back by itself', async () => {
    const { updater, done, messages } = await look(() => Promise.resolve(found(true)));
    expect(updater).toMatchObject({ autoDownload: false, autoInstallOnAppQuit: false, allowDowngrade: false, allowPrerelease: false });
    expect([done, messages]).toEqual([['feed {"provider":"generic","url":"https://updates.example/"}'], ['Drydock 0.2.0 is there']]);
  });

  test('fetches and installs after a yes each', async () => {
    const { done } = await look(() => Promise.resolve(found(true)), [0, 0]);
    expect(done.slice(1)).toEqual(['fetched', 'installed']);
  });

  test.each([
    ['what fails', () => Promise.reject(new TypeError('https://token@updates.example broke'))],
    ['an app that was not installed', () => Promise.resolve(null)],
  ])('says %s calmly, and logs its class alone', async (_what, check) => {
    const { messages, logged } = await look(check);
    expect(messages).toEqual(['Drydock could not look for updates']);
    expect(JSON.stringify(logged)).not.toContain('token');
  });

  test('asks nothing at an address that is refused', async () => {
    const { done, messages } = await look(() => Promise.resolve(found(true)), [], { state: 'refused', detail: 'Not https.' });
    expect([done, messages]).toEqual([[], ['Drydock does not look for updates there']]);
  });
});
