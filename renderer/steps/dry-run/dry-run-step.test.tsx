import { expect, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { fakeWorld } from '../../testing/fake-world.ts';
import { callsOf, openWindow } from '../../testing/open-window.tsx';

test('arrows, Space and Enter move, pick and open a row without the mouse', async () => {
  openWindow(fakeWorld('planned'), { step: 'dry_run' });
  const grid = page.getByRole('grid', { name: 'Plan rows' });
  await expect.element(page.getByText('bea.lind1@example.com')).toBeVisible();
  grid.element().focus();
  await userEvent.keyboard('{ArrowDown}{ArrowDown}{ArrowDown}[Space]{Enter}');
  await expect.element(page.getByRole('complementary', { name: 'Row 3' })).toBeVisible();
  await expect.element(page.getByRole('checkbox', { name: 'Use row 3 as test row' })).toBeChecked();
  await userEvent.keyboard('{End}');
  await expect.element(page.getByRole('complementary', { name: 'Row 57' })).toBeVisible();
  await userEvent.keyboard('{Escape}');
  await expect.element(page.getByRole('complementary')).not.toBeInTheDocument();
});

test('only the rows in view exist, and every row of many can be reached', async () => {
  openWindow(fakeWorld('planned', 'practice', 20_000), { step: 'dry_run' });
  const grid = page.getByRole('grid', { name: 'Plan rows' });
  await expect.element(page.getByText('bea.lind1@example.com')).toBeVisible();
  expect(grid.element().querySelectorAll('[role=row]').length).toBeLessThan(80);
  grid.element().focus();
  await userEvent.keyboard('{End}{Enter}');
  await expect.element(page.getByRole('complementary', { name: 'Row 20000' })).toBeVisible();
});

test('chips filter by action and by match, and search finds a person', async () => {
  openWindow(fakeWorld('planned'), { step: 'dry_run' });
  const grid = page.getByRole('grid', { name: 'Plan rows' });
  await page.getByRole('button', { name: /^Blocked · 1/ }).click();
  await expect.element(grid).toHaveAttribute('aria-rowcount', '2');
  await page.getByRole('button', { name: /^Blocked · 1/ }).click();
  await userEvent.keyboard('/');
  await userEvent.keyboard('farah.fischer5');
  await expect.element(grid).toHaveAttribute('aria-rowcount', '3');
});

test('a declined name match is planned again with the decision', async () => {
  const world = fakeWorld('planned');
  openWindow(world, { step: 'dry_run' });
  await page.getByRole('tab', { name: /Name-only review/ }).click();
  const pair = page.getByRole('region', { name: 'Name match, row 13' });
  await pair.getByRole('button', { name: 'Decline: new profile' }).click();
  await page.getByRole('button', { name: 'Plan again with them' }).click();
  await expect.element(page.getByRole('button', { name: 'Plan again with them' })).not.toBeInTheDocument();
  expect(callsOf(world, 'plans.dryRun')).toEqual([{ migration: '2025-08-09', source_id: 'src_1', decisions: [{ email: 'bea.lind13@example.com', as: 'create' }] }]);
});

test('a name with a hidden direction override shows its code', async () => {
  openWindow(fakeWorld('planned'), { step: 'dry_run' });
  await expect.element(page.getByRole('gridcell').getByText('U+202E').first()).toBeVisible();
});
