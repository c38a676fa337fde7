import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { BrowserWindow, Menu, app, dialog, ipcMain, protocol, safeStorage, session, shell, utilityProcess } from 'electron';
import log from 'electron-log';
import electronUpdater from 'electron-updater';
import { homeFolder } from '../operator/hosts/home-folder.ts';
import { createOperator } from '../operator/operator.ts';
import { installationRoot } from '../operator/resource-paths.ts';
import { OperatorError } from '../shared/contract/operator/reply.ts';
import { SSH_KEYGEN_MANUAL, openExternalLink } from './external-links.ts';
import { openDoor } from './ipc.ts';
import { openAppLog } from './log.ts';
import { menuTemplate } from './menu.ts';
import { APP_ORIGIN, APP_SCHEME, answerPageRequest, appSchemePrivileges } from './protocol.ts';
import { electronPrinter } from './print-report.ts';
import { utilityServer } from './practice-process.ts';
import { openOsSecretStore } from './secrets.ts';
import { checkForUpdates } from './updates.ts';
import { holdPage, holdSession, keepWindowState, readWindowState, windowOptions } from './window.ts';

const root = installationRoot();
const home = homeFolder(process.env, process.platform, homedir());
let window: BrowserWindow | undefined;

protocol.registerSchemesAsPrivileged([appSchemePrivileges]);
app.enableSandbox();
app.setPath('userData', join(home, 'chromium'));
app.on('web-contents-created', (_event, contents) => holdPage(contents, openExternal));
app.on('window-all-closed', () => app.quit());

if (app.requestSingleInstanceLock()) {
  app.on('second-instance', () => {
    if (window?.isMinimized() === true) window.restore();
    window?.focus();
  });
  start().catch(refuseToStart);
} else {
  app.quit();
}

async function start(): Promise<void> {
  await app.whenReady();
  const appLog = openAppLog(log, home);
  const operator = await createOperator({
    home,
    host: 'electron',
    version: app.getVersion(),
    secretStore: await openOsSecretStore(home, safeStorage, process.platform, randomBytes),
    clock: () => new Date(),
    randomBytes,
    env: process.env,
    log: appLog,
    pdfPrinter: electronPrinter({ openWindow: (options) => new BrowserWindow(options), session: () => session.fromPartition('drydock-print') }),
    startServer: utilityServer(utilityProcess.fork.bind(utilityProcess)),
  });
  closeBeforeQuit(operator.close);
  holdSession(session.defaultSession);
  protocol.handle(APP_SCHEME, (request) => answerPageRequest(join(root, 'dist', 'renderer'), request));
  openDoor(ipcMain, { operator, window: () => window, dialog });
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(process.platform, app.isPackaged, { openManual, checkForUpdates: updateAction() })));
  if (process.argv.includes('--practice')) await operator.call('practice.start', {}, { transport: 'in-process' });
  await openWindow();
}

async function openWindow(): Promise<void> {
  const state = readWindowState(home);
  const opened = new BrowserWindow(windowOptions(join(root, 'dist', 'preload', 'preload.cjs'), state));
  window = opened;
  opened.once('ready-to-show', () => {
    if (state.isMaximized) opened.maximize();
    opened.show();
  });
  opened.on('close', () => keepWindowState(home, opened));
  opened.on('closed', () => (window = undefined));
  await opened.loadURL(`${APP_ORIGIN}/index.html`);
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

function refuseToStart(thrown: unknown): void {
  const problem = thrown instanceof OperatorError ? thrown.problem : undefined;
  dialog.showErrorBox(problem?.title ?? 'Drydock could not start', problem?.detail ?? 'Nothing was changed. Start it again; if it comes back, look in the log.');
  app.exit(1);
}

function openManual(): void {
  void openExternalLink(SSH_KEYGEN_MANUAL, openExternal);
}

async function openExternal(address: string): Promise<void> {
  await shell.openExternal(address);
}

/** Only a packaged app that was told where updates come from can look for them. */
function updateAction(): (() => void) | undefined {
  if (!app.isPackaged || !existsSync(join(process.resourcesPath, 'app-update.yml'))) return undefined;
  return () => void checkForUpdates({ updater: electronUpdater.autoUpdater, dialog, currentVersion: app.getVersion() });
}
