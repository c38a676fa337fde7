import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright';
import { expect } from 'playwright/test';
import { afterAll, beforeAll, test } from 'vitest';
import { openWindowSession, type WindowSession } from '../support/window-session.ts';

const TABS_MAX = 60;

let home: string;
let session: WindowSession;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'drydock-keyboard-'));
  session = await openWindowSession(home);
});

afterAll(async () => {
  await session?.close();
  await rm(home, { recursive: true, force: true });
});

/** Goes on by Tab until the target has the focus. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  await expect(target).toBeEnabled({ timeout: 20_000 });
  for (let pressed = 0; pressed < TABS_MAX; pressed += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab did not reach ${String(target)}`);
}

async function press(page: Page, target: Locator, key = 'Enter'): Promise<void> {
  await tabTo(page, target);
  await page.keyboard.press(key);
}

async function title(page: Page, name: string): Promise<void> {
  await expect(page.getByRole('heading', { level: 1, name, exact: true })).toBeVisible({ timeout: 20_000 });
}

test('the whole way is gone by the keyboard alone, from the sample to the exported report', async () => {
  const { page } = session;
  const button = (name: string | RegExp): Locator => page.getByRole('button', { name, exact: true });
  await title(page, 'Load');
  await press(page, button('Use the sample file'));
  await title(page, 'Check');
  await press(page, button('Start the dry run'));
  await title(page, 'Dry run');

  const grid = page.getByRole('grid', { name: 'Plan rows' });
  await tabTo(page, grid);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('complementary', { name: 'Row 3' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('complementary', { name: 'Row 3' })).toBeHidden();
  await page.keyboard.press('/');
  await expect(page.getByRole('searchbox', { name: 'Search rows' })).toBeFocused();

  await press(page, page.getByRole('tab', { name: /^Rows/ }), 'ArrowRight');
  const acknowledge = button('Acknowledge: the same person');
  await expect(acknowledge.first()).toBeVisible();
  for (let place = 0; place < (await acknowledge.count()); place += 1) await press(page, acknowledge.nth(place), 'Space');

  await press(page, button('Go to the test run'));
  await title(page, 'Test run');
  const compared = page.getByRole('checkbox', { name: /I compared the two/ });
  await expect(compared).toBeChecked();
  await press(page, button('Run the three'));
  await expect(page.getByText('Passed, and the test customers are as before')).toBeVisible({ timeout: 60_000 });
  await press(page, button('Go to approval'));
  await title(page, 'Approve');
  await tabTo(page, page.getByRole('textbox', { name: /^Comment/ }));
  await page.keyboard.type('Compared by hand.');
  await press(page, button('Approve as the practice approver'));
  await press(page, button('Go to execution'));
  await title(page, 'Execute');

  await press(page, button('Execute…'));
  const dialog = page.getByRole('dialog', { name: /^Prepare \d+ people\?/ });
  await expect(dialog.getByRole('button', { name: 'Execute now' })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(button('Execute…')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(dialog.getByRole('button', { name: 'Execute now' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('region', { name: 'Progress' })).toContainText('Completed', { timeout: 60_000 });

  const steps = page.getByRole('navigation', { name: 'Steps' });
  await press(page, steps.getByRole('button', { name: /^Verify/ }));
  await title(page, 'Verify');
  await press(page, button(/^Verify \d+ rows$/));
  await expect(page.getByRole('region', { name: 'Result of the verification' })).toContainText('nothing differs that is not explained', { timeout: 60_000 });

  await press(page, button('Go to the report'));
  await title(page, 'Report');
  await press(page, button('Export the report'));
  await press(page, button('Verify it here'));
  await expect(page.getByText('The report holds')).toBeVisible({ timeout: 20_000 });

  await page.keyboard.press('Alt+0');
  await title(page, 'Roll back');
  await tabTo(page, page.getByRole('grid', { name: 'Members' }));
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Space');
  await expect(page.getByText('1 person chosen')).toBeVisible();
  await press(page, button('Preview the rollback'));
  await press(page, button(/^Roll back 1 person…$/));
  await expect(page.getByRole('button', { name: 'Roll back now' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('region', { name: 'Progress' })).toContainText('Completed', { timeout: 60_000 });

  await page.keyboard.press('Control+k');
  await expect(page.getByRole('textbox', { name: 'Find a command' })).toBeFocused();
  await page.keyboard.type('Journal');
  await page.keyboard.press('Enter');
  await title(page, 'Journal');
  await page.keyboard.press('Shift+?');
  await expect(page.getByRole('dialog', { name: 'Keys' })).toBeVisible();
  await page.keyboard.press('Escape');
  expect(session.pageErrors).toEqual([]);
}, 180_000);
