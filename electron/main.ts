import { homedir } from 'node:os';
import { join } from 'node:path';
import { app, dialog, nativeTheme, protocol, shell } from 'electron';
import { homeFolder } from '../operator/hosts/home-folder.ts';
import { installationRoot } from '../operator/resource-paths.ts';
import { OperatorError } from '../shared/contract/operator/reply.ts';
import { type RunningApp, startApp } from './app.ts';
import { openExternalLink } from './external-links.ts';
import { openKeptChoices } from './kept-choices.ts';
import { csvInArguments } from './opened-files.ts';
import { appSchemePrivileges } from './protocol.ts';
import { holdPage } from './window.ts';

// What has to be settled before Electron is ready; the rest is app.ts.
const home = homeFolder(process.env, process.platform, homedir());
const choices = openKeptChoices(home);
const openedEarly: string[] = [];
let running: RunningApp | undefined;

protocol.registerSchemesAsPrivileged([appSchemePrivileges]);
app.enableSandbox();
app.setPath('userData', join(home, 'chromium'));
app.setAppUserModelId('app.drydock.operator');
nativeTheme.themeSource = choices.get().theme === 'auto' ? 'system' : choices.get().theme === 'dark' ? 'dark' : 'light';
app.on('web-contents-created', (_event, contents) => holdPage(contents, openExternal));
app.on('window-all-closed', () => app.quit());
app.on('open-file', (event, path) => {
  event.preventDefault();
  openCsv(path);
});

if (app.requestSingleInstanceLock()) {
  app.on('second-instance', (_event, argv, workingFolder) => {
    running?.bringForward();
    for (const path of csvInArguments(argv, workingFolder, app.isPackaged)) openCsv(path);
  });
  for (const path of csvInArguments(process.argv, process.cwd(), app.isPackaged)) openCsv(path);
  start().catch(refuseToStart);
} else {
  app.quit();
}

async function start(): Promise<void> {
  await app.whenReady();
  running = await startApp({ home, root: installationRoot(), choices, openExternal });
  for (const path of openedEarly) running.openCsv(path);
}

function openCsv(path: string): void {
  if (running === undefined) openedEarly.push(path);
  else running.openCsv(path);
}

function refuseToStart(thrown: unknown): void {
  const problem = thrown instanceof OperatorError ? thrown.problem : undefined;
  dialog.showErrorBox(problem?.title ?? 'Drydock could not start', problem?.detail ?? 'Nothing was changed. Start it again; if it comes back, look in the log.');
  app.exit(1);
}

async function openExternal(address: string): Promise<void> {
  await openExternalLink(address, (url) => shell.openExternal(url));
}
