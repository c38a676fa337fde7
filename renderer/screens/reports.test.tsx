import axe from 'axe-core';
import { expect, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { fakeWorld } from '../testing/fake-world.ts';
import { callsOf, openWindow } from '../testing/open-window.tsx';

/** Drops files on a place as a person does. */
async function drop(label: string, ...names: readonly string[]): Promise<void> {
  const transfer = new DataTransfer();
  for (const name of names) transfer.items.add(new File(['x'], name));
  const place = page.getByRole('region', { name: label });
  await expect.element(place).toBeVisible();
  const area = place.element();
  for (const type of ['dragenter', 'dragover', 'drop']) area.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: transfer }));
}

const verdictOn = (name: string) => page.getByRole('group', { name: `Verdict on ${name}` });

test('a report that is dropped is verified at once: who signed, when, and each check; the list remembers it', async () => {
  const world = fakeWorld('reported');
  openWindow(world, { screen: 'reports' });
  await expect.element(page.getByRole('table', { name: 'Reports', exact: true }).getByText('not yet')).toBeVisible();
  await drop('Drop a report here', 'report-2025-08-09.zip');
  const verdict = verdictOn('report-2025-08-09.zip');
  await expect.element(verdict.getByText('report-2025-08-09.zip holds')).toBeVisible();
  await expect.element(verdict.getByText(/Signed by.*practice-operator.*receipt is of 20 Nov 2026/)).toBeVisible();
  await expect.element(verdict.getByRole('list', { name: 'Checks' }).getByText('No file was added, removed or renamed')).toBeVisible();
  expect(callsOf(world, 'reports.verify')).toEqual([{ handle: 'file_report' }]);
  const brought = page.getByRole('table', { name: 'Reports from elsewhere, verified here' });
  await expect.element(brought.getByText('Holds')).toBeVisible();
  await page.getByRole('button', { name: 'Close it' }).click();
  await expect.element(verdict).not.toBeInTheDocument();
  // An upload holds people: it goes as soon as it is let go.
  await expect.poll(() => callsOf(world, 'app.releaseFile')).toEqual([{ handle: 'file_report' }]);
});

test('a file that is dropped beside the field does not make the browser leave the window for it', async () => {
  openWindow(fakeWorld('reported'), { screen: 'reports' });
  const heading = page.getByRole('heading', { name: 'Reports', exact: true });
  await expect.element(heading).toBeVisible();
  const transfer = new DataTransfer();
  transfer.items.add(new File(['x'], 'report.zip'));
  const events = ['dragover', 'drop'].map((type) => new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: transfer }));
  for (const event of events) heading.element().dispatchEvent(event);
  expect(events.map(({ defaultPrevented }) => defaultPrevented)).toEqual([true, true]);
});

test('where nobody knows who may sign, a file of signers is asked for, and the report is verified again with it', async () => {
  const world = fakeWorld('reported');
  world.verdict = 'incomplete';
  world.reachable = false;
  openWindow(world, { screen: 'reports' });
  await drop('Drop a report here', 'a.zip');
  await expect.element(page.getByText('It is not shown that report-2025-08-09.zip holds')).toBeVisible();
  await drop('Drop a file of signers here', 'allowed_signers');
  await expect.element(page.getByText('report-2025-08-09.zip holds', { exact: true })).toBeVisible();
  expect(callsOf(world, 'reports.verify')).toEqual([{ handle: 'file_report' }, { handle: 'file_report', signers_handle: 'file_1' }]);
  await page.getByRole('button', { name: 'Leave the file of signers out' }).click();
  await expect.element(page.getByText('It is not shown that report-2025-08-09.zip holds')).toBeVisible();
});

test('what is refused says what it is and what to do, and the next report is taken all the same', async () => {
  const world = fakeWorld('reported');
  world.problems.set('reports.verify', { code: 'not_a_report', title: 'That is no report', detail: 'The zip is damaged. Choose the folder of a report, or its zip as it was exported.', request_id: null });
  openWindow(world, { screen: 'reports' });
  await drop('Drop a report here', 'holiday.zip');
  await expect.element(page.getByRole('alert').getByText('That is no report')).toBeVisible();
  await expect.element(page.getByRole('alert').getByText(/The zip is damaged/)).toBeVisible();
  world.problems.clear();
  world.verdict = 'failed';
  await drop('Drop a report here', 'report.zip');
  await expect.element(page.getByText('report-2025-08-09.zip does not hold')).toBeVisible();
  await expect.element(page.getByText(/results.csv was changed/)).toBeVisible();
  await expect.element(page.getByText(/ask for the report again/).first()).toBeVisible();
  await expect.element(page.getByRole('alert')).not.toBeInTheDocument();
});

test('by keyboard alone: a zip, a folder and a file of signers are chosen, and an exported report is verified', async () => {
  const world = fakeWorld('reported');
  openWindow(world, { screen: 'reports' });
  for (const [name, calls] of [['Choose a zip', 1], ['Choose a folder', 2], ['Choose allowed_signers', 3]] as const) {
    const button = page.getByRole('button', { name });
    await expect.element(button).toBeEnabled();
    (button.element() as HTMLElement).focus();
    await userEvent.keyboard('{Enter}');
    await expect.poll(() => callsOf(world, 'reports.verify')).toHaveLength(calls);
  }
  const opening = page.getByRole('table', { name: 'Reports', exact: true }).getByRole('button');
  (opening.element() as HTMLElement).focus();
  await userEvent.keyboard('{Enter}');
  const verify = page.getByRole('button', { name: 'Verify it here' });
  await expect.element(verify).toBeVisible();
  (verify.element() as HTMLElement).focus();
  await userEvent.keyboard('{Enter}');
  await expect.element(page.getByText('The report holds')).toBeVisible();
  await expect.element(page.getByRole('region', { name: 'Exported report' }).getByText('Holds')).toBeVisible();
});

test.each((['light', 'dark'] as const).flatMap((theme) => (['passed', 'incomplete', 'failed'] as const).map((verdict) => [verdict, theme] as const)))('nobody is locked out of a verdict: %s, %s', async (verdict, theme) => {
  localStorage.setItem('mantine-color-scheme-value', theme);
  const world = fakeWorld('reported');
  world.verdict = verdict;
  openWindow(world, { screen: 'reports' });
  await drop('Drop a report here', 'a.zip');
  await expect.element(verdictOn('report-2025-08-09.zip')).toBeVisible();
  world.problems.set('reports.verify', { code: 'not_a_report', title: 'That is no report', detail: 'The file is no zip.', request_id: null });
  expect(await seriousFindings()).toEqual([]);
  await drop('Drop a report here', 'b.zip');
  await expect.element(page.getByRole('alert')).toBeVisible();
  expect(await seriousFindings()).toEqual([]);
});

async function seriousFindings(): Promise<string[]> {
  const { violations } = await axe.run(document.body, { resultTypes: ['violations'], rules: { region: { enabled: false } } });
  return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`);
}
