import { expect, test } from 'vitest';
import { page } from 'vitest/browser';
import { fakeWorld } from '../../testing/fake-world.ts';
import { callsOf, openWindow } from '../../testing/open-window.tsx';

test('the three are not run before the name match is acknowledged', async () => {
  openWindow(fakeWorld('planned'), { step: 'test_run' });
  const run = page.getByRole('button', { name: 'Run the three' });
  await expect.element(run).toBeDisabled();
  await page.getByRole('checkbox', { name: 'I compared the two: this is the same person' }).click();
  await expect.element(run).toBeEnabled();
});

test('after the run the checklist fills by what the server saw, until all are put back', async () => {
  const world = fakeWorld('planned');
  openWindow(world, { step: 'test_run' });
  await page.getByRole('checkbox', { name: 'I compared the two: this is the same person' }).click();
  await page.getByRole('button', { name: 'Run the three' }).click();
  await expect.element(page.getByRole('region', { name: 'Checklist: New profile' }).getByRole('listitem', { name: 'Put back as before: done' })).toBeVisible();
  await expect.element(page.getByText('Passed, and the test customers are as before')).toBeVisible();
  expect(callsOf(world, 'testRuns.start')).toEqual([
    expect.objectContaining({ emails: ['bea.lind1@example.com', 'bea.lind13@example.com', 'farah.fischer5@example.com'], acknowledged: ['bea.lind13@example.com'] }),
  ]);
});
