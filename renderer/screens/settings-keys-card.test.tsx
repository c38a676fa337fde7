import { expect, test } from 'vitest';
import { page } from 'vitest/browser';
import { fakeWorld } from '../testing/fake-world.ts';
import { callsOf, openWindow } from '../testing/open-window.tsx';

test('replaces and revokes keys only after saying what that means', async () => {
  const world = fakeWorld('planned');
  openWindow(world, { screen: 'settings' });
  await page.getByRole('button', { name: 'Replace your key…' }).click();
  await expect.element(page.getByText('Reports it signed until now still verify.', { exact: false })).toBeVisible();
  expect(callsOf(world, 'keys.rotate')).toEqual([]);
  await page.getByRole('button', { name: 'Make the new key' }).click();
  await expect.element(page.getByText('SHA256:fresh', { exact: false })).toBeVisible();

  await page.getByRole('button', { name: /^Revoke the key SHA256:other/ }).click();
  await expect.element(page.getByText('This cannot be taken back.', { exact: false })).toBeVisible();
  expect(callsOf(world, 'keys.revoke')).toEqual([]);
  await page.getByRole('button', { name: 'Revoke the key', exact: true }).click();
  await expect.element(page.getByRole('button', { name: /^Revoke the key SHA256:other/ })).not.toBeInTheDocument();
});

test('shows the keys it remembers while the server is away, and changes none', async () => {
  openWindow(fakeWorld('offline'), { screen: 'settings' });
  await expect.element(page.getByText('The server cannot be asked now')).toBeVisible();
  await expect.element(page.getByRole('button', { name: 'Replace your key…' })).toBeDisabled();
});
