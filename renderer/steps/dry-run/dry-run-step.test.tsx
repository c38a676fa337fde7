import { expect, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { usePreferences } from '../../stores/preferences.ts';
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
  expect(callsOf(world, 'plans.decide')).toEqual([expect.objectContaining({ selection: { rows: [13] }, as: 'create' })]);
  expect(callsOf(world, 'plans.dryRun')).toEqual([{ migration: '2025-08-09', source_id: 'src_1', decisions_of: expect.any(String) }]);
  expect(world.rows.find(({ row }) => row === 13)).toMatchObject({ action: 'CREATE_NEW' });
});

test('a name with a hidden direction override shows its code', async () => {
  openWindow(fakeWorld('planned'), { step: 'dry_run' });
  await expect.element(page.getByRole('gridcell').getByText('U+202E').first()).toBeVisible();
});

test('rows are chosen by click, by range and by key, and left out of the next plan without an address being sent', { timeout: 60_000 }, async () => {
  const world = fakeWorld('planned');
  openWindow(world, { step: 'dry_run' });
  const grid = page.getByRole('grid', { name: 'Plan rows' });
  await page.getByRole('checkbox', { name: 'Choose row 3', exact: true }).click();
  await page.getByRole('checkbox', { name: 'Choose row 6', exact: true }).click({ modifiers: ['Shift'] });
  const chosen = page.getByRole('group', { name: 'Chosen rows' });
  await expect.element(chosen.getByText('4 rows chosen')).toBeVisible();
  grid.element().focus();
  await userEvent.keyboard('{Home}x');
  await expect.element(chosen.getByText('5 rows chosen')).toBeVisible();
  await userEvent.keyboard('{Shift>}{ArrowDown}{/Shift}');
  await expect.element(chosen.getByText('6 rows chosen')).toBeVisible();
  await chosen.getByRole('button', { name: 'Leave them out' }).click();
  await expect.element(chosen.getByText('6 rows left out of the next plan.')).toBeVisible();
  await expect.element(page.getByText('6 decisions not in the plan yet')).toBeVisible();
  expect(JSON.stringify(callsOf(world, 'plans.decide'))).not.toContain('@');
  await page.getByRole('button', { name: 'Plan again with them' }).click();
  await expect.element(page.getByRole('button', { name: /^Skip · 6/ })).toBeVisible();
});

test('all rows that a filter shows are chosen at once, also those that are not in view, and each decision can be taken back', { timeout: 60_000 }, async () => {
  const world = fakeWorld('planned', 'practice', 600);
  openWindow(world, { step: 'dry_run' });
  await page.getByRole('button', { name: /^Create · / }).click();
  const count = world.rows.filter(({ action }) => action === 'CREATE_NEW').length;
  const chosen = page.getByRole('group', { name: 'Chosen rows' });
  await chosen.getByRole('button', { name: `Choose all ${count} shown` }).click();
  await page.getByRole('checkbox', { name: 'Choose row 5', exact: true }).click();
  await chosen.getByRole('button', { name: 'Leave them out' }).click();
  await expect.element(page.getByText(`${count - 1} decisions not in the plan yet`)).toBeVisible();
  expect(callsOf(world, 'plans.decide')).toEqual([expect.objectContaining({ selection: { filter: { action: 'CREATE_NEW' }, except: [5] }, as: 'skip' })]);
  await page.getByRole('tab', { name: `Decisions (${count - 1})` }).click();
  await page.getByRole('button', { name: 'Take back the decision about row 10', exact: true }).click();
  await expect.element(page.getByRole('tab', { name: `Decisions (${count - 2})` })).toBeVisible();
  await page.getByRole('button', { name: 'Take all of them back' }).click();
  await expect.element(page.getByText('No decision waits')).toBeVisible();
});

test('while rows are coming it says how many are here, and that a filter waits for the rest', async () => {
  const world = fakeWorld('planned');
  world.rowsProgress = { rows_here: 2000, rows_total: 5700, state: 'coming', problem: null };
  openWindow(world, { step: 'dry_run' });
  await expect.element(page.getByText('Rows are still coming: 2,000 of 5,700.', { exact: true })).toBeVisible();
  await page.getByRole('button', { name: /^Blocked · 1/ }).click();
  await expect.element(page.getByText(/is known once all of them are here/)).toBeVisible();
  world.rowsProgress = { rows_here: 2000, rows_total: 5700, state: 'interrupted', problem: null };
  await expect.element(page.getByText('The rows stopped coming at 2,000 of 5,700')).toBeVisible();
});

test('what is on screen is exported as it is there, masked where the screen is', async () => {
  const world = fakeWorld('planned');
  openWindow(world, { step: 'dry_run' });
  usePreferences.setState({ isMasked: true });
  await page.getByRole('button', { name: /^Create · / }).click();
  await page.getByRole('button', { name: 'Name', exact: true }).click();
  await page.getByRole('button', { name: 'Export this view' }).click();
  await expect.poll(() => callsOf(world, 'saveDownload')).toEqual(['dl_plan_rows']);
  expect(callsOf(world, 'views.export')).toEqual([{ masked: true, view: expect.objectContaining({ of: 'plan_rows', action: 'CREATE_NEW', sort: 'name' }) }]);
});
