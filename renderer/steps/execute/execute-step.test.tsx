import { expect, test } from 'vitest';
import { page } from 'vitest/browser';
import { fakeWorld } from '../../testing/fake-world.ts';
import { callsOf, openWindow } from '../../testing/open-window.tsx';

async function acknowledgeAll(): Promise<void> {
  await page.getByRole('button', { name: 'Review them' }).click();
  for (const row of [13, 26, 39, 52]) await page.getByRole('region', { name: `Name match, row ${row}` }).getByRole('button', { name: /^Acknowledge/ }).click();
  await page.getByRole('button', { name: /^Execute \(/ }).click();
}

test('execution waits for the acknowledgements, names the number of people, and runs to its end', async () => {
  const world = fakeWorld('approved');
  openWindow(world, { step: 'execution' });
  await expect.element(page.getByRole('button', { name: 'Execute…' })).toBeDisabled();
  await acknowledgeAll();
  await page.getByRole('button', { name: 'Execute…' }).click();
  await expect.element(page.getByRole('dialog', { name: 'Prepare 54 people?' })).toBeVisible();
  await page.getByRole('button', { name: 'Execute now' }).click();
  await expect.element(page.getByText('Execution: 57 of 57 rows'), { timeout: 10_000 }).toBeVisible();
  await expect.element(page.getByRole('button', { name: 'Go to the report' })).toBeVisible();
  expect(callsOf(world, 'runs.execute')).toEqual([expect.objectContaining({ rows_per_second: 20, failure_threshold: 0.05, acknowledged: expect.arrayContaining(['bea.lind13@example.com']) })]);
});

test('in production the cohort tag has to be typed first', async () => {
  openWindow(fakeWorld('approved', 'production'), { step: 'execution' });
  await acknowledgeAll();
  await page.getByRole('button', { name: 'Execute…' }).click();
  const confirm = page.getByRole('button', { name: 'Execute now' });
  await expect.element(confirm).toBeDisabled();
  await page.getByRole('textbox', { name: /^Type the cohort tag/ }).fill('2025-08-09-csv');
  await expect.element(confirm).toBeEnabled();
});

test('a running run can be paused and resumed, and stopping asks first', async () => {
  const world = fakeWorld('executing', 'practice', 4000);
  openWindow(world, { step: 'execution' });
  await page.getByRole('button', { name: 'Pause' }).click();
  await expect.element(page.getByText('Paused by practice-operator.')).toBeVisible();
  await page.getByRole('button', { name: 'Resume' }).click();
  await page.getByRole('button', { name: 'Stop…' }).click();
  await page.getByRole('button', { name: 'Stop the run' }).click();
  await expect.element(page.getByText('Stopped', { exact: true })).toBeVisible();
  expect(callsOf(world, 'runs.stop')).toHaveLength(1);
});

test('the rows of one reason are a click away, and a drifted one opens with planned and now', async () => {
  openWindow(fakeWorld('executed'), { step: 'execution' });
  await page.getByRole('button', { name: 'Changed since the plan was made.' }).click();
  await page.getByRole('grid', { name: 'Rows of the run' }).getByRole('row').nth(1).click();
  await expect.element(page.getByRole('table', { name: 'Planned and now' }).getByText('cus_NEW12')).toBeVisible();
});
