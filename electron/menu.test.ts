import type { MenuItemConstructorOptions } from 'electron';
import { expect, test, vi } from 'vitest';
import { windowCommands } from '../shared/contract/window/commands.ts';
import { type MenuActions, acceleratorOf, menuTemplate } from './menu.ts';

function everyItem(items: readonly MenuItemConstructorOptions[]): readonly MenuItemConstructorOptions[] {
  return items.flatMap((item) => [item, ...(Array.isArray(item.submenu) ? everyItem(item.submenu) : [])]);
}

const actions: MenuActions = { giveCommand: vi.fn<MenuActions['giveCommand']>(), openRecent: () => undefined, clearRecent: () => undefined, openManual: () => undefined, checkForUpdates: undefined };

test.each(['linux', 'darwin', 'win32'] as const)('on %s every command of the window is in the native menu once, with its title and keys', (platform) => {
  const items = everyItem(menuTemplate({ platform, isPackaged: true, recentFiles: [] }, actions));
  const found = windowCommands.map(({ id }) => items.filter((item) => item.id === id).map(({ label, accelerator }) => ({ label, accelerator })));
  expect(found).toEqual(windowCommands.map(({ title, keys }) => [{ label: title, accelerator: acceleratorOf(keys) }]));
});

test('no two items of the menu answer to the same keys', () => {
  const items = everyItem(menuTemplate({ platform: 'linux', isPackaged: false, recentFiles: ['/a.csv'] }, actions));
  // Those that Electron gives its roles.
  const ofRoles = ['CmdOrCtrl+R', 'CmdOrCtrl+W', 'CmdOrCtrl+Q', 'CmdOrCtrl+M', 'CmdOrCtrl+0', 'CmdOrCtrl+Plus', 'CmdOrCtrl+-', 'CmdOrCtrl+Shift+I', 'F11', 'CmdOrCtrl+Z', 'CmdOrCtrl+X', 'CmdOrCtrl+C', 'CmdOrCtrl+V', 'CmdOrCtrl+A'];
  const keys = [...items.flatMap(({ accelerator }) => (accelerator === undefined ? [] : [accelerator])), ...ofRoles];
  expect(keys).toEqual([...new Set(keys)]);
});

test('recent files are listed by name, and can be cleared; without any it says so', () => {
  const labels = (recentFiles: readonly string[]) => {
    const recent = everyItem(menuTemplate({ platform: 'linux', isPackaged: true, recentFiles }, actions)).find(({ id }) => id === 'recent');
    return Array.isArray(recent?.submenu) ? recent.submenu.map(({ label, type }) => label ?? type) : [];
  };
  expect(labels([])).toEqual(['No recent files']);
  expect(labels(['/data/a&b.csv', '/data/c.csv'])).toEqual(['a&&b.csv', 'c.csv', 'separator', 'Clear']);
});

test('reload and developer tools are for the unpackaged app alone', () => {
  const roles = (isPackaged: boolean) => everyItem(menuTemplate({ platform: 'linux', isPackaged, recentFiles: [] }, actions)).map(({ role }) => role);
  expect(roles(true)).not.toContain('toggleDevTools');
  expect(roles(false)).toContain('toggleDevTools');
});
