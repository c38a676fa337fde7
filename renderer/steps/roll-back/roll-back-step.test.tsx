import { expect, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { axeFindings } from '../../testing/axe-findings.ts';
import { fakeWorld } from '../../testing/fake-world.ts';
import { callsOf, openWindow } from '../../testing/open-window.tsx';

const preview = page.getByRole('button', { name: 'Preview the rollback' });
const begin = page.getByRole('button', { name: /^Roll back \d+ (person|people)…$/ });

test('customers are picked by the keyboard, previewed, put back, and a second time there is nothing to put back', async () => {
  const world = fakeWorld('executed');
  openWindow(world, { step: 'roll_back' });
  const members = page.getByRole('grid', { name: 'Members' });
  await expect.element(members.getByText('Prepared').nth(1)).toBeVisible();
  (members.element() as HTMLElement).focus();
  await userEvent.keyboard('{ArrowDown} {ArrowDown} ');
  await expect.element(page.getByText('2 people chosen')).toBeVisible();
  await preview.click();
  await expect.element(page.getByText('Preview: 2 of 2 people will be put back')).toBeVisible();
  await begin.click();
  await page.getByRole('dialog', { name: 'Put 2 people back?' }).getByRole('button', { name: 'Roll back now' }).click();
  await expect.element(page.getByText('Rollback: 2 of 2 rows')).toBeVisible();
  await expect.element(page.getByRole('button', { name: 'Export the report' })).toBeVisible();
  const emails = world.rows.slice(0, 2).map(({ email }) => email);
  expect(callsOf(world, 'rollback.start')).toEqual([expect.objectContaining({ emails })]);
  await page.getByRole('button', { name: 'Choose other people' }).click();
  await preview.click();
  await expect.element(page.getByText('There is nothing to put back')).toBeVisible();
  await expect.element(begin).not.toBeInTheDocument();
});

test('of pasted addresses those outside the cohort are told and left out', async () => {
  const world = fakeWorld('executed');
  openWindow(world, { step: 'roll_back' });
  const known = world.rows[2]?.email ?? '';
  await page.getByRole('textbox', { name: 'Or paste addresses' }).fill(`${known.toUpperCase()}, nobody@example.net\nno address`);
  await page.getByRole('button', { name: 'Add them' }).click();
  await expect.element(page.getByText('1 person chosen')).toBeVisible();
  await expect.element(page.getByText('3 addresses not in the cohort')).toBeVisible();
});

test('everyone needs an approval of exactly this hash, which one may give in practice; those who changed since are kept', async () => {
  const world = fakeWorld('executed');
  world.isFlagOff = true;
  openWindow(world, { step: 'roll_back' });
  await expect.element(page.getByText('The feature flag is off')).toBeVisible();
  await page.getByText('Everyone', { exact: true }).click();
  await preview.click();
  await expect.element(begin).toBeDisabled();
  await page.getByRole('button', { name: /^Kept, changed since · 6/ }).click();
  await page.getByRole('grid', { name: 'Rollback preview' }).getByRole('row').nth(1).click();
  await expect.element(page.getByRole('table', { name: 'Planned and now' })).toBeVisible();
  expect(await axeFindings()).toEqual([]);
  await page.getByRole('button', { name: 'Close panel' }).click();
  await page.getByRole('button', { name: 'Approve as the practice approver' }).click();
  await expect.element(begin).toBeEnabled();
  expect(callsOf(world, 'approvals.decide')).toEqual([expect.objectContaining({ plan_hash: expect.stringMatching(/^b7f3/) })]);
});

test('in production the cohort tag is typed, and a preview that is out of date is made again before anything is begun', async () => {
  const world = fakeWorld('executed', 'production');
  world.problems.set('rollback.start', { code: 'rollback_changed', title: 'The rollback would no longer do what was previewed', detail: '1 of 1 people would be kept now.', request_id: 'req-9' });
  openWindow(world, { step: 'follow_up' });
  await page.getByRole('button', { name: 'Roll back…' }).first().click();
  await expect.element(page.getByText('1 person chosen')).toBeVisible();
  await preview.click();
  await begin.click();
  const now = page.getByRole('button', { name: 'Roll back now' });
  await expect.element(now).toBeDisabled();
  await page.getByRole('textbox', { name: /^Type the cohort tag/ }).fill('2025-08-09-csv');
  await now.click();
  await expect.element(page.getByText('The preview was out of date and was made again')).toBeVisible();
  expect(callsOf(world, 'rollback.preview')).toHaveLength(2);
});

test.each([
  { code: 'run_in_progress', seen: 'Another run is in progress' },
  { code: 'approval_required', seen: 'This rollback needs an approval' },
  { code: 'server_away', seen: 'Refused for the test' },
])('a start that is refused with $code puts nobody back, keeps the preview and says what to do', async ({ code, seen }) => {
  const world = fakeWorld('executed');
  world.problems.set('rollback.start', { code, title: 'Refused for the test', detail: 'Nothing was put back.', request_id: 'req-9' });
  openWindow(world, { step: 'follow_up' });
  await page.getByRole('button', { name: 'Roll back…' }).first().click();
  await preview.click();
  await begin.click();
  await page.getByRole('button', { name: 'Roll back now' }).click();
  await expect.element(page.getByText(seen, { exact: true }).first()).toBeVisible();
  await expect.element(page.getByRole('region', { name: 'Preview' })).toBeInTheDocument();
});
