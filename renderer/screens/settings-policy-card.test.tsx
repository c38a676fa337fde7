import { expect, test } from 'vitest';
import { page } from 'vitest/browser';
import { fakeWorld } from '../testing/fake-world.ts';
import { openWindow } from '../testing/open-window.tsx';
import { policySentences } from './settings-policy-card.tsx';

const strict = { approvals_required: 2, requester_may_approve: false, approve_before_test_run: true, approval_valid_hours: 72, plan_stale_share: 0.05, rollback_approval_above: 10, typed_confirmation: true };

test('a rule of the server is never told weaker or stronger than it is', () => {
  expect(policySentences(strict)).toEqual([
    'A plan needs 2 approvals before it is executed, and not from who asks for it.',
    'An approval is valid for 72 hours.',
    'The test run waits for the approval too.',
    'A plan is stale, and has to be made again, when more than 5 % of its rows have changed since.',
    'A rollback of more than 10 people needs an approval.',
    'The cohort tag is typed before an execution.',
  ]);
  expect(policySentences({ ...strict, approvals_required: 0, rollback_approval_above: null, typed_confirmation: false })).toEqual([
    'A plan may be executed without an approval.',
    'A plan is stale, and has to be made again, when more than 5 % of its rows have changed since.',
    'A rollback never needs an approval.',
    'Nothing has to be typed before an execution.',
  ]);
});

test('a migration whose flag is off says that nothing is written', async () => {
  const world = fakeWorld('connected');
  world.isFlagOff = true;
  openWindow(world, { screen: 'settings' });
  const policy = page.getByRole('region', { name: 'Policy' });
  await expect.element(policy.getByText('nothing is written until whoever runs the server switches it on.', { exact: false })).toBeVisible();
});
