import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'playwright/test';
import { afterAll, beforeAll, test } from 'vitest';
import { projectFolder } from '../support/command-line.ts';
import { openElectronSession, type ElectronSession } from '../support/electron-session.ts';

interface Bridged {
  readonly drydock: { fileFromDrop(file: File, wanted: 'csv'): Promise<unknown> };
}

/** What only Electron's way through has: the native menu, files of the desktop, and a real drop, joined to Chromium. */
let folder: string;
let session: ElectronSession;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drydock-electron-'));
  session = await openElectronSession(join(folder, 'home'));
});
afterAll(async () => {
  await session?.close();
  await rm(folder, { recursive: true, force: true });
});

test('native menu, theme, folders, a drop and an opened file go the way from main through the preload to the page and back', async () => {
  const { page, main } = session;
  const title = (name: string) => page.getByRole('heading', { level: 1, name, exact: true });
  await expect(title('Load')).toBeVisible({ timeout: 20_000 });

  await main.clickMenu('go-about');
  await expect(title('About Drydock')).toBeVisible();
  await page.getByRole('button', { name: 'Show the log folder' }).click();
  await expect.poll(async () => (await main.seen()).shownInFolder).toEqual([join(folder, 'home', 'logs', 'drydock.log')]);
  await main.clickMenu('theme');
  await expect.poll(async () => (await main.seen()).themeSource).toBe('dark');

  // A file made up by a script has no path, and is refused.
  const madeUp = await page.evaluate(() => (window as unknown as Bridged).drydock.fileFromDrop(new File(['a'], 'made-up.csv'), 'csv').then(() => 'taken', String));
  expect(madeUp).toContain('That is not a file on this machine');
  await main.clickMenu('step-load');
  await expect(title('Load')).toBeVisible();
  await session.drop('[aria-label="Drop a CSV file here"]', [join(projectFolder, 'resources/samples/account-prep-60.csv')]);
  await expect(title('Check')).toBeVisible({ timeout: 20_000 });

  const opened = join(folder, 'opened.csv');
  await writeFile(opened, 'Customer Name,Customer Email,Stripe_Customer_ID\nAda Lind,ada@example.com,cus_AAAAAAAAAAAAAA\n');
  await main.startAgain(['node', 'main.js', opened], folder);
  const offered = page.getByRole('region', { name: 'Opened file' });
  await expect(offered).toContainText('opened.csv');
  await expect(title('Check')).toBeVisible();
  await offered.getByRole('button', { name: 'Load it' }).click();
  await expect(page.getByRole('region', { name: 'Result of the check' })).toContainText('The 1 row can go on', { timeout: 20_000 });
  expect((await main.seen()).recentDocuments).toEqual([join(projectFolder, 'resources/samples/account-prep-60.csv'), opened]);
  expect(session.pageErrors).toEqual([]);
}, 90_000);
