import { basename } from 'node:path';
import type { MenuItemConstructorOptions } from 'electron';
import { type CommandGroup, type CommandId, windowCommands } from '../shared/contract/window/commands.ts';

export interface MenuActions {
  readonly giveCommand: (id: CommandId) => void;
  readonly openRecent: (path: string) => void;
  readonly clearRecent: () => void;
  readonly openManual: () => void;
  readonly checkForUpdates: (() => void) | undefined;
}

export interface MenuSurroundings {
  readonly platform: NodeJS.Platform;
  readonly isPackaged: boolean;
  readonly recentFiles: readonly string[];
}

/** Menu items that stand elsewhere than with their group. */
const IN_HELP: readonly CommandId[] = ['keys', 'go-about'];

/** The native menu: every command of the window, and what is the app's own. Reload and developer tools are for the unpackaged app: in production a page is not played with. */
export function menuTemplate({ platform, isPackaged, recentFiles }: MenuSurroundings, actions: MenuActions): MenuItemConstructorOptions[] {
  const items = (group: CommandGroup): MenuItemConstructorOptions[] =>
    windowCommands.filter((command) => command.group === group && !IN_HELP.includes(command.id)).map(({ id, title, keys }) => commandItem(id, title, keys, actions));
  const help = windowCommands.filter(({ id }) => IN_HELP.includes(id)).map(({ id, title, keys }) => commandItem(id, title, keys, actions));
  const tools: MenuItemConstructorOptions[] = isPackaged ? [] : [{ type: 'separator' }, { role: 'reload' }, { role: 'toggleDevTools' }];
  const [open, ...otherFile] = items('File');
  return [
    ...(platform === 'darwin' ? [{ role: 'appMenu' } satisfies MenuItemConstructorOptions] : []),
    {
      label: '&File',
      submenu: [
        ...(open === undefined ? [] : [open]),
        { label: 'Open Recent', id: 'recent', submenu: recentItems(recentFiles, actions) },
        { type: 'separator' },
        ...otherFile,
        { type: 'separator' },
        { role: 'close', label: 'Close', id: 'close' },
        ...(platform === 'darwin' ? [] : [{ role: 'quit' } satisfies MenuItemConstructorOptions]),
      ],
    },
    { role: 'editMenu' },
    { label: '&View', submenu: [...items('Window'), { type: 'separator' }, { role: 'resetZoom' }, { role: 'zoomIn' }, { role: 'zoomOut' }, { type: 'separator' }, { role: 'togglefullscreen' }, ...tools] },
    { label: '&Go', submenu: [...items('Go'), { type: 'separator' }, ...items('Steps')] },
    { role: 'windowMenu' },
    {
      role: 'help',
      submenu: [
        ...help,
        { type: 'separator' },
        { label: 'How to Check a Report without Drydock', id: 'manual', click: actions.openManual },
        ...(actions.checkForUpdates === undefined ? [] : [{ label: 'Check for Updates…', id: 'updates', click: actions.checkForUpdates }]),
      ],
    },
  ];
}

function commandItem(id: CommandId, title: string, keys: string, { giveCommand }: MenuActions): MenuItemConstructorOptions {
  return { id, label: title, accelerator: acceleratorOf(keys), click: () => giveCommand(id) };
}

/** A command's keys as Electron writes them. */
export function acceleratorOf(keys: string): string {
  const names: Readonly<Record<string, string>> = { mod: 'CmdOrCtrl', alt: 'Alt', shift: 'Shift' };
  return keys.split('+').map((key) => names[key] ?? key).join('+');
}

function recentItems(paths: readonly string[], { openRecent, clearRecent }: MenuActions): MenuItemConstructorOptions[] {
  if (paths.length === 0) return [{ label: 'No recent files', enabled: false }];
  return [
    // An ampersand would be taken for a letter to press.
    ...paths.map((path, place) => ({ id: `recent-${place}`, label: basename(path).replaceAll('&', '&&'), toolTip: path, click: () => openRecent(path) })),
    { type: 'separator' as const },
    { id: 'clear-recent', label: 'Clear', click: clearRecent },
  ];
}
