import type { Dialog } from 'electron';
import type { AppUpdater } from 'electron-updater';

export interface UpdateParts {
  readonly updater: Pick<AppUpdater, 'autoDownload' | 'autoInstallOnAppQuit' | 'allowDowngrade' | 'checkForUpdates' | 'downloadUpdate' | 'quitAndInstall'>;
  readonly dialog: Pick<Dialog, 'showMessageBox'>;
  readonly currentVersion: string;
}

/**
 * Looks for a newer Drydock when a person asks, and only then: in the middle of a migration nothing changes by itself.
 * Nothing is fetched or installed without a yes, and an older version never.
 */
export async function checkForUpdates({ updater, dialog, currentVersion }: UpdateParts): Promise<void> {
  updater.autoDownload = false;
  updater.autoInstallOnAppQuit = false;
  updater.allowDowngrade = false;
  const found = await updater.checkForUpdates().catch(() => undefined);
  if (found === undefined || found === null) {
    await dialog.showMessageBox({ type: 'warning', message: 'Drydock could not look for updates', detail: 'Nothing was changed. Try again when you are online.' });
    return;
  }
  const { version } = found.updateInfo;
  if (!found.isUpdateAvailable) {
    await dialog.showMessageBox({ type: 'info', message: 'Drydock is up to date', detail: `Version ${currentVersion}` });
    return;
  }
  const fetch = await dialog.showMessageBox({ type: 'question', message: `Drydock ${version} is there`, detail: 'Fetch it now? It is installed when you say so.', buttons: ['Fetch', 'Later'], defaultId: 1, cancelId: 1 });
  if (fetch.response !== 0) return;
  await updater.downloadUpdate();
  const install = await dialog.showMessageBox({ type: 'question', message: `Drydock ${version} is ready`, detail: 'Drydock closes and opens again. A run that is going on goes on at the server.', buttons: ['Install and reopen', 'Later'], defaultId: 1, cancelId: 1 });
  if (install.response === 0) updater.quitAndInstall();
}
