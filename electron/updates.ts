import type { Dialog } from 'electron';
import type { AppUpdater } from 'electron-updater';
import type { OperatorLog } from '../operator/log.ts';
import type { UpdateFeed } from './update-feed.ts';

export interface UpdateParts {
  /** Made when it is needed: making it looks for the app's own packaging. */
  readonly updater: () => Pick<AppUpdater, 'autoDownload' | 'autoInstallOnAppQuit' | 'allowDowngrade' | 'allowPrerelease' | 'logger' | 'setFeedURL' | 'checkForUpdates' | 'downloadUpdate' | 'quitAndInstall'>;
  readonly feed: Exclude<UpdateFeed, { readonly state: 'off' }>;
  readonly dialog: Pick<Dialog, 'showMessageBox'>;
  readonly log: OperatorLog;
  readonly currentVersion: string;
}

/**
 * Looks for a newer Drydock when a person asks, and only then: in the middle of a migration nothing changes by itself.
 * Nothing is fetched or installed without a yes, and an older version never. What fails is said; nothing is thrown.
 */
export async function checkForUpdates({ updater: open, feed, dialog, log, currentVersion }: UpdateParts): Promise<void> {
  if (feed.state === 'refused') {
    await dialog.showMessageBox({ type: 'warning', message: 'Drydock does not look for updates there', detail: `${feed.detail} Nothing was asked.` });
    return;
  }
  try {
    const updater = open();
    updater.autoDownload = false;
    updater.autoInstallOnAppQuit = false;
    updater.allowDowngrade = false;
    updater.allowPrerelease = false;
    // It would write addresses and headers; what is logged here goes through the list of allowed fields.
    updater.logger = null;
    updater.setFeedURL({ provider: 'generic', url: feed.url });
    await offerUpdate(updater, dialog, currentVersion);
  } catch (thrown) {
    log.write({ level: 'warning', event: 'update_failed', fault: thrown instanceof Error ? thrown.constructor.name : typeof thrown });
    await dialog.showMessageBox({ type: 'warning', message: 'Drydock could not look for updates', detail: 'Nothing was changed. Try again when you are online.' });
  }
}

async function offerUpdate(updater: ReturnType<UpdateParts['updater']>, dialog: UpdateParts['dialog'], currentVersion: string): Promise<void> {
  const found = await updater.checkForUpdates();
  // None is what an app says that was not installed: there is nothing that an update could replace.
  if (found === null) throw new UpdateUnavailable();
  if (!found.isUpdateAvailable) {
    await dialog.showMessageBox({ type: 'info', message: 'Drydock is up to date', detail: `Version ${currentVersion}` });
    return;
  }
  const { version } = found.updateInfo;
  const fetch = await dialog.showMessageBox({ type: 'question', message: `Drydock ${version} is there`, detail: 'Fetch it now? It is installed when you say so.', buttons: ['Fetch', 'Later'], defaultId: 1, cancelId: 1 });
  if (fetch.response !== 0) return;
  await updater.downloadUpdate();
  const install = await dialog.showMessageBox({ type: 'question', message: `Drydock ${version} is ready`, detail: 'Drydock closes and opens again. A run that is going on goes on at the server.', buttons: ['Install and reopen', 'Later'], defaultId: 1, cancelId: 1 });
  if (install.response === 0) updater.quitAndInstall();
}

class UpdateUnavailable extends Error {}
