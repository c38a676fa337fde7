import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { BrowserWindow, Menu, type MessageBoxOptions, Notification, app, dialog, ipcMain, nativeTheme, powerMonitor, powerSaveBlocker, protocol, safeStorage, screen, session, shell, utilityProcess } from 'electron';
import log from 'electron-log';
import electronUpdater from 'electron-updater';
import { createOperator } from '../operator/operator.ts';
import { DOOR_CHANNEL } from './door.ts';
import { bringForward, loadPage, openAppWindow } from './app-window.ts';
import { createClosing } from './closing.ts';
import { createCrashCare } from './crash.ts';
import { SSH_KEYGEN_MANUAL } from './external-links.ts';
import { openDoor } from './ipc.ts';
import type { KeptChoices } from './kept-choices.ts';
import { openAppLog } from './log.ts';
import { menuTemplate } from './menu.ts';
import { showNotification } from './notifications.ts';
import { offerFile } from './opened-files.ts';
import { electronPrinter } from './print-report.ts';
import { utilityServer } from './practice-process.ts';
import { APP_SCHEME, answerPageRequest } from './protocol.ts';
import { openRecentFiles } from './recent-files.ts';
import { isGoing } from './run-notices.ts';
import { createRunSigns } from './run-signs.ts';
import { askForRuns, isCommand, watchRuns } from './run-watch.ts';
import { openOsSecretStore } from './secrets.ts';
import { createWindowTeller } from './tell-window.ts';
import { readUpdateFeed } from './update-feed.ts';
import { checkForUpdates } from './updates.ts';
import { holdSession } from './window.ts';

export interface AppParts {
  readonly home: string;
  readonly root: string;
  readonly choices: KeptChoices;
  readonly openExternal: (address: string) => Promise<void>;
}

/** The app once it stands. */
export interface RunningApp {
  /** Offers a CSV that was opened with Drydock. */
  openCsv(path: string): void;
  bringForward(): void;
}

/** Puts the app together: operator, door, window, and what the desktop shows of it. Its page is loaded when it gives back. @throws OperatorError as the operator does */
export async function startApp({ home, root, choices, openExternal }: AppParts): Promise<RunningApp> {
  let window: BrowserWindow | undefined;
  const clock = (): Date => new Date();
  const appLog = openAppLog(log, home);
  const operator = await createOperator({
    home,
    host: 'electron',
    version: app.getVersion(),
    hostParts: [{ name: 'Electron', version: process.versions['electron'] ?? 'unknown' }, { name: 'Chromium', version: process.versions['chrome'] ?? 'unknown' }],
    secretStore: await openOsSecretStore(home, safeStorage, process.platform, randomBytes),
    clock,
    randomBytes,
    env: process.env,
    log: appLog,
    pdfPrinter: electronPrinter({ openWindow: (options) => new BrowserWindow(options), session: () => session.fromPartition('drydock-print') }),
    startServer: utilityServer(utilityProcess.fork.bind(utilityProcess)),
  });
  holdSession(session.defaultSession);
  protocol.handle(APP_SCHEME, (request) => answerPageRequest(join(root, 'dist', 'renderer'), request));

  const teller = createWindowTeller((event) => window?.webContents.send(DOOR_CHANNEL, event));
  const recent = openRecentFiles(home);
  const signs = createRunSigns({
    window: () => window,
    power: powerSaveBlocker,
    notify: (options, onClick) => showNotification(Notification, options, onClick),
    showRun(runId) {
      bringForward(window);
      teller.tell({ kind: 'show-run', run_id: runId });
    },
  });
  const watch = watchRuns({ ask: () => askForRuns(operator.call), onSeen: signs.show });
  const isRunGoing = (): boolean => watch.seen()?.runs.some(isGoing) === true;
  const askPerson = (options: MessageBoxOptions) => (window === undefined ? dialog.showMessageBox(options) : dialog.showMessageBox(window, options));
  const crashes = createCrashCare({
    log: appLog,
    clock,
    ask: askPerson,
    isRunGoing,
    endPage: () => window?.webContents.forcefullyCrashRenderer(),
    reopen: async () => (window === undefined ? undefined : loadPage(window)),
    quit: () => app.quit(),
  });
  const closing = createClosing({ seen: watch.seen, choices, ask: askPerson, close: () => app.quit() });

  const showMenu = (): void => {
    const template = menuTemplate({ platform: process.platform, isPackaged: app.isPackaged, recentFiles: recent.list() }, {
      giveCommand(id) {
        bringForward(window);
        teller.tell({ kind: 'command', id });
      },
      openRecent: openCsv,
      clearRecent() {
        recent.clear();
        app.clearRecentDocuments();
        showMenu();
      },
      openManual: () => void openExternal(SSH_KEYGEN_MANUAL),
      checkForUpdates: updates(),
    });
    Menu.setApplicationMenu(Menu.buildFromTemplate(template));
  };
  const noteRecent = (path: string): void => {
    recent.add(path);
    app.addRecentDocument(path);
    showMenu();
  };
  function updates(): (() => void) | undefined {
    const feed = readUpdateFeed(process.env, home);
    if (feed.state === 'off') return undefined;
    return () => void checkForUpdates({ updater: () => electronUpdater.autoUpdater, feed, dialog, log: appLog, currentVersion: app.getVersion() });
  }
  function openCsv(path: string): void {
    bringForward(window);
    void offerFile(path, { files: operator.files, teller, forget: recent.remove, note: noteRecent }).finally(showMenu);
  }

  openDoor(ipcMain, {
    operator,
    window: () => window,
    dialog,
    listens: teller.listens,
    setTheme(theme) {
      choices.set({ theme });
      nativeTheme.themeSource = theme === 'auto' ? 'system' : theme;
    },
    showFolder: (folder) => shell.showItemInFolder(folder === 'logs' ? join(home, 'logs', 'drydock.log') : home),
    csvOpened: noteRecent,
    called: (name) => isCommand(name) && watch.wake(),
  });
  showMenu();
  app.setAboutPanelOptions({ applicationName: 'Drydock', applicationVersion: app.getVersion(), copyright: 'MIT licence' });
  app.on('child-process-gone', (_event, { type, reason }) => appLog.write({ level: 'error', event: 'child_process_gone', fault: type, code: reason }));
  powerMonitor.on('resume', () => {
    teller.tell({ kind: 'woke' });
    watch.wake();
  });
  closeBeforeQuit(async () => {
    watch.close();
    signs.close();
    await operator.close();
  });

  if (process.argv.includes('--practice')) await operator.call('practice.start', {}, { transport: 'in-process' });
  const opened = openAppWindow({
    home,
    root,
    open: (options) => new BrowserWindow(options),
    displays: () => screen.getAllDisplays(),
    isDark: () => nativeTheme.shouldUseDarkColors,
    mayClose: closing.mayClose,
    crashes,
    pageGone: teller.isGone,
    closed() {
      window = undefined;
      signs.close();
    },
  });
  window = opened.window;
  await opened.loaded;
  return { openCsv, bringForward: () => bringForward(window) };
}

/** The journal is closed and the practice server ended before the process is: quitting waits for it, once. */
function closeBeforeQuit(close: () => Promise<void>): void {
  let isClosed = false;
  app.on('will-quit', (event) => {
    if (isClosed) return;
    event.preventDefault();
    isClosed = true;
    close().then(
      () => app.quit(),
      () => app.quit(),
    );
  });
}
