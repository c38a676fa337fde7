import type { MenuItemConstructorOptions } from 'electron';

export interface MenuActions {
  readonly openManual: () => void;
  readonly checkForUpdates: (() => void) | undefined;
}

/** The native menu. Reload and developer tools are for the unpackaged app: in production a page is not played with. */
export function menuTemplate(platform: NodeJS.Platform, isPackaged: boolean, actions: MenuActions): MenuItemConstructorOptions[] {
  const update: MenuItemConstructorOptions[] = actions.checkForUpdates === undefined ? [] : [{ label: 'Check for Updates…', click: actions.checkForUpdates }];
  const tools: MenuItemConstructorOptions[] = isPackaged ? [] : [{ type: 'separator' }, { role: 'reload' }, { role: 'toggleDevTools' }];
  return [
    ...(platform === 'darwin' ? [{ role: 'appMenu' } satisfies MenuItemConstructorOptions] : []),
    { label: '&File', submenu: [platform === 'darwin' ? { role: 'close' } : { role: 'quit' }] },
    { role: 'editMenu' },
    { label: '&View', submenu: [{ role: 'resetZoom' }, { role: 'zoomIn' }, { role: 'zoomOut' }, { type: 'separator' }, { role: 'togglefullscreen' }, ...tools] },
    { role: 'windowMenu' },
    { role: 'help', submenu: [{ label: 'How to Check a Report without Drydock', click: actions.openManual }, ...update] },
  ];
}
