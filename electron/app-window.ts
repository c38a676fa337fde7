import { join } from 'node:path';
import type { BrowserWindow, BrowserWindowConstructorOptions, Display } from 'electron';
import type { CrashCare } from './crash.ts';
import { APP_ORIGIN } from './protocol.ts';
import { windowOptions } from './window.ts';
import { keepWindowState, readWindowState } from './window-state.ts';

export interface AppWindowParts {
  readonly home: string;
  /** The folder that holds `dist`. */
  readonly root: string;
  readonly open: (options: BrowserWindowConstructorOptions) => BrowserWindow;
  readonly displays: () => readonly Display[];
  readonly isDark: () => boolean;
  readonly mayClose: () => boolean;
  readonly crashes: CrashCare;
  /** The page has ended, or the window has gone. */
  readonly pageGone: () => void;
  readonly closed: () => void;
}

/** Opens the one window where it was left. Its page is loaded when the promise is fulfilled. */
export function openAppWindow({ home, root, open, displays, isDark, mayClose, crashes, pageGone, closed }: AppWindowParts): { readonly window: BrowserWindow; readonly loaded: Promise<void> } {
  const state = readWindowState(home, displays());
  const window = open(windowOptions(join(root, 'dist', 'preload', 'preload.cjs'), state, isDark()));
  window.once('ready-to-show', () => {
    if (state.isMaximized) window.maximize();
    window.show();
    if (state.isFullScreen) window.setFullScreen(true);
  });
  window.on('close', (event) => {
    keepWindowState(home, window);
    if (!mayClose()) event.preventDefault();
  });
  window.on('closed', () => {
    pageGone();
    closed();
  });
  window.on('unresponsive', () => void crashes.hangs());
  window.on('responsive', () => crashes.answersAgain());
  window.webContents.on('render-process-gone', (_event, details) => {
    pageGone();
    void crashes.ended(details);
  });
  return { window, loaded: loadPage(window) };
}

/** Loads the window's page, anew where it has ended. */
export async function loadPage(window: BrowserWindow): Promise<void> {
  await window.loadURL(`${APP_ORIGIN}/index.html`);
}

/** Brings a window to the front, wherever it is. */
export function bringForward(window: BrowserWindow | undefined): void {
  if (window?.isMinimized() === true) window.restore();
  window?.focus();
}
