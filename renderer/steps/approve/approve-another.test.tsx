import { expect, test } from 'vitest';
import { page } from 'vitest/browser';
import { fakeWorld, type FakeWorld } from '../../testing/fake-world.ts';
import { callsOf, openWindow } from '../../testing/open-window.tsx';

const HASH = 'a1'.repeat(32);

/** An approver's own Drydock: it has made no plan, and its token makes none. */
function approversWorld(): FakeWorld {
  return Object.assign(fakeWorld('connected', 'production'), { scopes: ['migration:read', 'migration:approve'] });
}

test('an approver sees the plan of somebody else by its hash, and approves it with the cohort tag typed', async () => {
  const world = approversWorld();
  openWindow(world);
  await page.getByRole('textbox', { name: 'Plan hash' }).fill(` ${HASH.toUpperCase()} `);
  await expect.element(page.getByRole('region', { name: 'What would happen' })).toBeVisible();
  const approve = page.getByRole('button', { name: 'Approve this plan' });
  await expect.element(approve).toBeDisabled();
  await page.getByRole('textbox', { name: /^Type the cohort tag/ }).fill('2025-08-09-csv');
  await approve.click();
  await expect.poll(() => callsOf(world, 'approvals.decide')).toHaveLength(1);
  expect(callsOf(world, 'plans.get')).toContainEqual({ migration: '2025-08-09', plan_hash: HASH });
});

test('what is no plan hash is not asked for', async () => {
  const world = approversWorld();
  openWindow(world);
  await page.getByRole('textbox', { name: 'Plan hash' }).fill('a1a1a1');
  await expect.element(page.getByText('A plan hash is 64 digits from 0 to 9 and a to f')).toBeVisible();
  expect(callsOf(world, 'plans.get')).toEqual([]);
});

test('the one who asked and may not approve is given the whole hash to send', async () => {
  openWindow(fakeWorld('planned', 'production'), { step: 'approval' });
  await expect.element(page.getByText(/^drydock approve [0-9a-f]{64}$/)).toBeVisible();
});
