import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright';
import { expect, it, onTestFinished } from 'vitest';
import { createOpenFiles } from '../../operator/files.ts';
import { startBrowserHost } from '../../operator/hosts/browser-host.ts';
import { openInBrowser } from '../../operator/hosts/open-in-browser.ts';
import { CHROMIUM_FLAGS, findChromium } from '../../scripts/lib/chromium.mjs';

it('opens the window in a real browser by way of the file that only its owner may read', async () => {
  const home = mkdtempSync(join(tmpdir(), 'drydock-launch-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  mkdirSync(join(home, 'page'));
  writeFileSync(join(home, 'page', 'index.html'), '<!doctype html><title>The window</title>');
  const { handles, downloads } = createOpenFiles(home, randomBytes, process.pid, () => true);
  const host = await startBrowserHost({ operator: { call: async () => ({ ok: true, value: null }), files: handles, downloads }, pageFolder: join(home, 'page'), randomBytes });
  onTestFinished(() => host.close());
  await openInBrowser(host.address, ['true'], home, 'launch');
  const [name = ''] = readdirSync(join(home, 'launch'));

  const browser = await chromium.launch({ executablePath: findChromium() ?? '', args: [...CHROMIUM_FLAGS] });
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  await page.goto(pathToFileURL(join(home, 'launch', name)).href);
  await page.waitForURL(host.address);
  expect(await page.title()).toBe('The window');
});
