import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Seen, Sender } from './double/sides.ts';
import { type ElectronMain, startElectronMain } from '../support/electron-main.ts';
import { projectFolder } from '../support/command-line.ts';

const page: Sender = { origin: 'app://drydock', isMainFrame: true };
const askInfo = { kind: 'call', name: 'app.getInfo', input: {} };

let folder: string;
let electron: ElectronMain;
let seen: Seen;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'drydock-main-'));
  electron = await startElectronMain({ home: join(folder, 'home') });
  seen = await electron.main.seen();
});
afterAll(async () => {
  await electron.quit();
  rmSync(folder, { recursive: true, force: true });
});

describe('the built main process starts', () => {
  test('a sandboxed page with the preload and nothing of Node', () => {
    const { preload, ...preferences } = seen.windowOptions.webPreferences ?? {};
    expect(preload).toBe(join(projectFolder, 'dist/preload/preload.cjs'));
    expect(existsSync(String(preload))).toBe(true);
    expect(preferences).toMatchObject({ sandbox: true, contextIsolation: true, nodeIntegration: false, webSecurity: true, webviewTag: false });
    expect(seen.isSandboxed).toBe(true);
    expect(seen.menu.length).toBeGreaterThan(0);
  });

  test('with the built page, on its own scheme, under a strict policy', async () => {
    expect(seen.loaded).toEqual(['app://drydock/index.html']);
    const { status, headers, body } = await electron.main.requestPage('GET', 'app://drydock/index.html');
    expect(status).toBe(200);
    expect(headers['content-security-policy']).toContain("script-src 'self'");
    expect(Buffer.from(body).toString()).toContain('<div id="root">');
    expect(seen.schemes).toEqual([{ scheme: 'app', privileges: expect.objectContaining({ standard: true, secure: true, bypassCSP: false }) as unknown }]);
  });

  test('and its one door opens to the page', async () => {
    expect(seen.channels).toEqual(['drydock']);
    expect(await electron.main.invoke(page, 'drydock', [askInfo])).toMatchObject({ ok: true, value: { host: 'electron', version: '0.0.0-double', secret_store: 'session-only' } });
  });
});

describe('the built main process refuses', () => {
  const strangers: readonly (readonly [string, Sender | null])[] = [
    ['of another origin', { origin: 'https://evil.example', isMainFrame: true }],
    ['whose origin only begins like ours', { origin: 'app://drydock.evil', isMainFrame: true }],
    ['without an origin', { origin: 'null', isMainFrame: true }],
    ['inside our page', { origin: 'app://drydock', isMainFrame: false }],
    ['that is gone', null],
  ];
  test.each(strangers)('an IPC call from a frame %s', async (_which, sender) => {
    expect(await electron.main.invoke(sender, 'drydock', [askInfo])).toMatchObject({ ok: false, problem: { code: 'not_admitted' } });
  });

  test.each(['drydock2', 'ELECTRON_LOG', 'ipc-renderer'])('an unknown channel: %s', async (channel) => {
    await expect(electron.main.invoke(page, channel, [askInfo])).rejects.toThrow(`No handler registered for '${channel}'`);
  });

  test.each([
    ['a kind that it does not know', { kind: 'read-file', path: '/etc/passwd' }],
    ['a field beside those that it knows', { ...askInfo, caller: { transport: 'in-process' } }],
    ['nothing', undefined],
    ['a text', '{"kind":"call"}'],
  ])('a request of %s', async (_what, request) => {
    expect(await electron.main.invoke(page, 'drydock', [request])).toMatchObject({ ok: false, problem: { code: 'invalid_request' } });
  });

  test.each(['sources.check', 'reports.verify'])('a path given as a file: %s', async (name) => {
    const input = name === 'sources.check' ? { handle: '/etc/passwd', playbook: 'account-prep' } : { handle: '/etc/passwd' };
    const reply = await electron.main.invoke(page, 'drydock', [{ kind: 'call', name, input }]);
    expect(reply).toMatchObject({ ok: false });
    expect(JSON.stringify(reply)).toMatch(/unknown_file|invalid_request/);
  });

  test.each(['etc/passwd', '', '/no/such/file.csv', projectFolder])('a dropped path that is no file: %j', async (path) => {
    expect(await electron.main.invoke(page, 'drydock', [{ kind: 'file-from-drop', path, wanted: 'csv' }])).toMatchObject({ ok: false, problem: { code: 'not_a_file' } });
  });

  test.each(['https://evil.example/', 'file:///etc/passwd', 'javascript:alert(1)', 'app://drydock/other.html', 'app://evil/index.html'])('a way to %s: navigation, redirect, frame and new window', async (address) => {
    const verdicts = await electron.main.tryOut(address);
    expect(verdicts).toMatchObject({ navigation: 'held', redirect: 'held', frame: 'held', newWindow: 'deny' });
    expect((await electron.main.seen()).openedOutside).toEqual([]);
  });

  test('a permission that is asked for or looked up, a device, a guest page and a download', async () => {
    expect(await electron.main.tryOut('app://drydock/index.html')).toMatchObject({ permissionAsked: false, permissionChecked: false, device: false, webview: 'held', download: 'held' });
  });

  test.each(['https://evil.example/x.js', 'http://127.0.0.1:1/', 'file:///etc/passwd', 'ws://evil.example/', 'app://evil/x.js', 'data:text/html,x', 'app://drydock.evil/x.js'])('a request of the page for %s', async (address) => {
    expect(await electron.main.isCancelled(address)).toBe(true);
  });

  test.each(['app://drydock/../package.json', 'app://drydock/%2e%2e/%2e%2e/package.json', 'app://drydock/..%5c..%5cpackage.json', 'app://drydock//etc/passwd', 'app://drydock/index.html%00.js', 'app://evil/index.html', 'app://drydock/electron/main.js'])('a path out of app://: %s', async (address) => {
    const { status, body } = await electron.main.requestPage('GET', address);
    expect([403, 404]).toContain(status);
    expect(body).toHaveLength(0);
  });

  test('a link in the page’s folder that leads out of it', async () => {
    const link = join(projectFolder, 'dist/renderer/assets', `leads-out-${process.pid}.json`);
    symlinkSync(join(projectFolder, 'package.json'), link);
    try {
      expect(await electron.main.requestPage('GET', `app://drydock/assets/leads-out-${process.pid}.json`)).toMatchObject({ status: 404 });
    } finally {
      rmSync(link);
    }
  });

  test('a file of the page that is written to', async () => {
    expect(await electron.main.requestPage('POST', 'app://drydock/index.html')).toMatchObject({ status: 403 });
  });
});
