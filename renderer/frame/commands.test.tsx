import { expect, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { windowCommands } from '../../shared/contract/window/commands.ts';
import { stepNames } from '../steps/steps.ts';
import { fakeWorld } from '../testing/fake-world.ts';
import { callsOf, openWindow } from '../testing/open-window.tsx';
import { screenTitles } from './side-nav.tsx';

const titleOf = (id: string): string | undefined => windowCommands.find((command) => command.id === id)?.title;

test('every screen and every step has its command', () => {
  expect(screenTitles.map(({ screen }) => titleOf(`go-${screen}`))).toEqual(screenTitles.map(({ title }) => title));
  expect(windowCommands.filter(({ group }) => group === 'Steps').map(({ id }) => id)).toEqual(stepNames.map((step) => `step-${step}`));
});

test('no two commands have the same id, title or keys', () => {
  for (const field of ['id', 'title', 'keys'] as const) {
    const values = windowCommands.map((command) => command[field]);
    expect(values).toEqual([...new Set<string>(values)]);
  }
});

test('the palette and the key help show every command of the list', async () => {
  openWindow(fakeWorld('connected'));
  await expect.element(page.getByRole('heading', { name: 'Load', level: 1 })).toBeVisible();
  await userEvent.keyboard('{F1}');
  const help = page.getByRole('dialog', { name: 'Keys' });
  for (const { title } of windowCommands) await expect.element(help.getByText(title, { exact: true })).toBeInTheDocument();
  await userEvent.keyboard('{Escape}');
  await expect.element(help).not.toBeInTheDocument();
  await userEvent.keyboard('{Control>}k{/Control}');
  for (const { title } of windowCommands.filter(({ id }) => id !== 'palette')) await expect.element(page.getByRole('button', { name: title, exact: true }).last()).toBeInTheDocument();
  // The palette belongs to the whole page: left open it would lie over the next test.
  await userEvent.keyboard('{Escape}');
  await expect.element(page.getByRole('textbox', { name: 'Find a command' })).not.toBeInTheDocument();
});

test('in a browser tab commands are given by their keys, digits by their place', async () => {
  openWindow(fakeWorld('connected'));
  await expect.element(page.getByRole('heading', { name: 'Load', level: 1 })).toBeVisible();
  await userEvent.keyboard('{Control>}[Digit4]{/Control}');
  await expect.element(page.getByRole('heading', { name: 'Journal', level: 1 })).toBeVisible();
  await userEvent.keyboard('{Alt>}[Digit1]{/Alt}');
  await expect.element(page.getByRole('heading', { name: 'Load', level: 1 })).toBeVisible();
});

test('what the native menu says is done', async () => {
  const world = fakeWorld('connected');
  openWindow(world);
  await expect.element(page.getByRole('heading', { name: 'Load', level: 1 })).toBeVisible();
  world.tell?.({ kind: 'command', id: 'go-about' });
  await expect.element(page.getByRole('heading', { name: 'About Drydock', level: 1 })).toBeVisible();
  await expect.element(page.getByText('SQLite')).toBeVisible();
  await expect.element(page.getByRole('button', { name: 'Show the log folder' })).not.toBeInTheDocument();
});

test('a CSV that was opened with Drydock waits over what is shown, and is loaded when a person says so', async () => {
  const world = fakeWorld('planned');
  openWindow(world, { step: 'dry_run' });
  await expect.element(page.getByRole('grid', { name: 'Plan rows' })).toBeVisible();
  world.tell?.({ kind: 'file-offered', file: { handle: 'file_9', file_name: 'another.csv' } });
  const offered = page.getByRole('region', { name: 'Opened file' });
  await expect.element(offered.getByText('another.csv')).toBeVisible();
  await expect.element(page.getByRole('grid', { name: 'Plan rows' })).toBeVisible();
  expect(callsOf(world, 'sources.check')).toEqual([]);
  await offered.getByRole('button', { name: 'Load it' }).click();
  await expect.element(page.getByRole('heading', { name: 'Check', level: 1 })).toBeVisible();
  expect(callsOf(world, 'sources.check')).toEqual([{ handle: 'file_9', playbook: 'account-prep' }]);
  await expect.element(offered).not.toBeInTheDocument();
});

test('an opened CSV that is left is let go', async () => {
  const world = fakeWorld('connected');
  openWindow(world);
  await expect.element(page.getByRole('heading', { name: 'Load', level: 1 })).toBeVisible();
  world.tell?.({ kind: 'file-offered', file: { handle: 'file_9', file_name: 'another.csv' } });
  await page.getByRole('button', { name: 'Leave it' }).click();
  await expect.element(page.getByRole('region', { name: 'Opened file' })).not.toBeInTheDocument();
  expect(callsOf(world, 'app.releaseFile')).toEqual([{ handle: 'file_9' }]);
});

test('an opened CSV that is gone, or is refused, is told calmly', async () => {
  const world = fakeWorld('connected');
  openWindow(world);
  await expect.element(page.getByRole('heading', { name: 'Load', level: 1 })).toBeVisible();
  world.tell?.({ kind: 'file-missing', file_name: 'gone.csv' });
  await expect.element(page.getByRole('alert').getByText('gone.csv is not there any more')).toBeVisible();
  await page.getByRole('button', { name: 'Close', exact: true }).click();
  await expect.element(page.getByRole('alert')).not.toBeInTheDocument();
  world.problems.set('sources.check', { code: 'not_csv', title: 'That is no CSV', detail: 'It is a picture.', request_id: null });
  world.tell?.({ kind: 'file-offered', file: { handle: 'file_9', file_name: 'picture.csv' } });
  await page.getByRole('button', { name: 'Load it' }).click();
  await expect.element(page.getByRole('alert').getByText('That is no CSV')).toBeVisible();
});

test('Open a CSV chooses a file and loads it at once, from any screen', async () => {
  const world = fakeWorld('connected');
  openWindow(world, { screen: 'journal' });
  await expect.element(page.getByRole('heading', { name: 'Journal', level: 1 })).toBeVisible();
  world.tell?.({ kind: 'command', id: 'open-csv' });
  await expect.element(page.getByRole('heading', { name: 'Check', level: 1 })).toBeVisible();
});

test('a notification that was followed shows its run', async () => {
  const world = fakeWorld('executed');
  openWindow(world);
  await expect.element(page.getByRole('navigation', { name: 'Steps' })).toBeVisible();
  world.tell?.({ kind: 'show-run', run_id: 'run_exec' });
  await expect.element(page.getByRole('heading', { name: 'Execution', level: 1 })).toBeVisible();
});

test('the theme that is chosen reaches the app around the window', async () => {
  const world = fakeWorld('connected');
  openWindow(world);
  await expect.element(page.getByRole('heading', { name: 'Load', level: 1 })).toBeVisible();
  world.tell?.({ kind: 'command', id: 'theme' });
  await expect.poll(() => callsOf(world, 'setTheme').at(-1)).toMatch(/^(dark|light)$/);
  world.tell?.({ kind: 'command', id: 'theme-auto' });
  await expect.poll(() => callsOf(world, 'setTheme').at(-1)).toBe('auto');
});
