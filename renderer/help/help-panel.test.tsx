import { expect, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { useHelp } from '../stores/help.ts';
import { fakeWorld } from '../testing/fake-world.ts';
import { openWindow } from '../testing/open-window.tsx';

const panel = () => page.getByRole('dialog', { name: 'About this error' });

test('a message opens what is known of its code, by keyboard, and gives the focus back', async () => {
  const world = fakeWorld('tested');
  world.problems.set('approvals.decide', { code: 'approver_not_eligible', title: 'You may not approve this plan', detail: 'Ask another person.', request_id: 'req_1' });
  openWindow(world, { step: 'approval' });
  await page.getByRole('button', { name: /^Approve/ }).last().click();
  const about = page.getByRole('button', { name: 'About this error' }).first();
  await expect.element(about).toBeVisible();
  about.element().focus();
  await userEvent.keyboard('{Enter}');
  await expect.element(panel().getByText('the policy of this environment bars those who did', { exact: false })).toBeVisible();
  await expect.element(panel().getByText('No approval was recorded.')).toBeVisible();
  await userEvent.keyboard('{Escape}');
  await expect.element(panel()).not.toBeInTheDocument();
  await expect.poll(() => document.activeElement === about.query()).toBe(true);
});

test('every error is found by words of its message', async () => {
  openWindow(fakeWorld('connected'));
  useHelp.getState().show({ kind: 'all' });
  await page.getByRole('textbox', { name: 'Find an error' }).fill('clock behind');
  await page.getByRole('button', { name: 'Certificate not yet valid' }).click();
  await expect.element(panel().getByText('Set the clock of this machine right, then try again.')).toBeVisible();
});

test('a code of somebody else’s server has no section to open', async () => {
  const world = fakeWorld('offline');
  world.problems.set('keys.list', { code: 'made_up_elsewhere', title: 'Something else', detail: 'Ask them.', request_id: null });
  openWindow(world, { screen: 'settings' });
  await expect.element(page.getByText('Something else')).toBeVisible();
  await expect.element(page.getByRole('button', { name: 'About this error' })).not.toBeInTheDocument();
});
