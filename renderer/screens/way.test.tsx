import { expect, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { fakeWorld } from '../testing/fake-world.ts';
import { callsOf, openWindow } from '../testing/open-window.tsx';

test('first start offers practice, and practice leads to the first step', async () => {
  openWindow(fakeWorld('first_start'));
  await page.getByRole('button', { name: 'Practise on made-up data' }).click();
  await expect.element(page.getByRole('heading', { name: 'Load', level: 1 })).toBeVisible();
});

test('a file is chosen, checked, and planned', async () => {
  const world = fakeWorld('connected');
  openWindow(world);
  await page.getByRole('button', { name: 'Choose a file' }).click();
  await expect.element(page.getByText('57 of 60 rows can go on: 1 duplicate, 2 rejected')).toBeVisible();
  await page.getByRole('button', { name: 'Start the dry run' }).click();
  await expect.element(page.getByRole('grid', { name: 'Plan rows' })).toBeVisible();
  expect(callsOf(world, 'plans.dryRun')).toEqual([{ migration: '2025-08-09', source_id: 'src_1' }]);
});

test('a step that is not open says what opens it', async () => {
  openWindow(fakeWorld('checked'));
  await page.getByRole('button', { name: /^Approve \(not open yet\)/ }).click();
  // Beside the tooltip of the step, which says the same for as long as the pointer is on it.
  await expect.element(page.getByRole('paragraph').filter({ hasText: 'Opens when there is a plan.' })).toBeVisible();
});

test('a server that is away is told calmly, with what to do', async () => {
  openWindow(fakeWorld('offline', 'staging'));
  await expect.element(page.getByRole('heading', { name: 'Offline: the server does not answer' })).toBeVisible();
  await expect.element(page.getByRole('button', { name: 'Open Settings' })).toBeVisible();
});

test('a refused call shows title, detail, code and request id', async () => {
  const world = fakeWorld('checked');
  world.problems.set('plans.dryRun', { code: 'feature_disabled', title: 'The feature flag is off', detail: 'Ask whoever runs the server to turn it on.', request_id: 'req-123' });
  openWindow(world, { step: 'check' });
  await page.getByRole('button', { name: 'Start the dry run' }).click();
  const alert = page.getByRole('alert');
  await expect.element(alert.getByText(/The feature flag is off/)).toBeVisible();
  await expect.element(alert.getByText(/request req-123/)).toBeVisible();
});

test('masking hides addresses on screen and leaves the data alone', async () => {
  openWindow(fakeWorld('planned'), { step: 'dry_run' });
  await expect.element(page.getByText('bea.lind1@example.com')).toBeVisible();
  await page.getByRole('button', { name: 'Mask personal data' }).click();
  await expect.element(page.getByText('bea.lind1@example.com')).not.toBeInTheDocument();
});

test('every command can be reached by its name', async () => {
  openWindow(fakeWorld('planned'), { step: 'dry_run' });
  await expect.element(page.getByRole('grid', { name: 'Plan rows' })).toBeVisible();
  await userEvent.keyboard('{Control>}k{/Control}');
  await userEvent.keyboard('Journal{Enter}');
  await expect.element(page.getByRole('heading', { name: 'Journal', level: 1 })).toBeVisible();
});

test('while the server does not answer, the runs as last seen are one step away', async () => {
  openWindow(fakeWorld('offline', 'production'), { step: 'execution' });
  await page.getByRole('button', { name: 'See the runs' }).click();
  await expect.element(page.getByRole('heading', { level: 1, name: 'Runs' })).toBeVisible();
});
