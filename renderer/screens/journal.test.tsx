import axe from 'axe-core';
import { expect, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { fakeWorld } from '../testing/fake-world.ts';
import { callsOf, openWindow } from '../testing/open-window.tsx';

test('every damage is listed, and leads to its entry', async () => {
  const world = fakeWorld('executed');
  world.journal = 'damaged';
  openWindow(world, { screen: 'journal' });
  const damages = page.getByRole('table', { name: 'Damages of the journal' });
  await expect.element(damages.getByText('Entry 41 is not what was written.')).toBeVisible();
  await expect.element(damages.getByText('And 7 more.')).toBeVisible();
  await damages.getByRole('button', { name: 'Go to entry 41' }).click();
  await expect.element(page.getByRole('complementary', { name: 'Entry 41' })).toBeVisible();
});

test('an entry that is gone is said to be gone, with what is left on either side, and one that is there is landed on', async () => {
  const world = fakeWorld('executed');
  world.journal = 'damaged';
  openWindow(world, { screen: 'journal' });
  await page.getByRole('button', { name: 'Go to entry 102' }).click();
  await expect.element(page.getByText('Entry 102 is not there')).toBeVisible();
  await expect.element(page.getByText('After entry 101 comes entry 105.')).toBeVisible();
  await expect.element(page.getByRole('grid', { name: 'Journal entries' }).getByRole('row', { selected: true, name: /^105 / })).toBeVisible();
  await expect.element(page.getByRole('complementary')).not.toBeInTheDocument();
  await page.getByRole('tab', { name: 'Damages' }).click();
  await page.getByRole('button', { name: 'Go to entry 41' }).click();
  await expect.element(page.getByRole('grid', { name: 'Journal entries' }).getByRole('row', { selected: true, name: /^41 / })).toBeVisible();
  await expect.element(page.getByText('Entry 102 is not there')).not.toBeInTheDocument();
});

test('a check can be seen to happen', async () => {
  const world = fakeWorld('executed');
  world.journal = 'being_checked';
  openWindow(world, { screen: 'journal' });
  await page.getByRole('button', { name: 'Verify the chain' }).click();
  await expect.element(page.getByText('Checked 120 of 214 entries.')).toBeVisible();
  await expect.element(page.getByRole('progressbar', { name: 'Entries checked so far' })).toBeVisible();
});

test('the size, the place of the keys and the heads at the server are shown', async () => {
  openWindow(fakeWorld('executed'), { screen: 'journal' });
  const state = page.getByRole('region', { name: 'State of the journal' });
  await expect.element(state.getByText(/184.* on disk/)).toBeVisible();
  await expect.element(state.getByText(/secrets\*/)).toBeVisible();
  await page.getByRole('tab', { name: 'Heads at the server' }).click();
  await expect.element(page.getByRole('table', { name: 'Heads at the server' }).getByText('says the same').first()).toBeVisible();
});

test('while the server is away its heads are said to be not compared', async () => {
  openWindow(fakeWorld('offline', 'staging'), { screen: 'journal' });
  await page.getByRole('tab', { name: 'Heads at the server' }).click();
  await expect.element(page.getByText('The server cannot be asked')).toBeVisible();
});

test('backup and chain are kept through the host’s own dialog', async () => {
  const world = fakeWorld('executed');
  openWindow(world, { screen: 'journal' });
  await page.getByRole('button', { name: 'Back up' }).click();
  await page.getByRole('button', { name: 'Export the chain' }).click();
  await expect.poll(() => callsOf(world, 'saveDownload')).toHaveLength(2);
  expect(callsOf(world, 'journal.backUp')).toEqual([{}]);
});

test('erasing shows whom else it takes and which reports stay, and wants the run’s name typed', async () => {
  const world = fakeWorld('reported');
  openWindow(world, { screen: 'journal' });
  await page.getByRole('grid', { name: 'Journal entries' }).getByText('Dry run planned: 57 rows').first().click();
  await page.getByRole('button', { name: 'Erase its people' }).click();
  const dialog = page.getByRole('dialog');
  await expect.element(dialog.getByText('run_exec', { exact: false }).first()).toBeVisible();
  await expect.element(dialog.getByText('/home/kim/reports/2025-08-09-execution')).toBeVisible();
  const erase = dialog.getByRole('button', { name: 'Erase for good' });
  await expect.element(erase).toBeDisabled();
  await userEvent.fill(dialog.getByRole('textbox'), 'run_dry_0');
  await erase.click();
  await expect.element(page.getByText('Its people cannot be read here any more.', { exact: false })).toBeVisible();
  expect(callsOf(world, 'journal.erase')).toEqual([{ run_id: 'run_dry_0' }]);
});

test('an erasure that is refused says why, and erases nothing', async () => {
  const world = fakeWorld('executing');
  world.problems.set('journal.previewErase', { code: 'run_in_progress', title: 'Run run_exec may be under way', detail: 'It is running: let it end, or stop it, then erase. Nothing was erased.', request_id: null });
  openWindow(world, { screen: 'journal' });
  await page.getByRole('grid', { name: 'Journal entries' }).getByText('Dry run planned: 57 rows').first().click();
  await page.getByRole('button', { name: 'Erase its people' }).click();
  const dialog = page.getByRole('dialog');
  await expect.element(dialog.getByText(/let it end, or stop it/)).toBeVisible();
  await userEvent.fill(dialog.getByRole('textbox'), 'run_dry_0');
  await expect.element(dialog.getByRole('button', { name: 'Erase for good' })).toBeDisabled();
});

test.each(['light', 'dark'])('nobody is locked out of damages, heads and erasing, %s', async (theme) => {
  localStorage.setItem('mantine-color-scheme-value', theme);
  const world = fakeWorld('reported');
  world.journal = 'damaged';
  openWindow(world, { screen: 'journal' });
  await expect.element(page.getByRole('table', { name: 'Damages of the journal' })).toBeVisible();
  expect(await seriousFindings()).toEqual([]);
  await page.getByRole('tab', { name: 'Heads at the server' }).click();
  await expect.element(page.getByRole('table', { name: 'Heads at the server' })).toBeVisible();
  expect(await seriousFindings()).toEqual([]);
  await page.getByRole('tab', { name: 'Entries' }).click();
  await page.getByRole('grid', { name: 'Journal entries' }).getByText('Dry run planned: 57 rows').first().click();
  await page.getByRole('button', { name: 'Erase its people' }).click();
  await expect.element(page.getByRole('dialog').getByText(/becomes unreadable/)).toBeVisible();
  // Once it has faded in: half seen, no text has contrast enough.
  await expect.poll(seriousFindings, { timeout: 15_000 }).toEqual([]);
});

async function seriousFindings(): Promise<string[]> {
  const { violations } = await axe.run(document.body, { resultTypes: ['violations'], rules: { region: { enabled: false } } });
  return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`);
}
