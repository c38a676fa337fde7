import { expect, test } from 'vitest';
import { page } from 'vitest/browser';
import { FAKE_NOW, fakeReport, fakeWorld } from '../../testing/fake-world.ts';
import { openWindow } from '../../testing/open-window.tsx';

test('a report that was made without the server says so, and another says nothing of it', async () => {
  const world = fakeWorld('offline');
  world.reports = [{ ...fakeReport, report_id: 'rep_away', run_id: 'run_away', as_of: FAKE_NOW }, fakeReport];
  openWindow(world, { screen: 'reports' });
  const listed = () => page.getByRole('table', { name: 'Reports' }).getByRole('button');
  const note = page.getByText('The server could not be asked');
  await listed().first().click();
  await expect.element(note).toBeVisible();
  await page.getByRole('button', { name: 'All reports' }).click();
  await listed().last().click();
  await expect.element(page.getByTitle('Preview of the report')).toBeVisible();
  await expect.element(note).not.toBeInTheDocument();
});
