import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { plainEnvironment, projectFolder } from '../support/command-line.ts';

const seenSchema = z.object({
  windowOptions: z.object({ webPreferences: z.record(z.string(), z.unknown()) }),
  loaded: z.string(),
  isSandboxed: z.boolean(),
  menus: z.number(),
  schemes: z.array(z.object({ scheme: z.string(), privileges: z.record(z.string(), z.boolean()) })),
  permissions: z.record(z.string(), z.unknown()),
  door: z.object({ channel: z.string(), page: z.unknown(), stranger: z.unknown() }),
  page: z.object({ status: z.number(), policy: z.string(), text: z.string() }),
});

let home: string;
let seen: z.infer<typeof seenSchema>;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'drydock-main-'));
  const hooks = pathToFileURL(join(projectFolder, 'tests/packaging/double/hooks.mjs')).href;
  const done = await promisify(execFile)(process.execPath, ['--import', hooks, join(projectFolder, 'dist/electron/main.js')], {
    cwd: home,
    env: { ...plainEnvironment(), DRYDOCK_HOME: join(home, 'drydock') },
    timeout: 60_000,
  });
  seen = seenSchema.parse(JSON.parse(done.stdout));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

test('the window is a sandboxed page with the preload and nothing of Node', () => {
  const { preload, ...preferences } = seen.windowOptions.webPreferences;
  expect(preload).toBe(join(projectFolder, 'dist/preload/preload.cjs'));
  expect(existsSync(String(preload))).toBe(true);
  expect(preferences).toMatchObject({ sandbox: true, contextIsolation: true, nodeIntegration: false, webSecurity: true, webviewTag: false });
  expect([seen.isSandboxed, seen.menus]).toEqual([true, 1]);
});

test('the page is the built one, on its own scheme, under a strict policy', () => {
  expect(seen.loaded).toBe('app://drydock/index.html');
  expect(seen.page.status).toBe(200);
  expect(seen.page.policy).toContain("script-src 'self'");
  expect(seen.page.text).toContain('<div id="root">');
  expect(seen.schemes).toEqual([{ scheme: 'app', privileges: expect.objectContaining({ standard: true, secure: true, bypassCSP: false }) as unknown }]);
});

test('the one door opens to the page and to no other', () => {
  expect(seen.door.channel).toBe('drydock');
  expect(seen.door.page).toMatchObject({ ok: true, value: { host: 'electron', version: '0.0.0-double', secret_store: 'session-only' } });
  expect(seen.door.stranger).toMatchObject({ ok: false, problem: { code: 'not_admitted' } });
});

test('permissions, devices, windows, navigation and foreign addresses are denied', () => {
  expect(seen.permissions).toEqual({ request: false, check: false, device: false, openWindow: 'deny', navigationHeld: true, outsideCancelled: true, ownCancelled: false });
});
