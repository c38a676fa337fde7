import { expect, test } from 'vitest';
import { page } from 'vitest/browser';
import { wasMasked } from '../stores/preferences.ts';
import { fakeWorld } from '../testing/fake-world.ts';
import { openWindow } from '../testing/open-window.tsx';

const mask = () => page.getByRole('button', { name: 'Mask personal data' });

test('the mask is still on after a reload of the window', async () => {
  openWindow(fakeWorld('connected'));
  await mask().click();
  expect(wasMasked()).toBe(true);
  await mask().click();
  expect(wasMasked()).toBe(false);
});

test('the follow-up shows neither addresses nor Stripe ids under the mask', async () => {
  openWindow(fakeWorld('executed'), { step: 'follow_up' });
  const stripeIds = page.getByRole('table', { name: 'Members: Prepared' }).getByText('cus_QX6NB1');
  await expect.element(stripeIds.first()).toBeVisible();
  await mask().click();
  await expect.element(stripeIds).not.toBeInTheDocument();
  await expect.element(page.getByText('bea.lind1@example.com')).not.toBeInTheDocument();
});

test('a report with personal data is not previewed under the mask until the mask is taken off', async () => {
  openWindow(fakeWorld('executed'), { step: 'report' });
  await page.getByRole('button', { name: 'Export the report' }).click();
  await expect.element(page.getByTitle('Preview of the report')).toBeVisible();
  await mask().click();
  await expect.element(page.getByTitle('Preview of the report')).not.toBeInTheDocument();
  await page.getByRole('button', { name: 'Show personal data' }).click();
  await expect.element(page.getByTitle('Preview of the report')).toBeVisible();
});

test('a report without personal data is previewed under the mask too', async () => {
  openWindow(fakeWorld('executed'), { step: 'report' });
  await mask().click();
  await page.getByRole('checkbox', { name: 'Replace personal data by hashes' }).click();
  await page.getByRole('button', { name: 'Export the report' }).click();
  await expect.element(page.getByTitle('Preview of the report')).toBeVisible();
});
