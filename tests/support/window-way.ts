import { appendFile, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, type Page } from 'playwright/test';

/** Presses the button that asks for a file, and chooses one, in whatever dialog the host has. */
export type ChooseFile = (page: Page, button: string, path: string) => Promise<void>;

/** Called at each place where somebody may want to look: a picture, an accessibility check. */
export type AtStep = (name: string) => Promise<void>;

const nothing: AtStep = async () => undefined;

/**
 * The operator's way through the window on the practice sample, from the file to the exported report and the rollback of
 * one customer, as a person clicks it. Gives the address of the one who was put back.
 */
export async function goTheWholeWay(page: Page, atStep: AtStep = nothing): Promise<string> {
  await loadTheSample(page, atStep);
  await planAndReview(page, atStep);
  await tryThree(page, atStep);
  await approve(page, atStep);
  await execute(page, atStep);
  await verify(page, atStep);
  await report(page, atStep);
  await followUp(page, atStep);
  return rollBackOne(page, atStep);
}

async function title(page: Page, name: string): Promise<void> {
  await expect(page.getByRole('heading', { level: 1, name, exact: true })).toBeVisible({ timeout: 20_000 });
}

async function loadTheSample(page: Page, atStep: AtStep): Promise<void> {
  await title(page, 'Load');
  await atStep('load');
  await page.getByRole('button', { name: 'Use the sample file' }).click();
  await title(page, 'Check');
  await expect(page.getByRole('region', { name: 'Result of the check' })).toContainText('57 of 60 rows can go on: 1 duplicate, 2 rejected');
  await atStep('check');
}

async function planAndReview(page: Page, atStep: AtStep): Promise<void> {
  await page.getByRole('button', { name: 'Start the dry run' }).click();
  await title(page, 'Dry run');
  await expect(page.getByRole('grid', { name: 'Plan rows' })).toBeVisible();
  await atStep('dry-run');
  await page.getByRole('tab', { name: /Name-only review/ }).click();
  const acknowledge = page.getByRole('button', { name: 'Acknowledge: the same person' });
  await expect(acknowledge.first()).toBeVisible();
  for (let place = 0; place < (await acknowledge.count()); place += 1) await acknowledge.nth(place).click();
  await atStep('name-review');
}

async function tryThree(page: Page, atStep: AtStep): Promise<void> {
  await page.getByRole('button', { name: 'Go to the test run' }).click();
  await title(page, 'Test run');
  const compared = page.getByRole('checkbox', { name: /I compared the two/ });
  await expect(page.getByRole('button', { name: 'Run the three' })).toBeVisible();
  if ((await compared.count()) > 0 && !(await compared.first().isChecked())) await compared.first().check();
  await atStep('test-run');
  await page.getByRole('button', { name: 'Run the three' }).click();
  await expect(page.getByText('Passed, and the test customers are as before')).toBeVisible({ timeout: 60_000 });
  await atStep('test-run-passed');
}

async function approve(page: Page, atStep: AtStep): Promise<void> {
  await page.getByRole('button', { name: 'Go to approval' }).click();
  await title(page, 'Approve');
  await atStep('approve');
  await page.getByRole('textbox', { name: /^Comment/ }).fill('Compared with the list of the billing team.');
  await page.getByRole('button', { name: 'Approve as the practice approver' }).click();
  await page.getByRole('button', { name: 'Go to execution' }).click();
}

async function execute(page: Page, atStep: AtStep): Promise<void> {
  await title(page, 'Execute');
  await atStep('execute');
  await expect(page.getByRole('radio', { name: /^100/ })).toBeChecked();
  await page.getByRole('button', { name: 'Execute…', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: /^Prepare \d+ people\?/ });
  await expect(dialog).toBeVisible();
  await atStep('execute-confirm');
  await dialog.getByRole('button', { name: 'Execute now' }).click();
  await expect(page.getByRole('region', { name: 'Progress' })).toContainText('Completed', { timeout: 60_000 });
  await atStep('execute-completed');
}

async function openStep(page: Page, name: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Steps' }).getByRole('button', { name: new RegExp(`^${name}`) }).click();
  await title(page, name);
}

async function verify(page: Page, atStep: AtStep): Promise<void> {
  await openStep(page, 'Verify');
  await page.getByText('Every row', { exact: true }).click();
  await atStep('verify');
  await page.getByRole('button', { name: /^Verify \d+ rows$/ }).click();
  await expect(page.getByRole('region', { name: 'Result of the verification' })).toContainText('nothing differs that is not explained', { timeout: 60_000 });
  await atStep('verified');
}

async function report(page: Page, atStep: AtStep): Promise<void> {
  await page.getByRole('button', { name: 'Go to the report' }).click();
  await title(page, 'Report');
  await page.getByRole('button', { name: 'Export the report' }).click();
  await expect(page.getByRole('region', { name: 'Exported report' })).toBeVisible({ timeout: 60_000 });
  await atStep('report');
  await page.getByRole('button', { name: 'Verify it here' }).click();
  await expect(page.getByText('The report holds')).toBeVisible({ timeout: 20_000 });
  await atStep('report-verified');
}

async function followUp(page: Page, atStep: AtStep): Promise<void> {
  await openStep(page, 'Follow-up');
  await expect(page.getByRole('region', { name: 'Funnel' })).toBeVisible();
  await atStep('follow-up');
}

async function rollBackOne(page: Page, atStep: AtStep): Promise<string> {
  await openStep(page, 'Roll back');
  const member = page.getByRole('grid', { name: 'Members' }).getByRole('row', { name: /@.*Prepared/ }).first();
  const email = /\S+@\S+/.exec((await member.getByRole('gridcell', { name: /@/ }).textContent()) ?? '')?.[0] ?? '';
  await member.click();
  await expect(page.getByText('1 person chosen')).toBeVisible();
  await atStep('roll-back');
  await page.getByRole('button', { name: 'Preview the rollback' }).click();
  await expect(page.getByText('Preview: 1 of 1 person will be put back')).toBeVisible({ timeout: 20_000 });
  await atStep('roll-back-preview');
  await page.getByRole('button', { name: 'Roll back 1 person…' }).click();
  await page.getByRole('dialog', { name: 'Put 1 person back?' }).getByRole('button', { name: 'Roll back now' }).click();
  await expect(page.getByRole('region', { name: 'Progress' })).toContainText('Completed', { timeout: 60_000 });
  await atStep('rolled-back');
  return email;
}

/** The screens beside the way. */
export async function lookAtTheScreens(page: Page, atStep: AtStep = nothing): Promise<void> {
  for (const screen of ['Runs', 'Reports', 'Journal', 'Settings']) {
    await openScreen(page, screen);
    await atStep(screen.toLowerCase());
  }
}

/** One run whole, and the exported report brought back: as it is, changed, and cut off. */
export async function lookMoreClosely(page: Page, atStep: AtStep = nothing, choose: ChooseFile = chooseInBrowser): Promise<void> {
  await openScreen(page, 'Runs');
  await lookAtOneRun(page, atStep);
  await openScreen(page, 'Reports');
  await verifyReports(page, atStep, choose);
}

async function openScreen(page: Page, screen: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Main' }).getByRole('button', { name: screen }).click();
  await title(page, screen);
}

async function lookAtOneRun(page: Page, atStep: AtStep): Promise<void> {
  await page.getByRole('grid', { name: 'Runs' }).getByRole('row', { name: /^Execution .*Completed/ }).first().click();
  await title(page, 'Execution');
  await expect(page.getByRole('table', { name: 'Decisions' })).toContainText('Compared with the list of the billing team.');
  await expect(page.getByRole('grid', { name: 'Customers before the run' })).toBeVisible();
  await atStep('one-run');
  await page.getByRole('region', { name: 'Gates' }).scrollIntoViewIfNeeded();
  await atStep('one-run-gates');
}

async function verifyReports(page: Page, atStep: AtStep, choose: ChooseFile): Promise<void> {
  const folder = (await page.getByRole('table', { name: 'Reports', exact: true }).getByRole('row').nth(1).getByRole('cell').last().getAttribute('title')) ?? '';
  const copies = await mkdtemp(join(tmpdir(), 'drydock-reports-'));
  try {
    await choose(page, 'Choose a zip', `${folder}.zip`);
    await expect(page.getByText(/\.zip holds$/)).toBeVisible({ timeout: 20_000 });
    await atStep('report-brought');

    const changed = join(copies, 'report-changed');
    await cp(folder, changed, { recursive: true });
    await appendFile(join(changed, 'results.csv'), 'added,by,another,hand\n');
    await choose(page, 'Choose a folder', changed);
    await expect(page.getByText('report-changed does not hold')).toBeVisible({ timeout: 20_000 });
    await atStep('report-refused');

    const cut = join(copies, 'report-cut.zip');
    await writeFile(cut, (await readFile(`${folder}.zip`)).subarray(0, 5_000));
    await choose(page, 'Choose a zip', cut);
    await expect(page.getByRole('alert')).toContainText('That is no report');
    await atStep('report-cut');
  } finally {
    await rm(copies, { recursive: true, force: true });
  }
}

/** Chooses in the browser's own dialog. */
export async function chooseInBrowser(page: Page, button: string, path: string): Promise<void> {
  const asked = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: button }).click();
  await (await asked).setFiles(path);
}
