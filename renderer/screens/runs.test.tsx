import { expect, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { usePlace } from '../stores/place.ts';
import { usePreferences } from '../stores/preferences.ts';
import { fakeWorld } from '../testing/fake-world.ts';
import { callsOf, openWindow } from '../testing/open-window.tsx';

test('runs are narrowed and sorted by the operator, and opened by keyboard alone', async () => {
  const world = fakeWorld('executed');
  openWindow(world, { screen: 'runs' });
  const grid = page.getByRole('grid', { name: 'Runs' });
  await expect.element(grid.getByRole('row', { name: /Execution/ })).toBeVisible();
  await userEvent.keyboard('/');
  await userEvent.keyboard('run_exec');
  await expect.poll(() => callsOf(world, 'runs.list')).toContainEqual(expect.objectContaining({ q: 'run_exec', offset: 0 }));
  await page.getByRole('columnheader', { name: 'State' }).getByRole('button').click();
  await expect.poll(() => callsOf(world, 'runs.list')).toContainEqual(expect.objectContaining({ sort: 'state', ascending: true }));
  (grid.element() as HTMLElement).focus();
  await userEvent.keyboard('{ArrowDown}{Enter}');
  await expect.element(page.getByRole('heading', { level: 1, name: 'Execution' })).toBeVisible();
});

test('one run shows its gates, decisions, calls, the customers before it, and the runs beside it', async () => {
  const world = fakeWorld('executed');
  openWindow(world, { screen: 'runs' });
  usePlace.getState().selectRun('run_exec');
  await expect.element(page.getByRole('region', { name: 'Gates' }).getByText('Passed').first()).toBeVisible();
  await expect.element(page.getByRole('region', { name: 'Approvals' }).getByText('practice-approver')).toBeVisible();
  await expect.element(page.getByRole('table', { name: 'Calls from the journal' }).getByText('execute')).toBeVisible();
  await expect.element(page.getByRole('grid', { name: 'Customers before the run' }).getByText('Had no profile').first()).toBeVisible();
  usePreferences.setState({ isMasked: true });
  await expect.element(page.getByRole('grid', { name: 'Customers before the run' }).getByText(/\*\*\*@/).first()).toBeVisible();
  await page.getByRole('button', { name: 'Made the plan' }).click();
  await expect.element(page.getByRole('heading', { level: 1, name: 'Dry run' })).toBeVisible();
});

test('without the server a run shows its decisions and gates as they were mirrored', async () => {
  const world = fakeWorld('executed');
  world.reachable = false;
  openWindow(world, { screen: 'runs' });
  usePlace.getState().selectRun('run_exec');
  await expect.element(page.getByRole('table', { name: 'Decisions' }).getByText('Compared with the ticket.')).toBeVisible();
  await expect.element(page.getByRole('region', { name: 'Gates' }).getByText('Every row is settled.')).toBeVisible();
});

test('a run whose people were erased says so, what cannot be done any more, and what was decided without who', async () => {
  const world = fakeWorld('executed');
  world.isErased = true;
  openWindow(world, { screen: 'runs' });
  usePlace.getState().selectRun('run_exec');
  await expect.element(page.getByText('Its people were erased here')).toBeVisible();
  await expect.element(page.getByText(/cannot be approved or verified from here/)).toBeVisible();
  await expect.element(page.getByRole('table', { name: 'Decisions' }).getByText('erased').first()).toBeVisible();
});

test('without the server a run says what was never seen here, and shows the rest', async () => {
  const world = fakeWorld('executed');
  world.reachable = false;
  world.isMirrored = false;
  openWindow(world, { screen: 'runs' });
  await expect.element(page.getByText(/These are the runs as they were last seen/)).toBeVisible();
  usePlace.getState().selectRun('run_exec');
  await expect.element(page.getByRole('region', { name: 'Gates' }).getByText(/never seen here/)).toBeVisible();
  await expect.element(page.getByRole('region', { name: 'Approvals' }).getByText(/as the receipt says/)).toBeVisible();
  await expect.element(page.getByRole('grid', { name: 'Customers before the run' })).toBeVisible();
});
