import { expect, test } from 'vitest';
import { page } from 'vitest/browser';
import { axeFindings } from '../../testing/axe-findings.ts';
import { fakeWorld } from '../../testing/fake-world.ts';
import { callsOf, openWindow } from '../../testing/open-window.tsx';

test('a sample is drawn by a seed that can be set, and says what it left unread', async () => {
  const world = fakeWorld('executed');
  openWindow(world, { step: 'verification' });
  await page.getByRole('textbox', { name: 'Seed' }).fill('ticket 4711');
  await page.getByRole('button', { name: 'Verify 20 rows' }).click();
  const result = page.getByRole('region', { name: 'Result of the verification' });
  await expect.element(result.getByText(/^Not verified: 32 rows/)).toBeVisible();
  await expect.element(page.getByRole('table', { name: 'Verifications' }).getByText('ticket 4711')).toBeVisible();
  expect(callsOf(world, 'runs.verify')).toEqual([{ run_id: 'run_exec', sample: { size: 20, seed: 'ticket 4711' } }]);
  await expect.element(page.getByRole('button', { name: /^Verify\s*\(done\)/ })).toBeVisible();
});

test('every row is read back, what customers did since is no difference, and a difference shows planned and now', async () => {
  openWindow(fakeWorld('executed'), { step: 'verification' });
  await page.getByText('Every row', { exact: true }).click();
  await page.getByRole('button', { name: 'Verify 52 rows' }).click();
  await expect.element(page.getByText('52 rows read back: 1 different')).toBeVisible();
  await expect.element(page.getByRole('button', { name: /^Completed since · 6/ })).toBeVisible();
  await page.getByRole('grid', { name: 'Rows read back' }).getByRole('row').nth(1).click();
  await expect.element(page.getByRole('table', { name: 'Planned and now' }).getByText('cus_OTHER')).toBeVisible();
  expect(await axeFindings()).toEqual([]);
});

test('a server that is away while it reads back is told, and nothing is shown as verified', async () => {
  const world = fakeWorld('executed');
  world.problems.set('runs.verify', { code: 'server_away', title: 'The server does not answer', detail: 'Nothing was read back. Try again.', request_id: null });
  openWindow(world, { step: 'verification' });
  await page.getByRole('button', { name: 'Verify 20 rows' }).click();
  await expect.element(page.getByRole('alert').getByText('The server does not answer')).toBeVisible();
  await expect.element(page.getByText(/^Nobody has read it back yet/)).toBeVisible();
});
