import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserWindow, BrowserWindowConstructorOptions, Session, WebContents } from 'electron';
import { z } from 'zod';
import { openExternalLink } from './external-links.ts';
import { APP_ORIGIN } from './protocol.ts';

const boundsSchema = z.object({ width: z.int().min(640).max(16_384), height: z.int().min(480).max(16_384), isMaximized: z.boolean() });
type WindowState = z.infer<typeof boundsSchema>;

const FIRST_STATE: WindowState = { width: 1440, height: 900, isMaximized: false };

/** The window's options: a sandboxed page in a world of its own, that can do what the preload offers and no more. */
export function windowOptions(preloadPath: string, state: WindowState): BrowserWindowConstructorOptions {
  return {
    width: state.width,
    height: state.height,
    minWidth: 1024,
    minHeight: 640,
    show: false,
    title: 'Drydock',
    webPreferences: {
      preload: preloadPath,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInSubFrames: false,
      nodeIntegrationInWorker: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
    },
  };
}

/** Holds a page where it is: no way to another address, no window of its own, no embedded guest. */
export function holdPage(contents: WebContents, openExternal: (url: string) => Promise<void>): void {
  contents.on('will-navigate', (event) => event.preventDefault());
  contents.on('will-frame-navigate', (event) => {
    if (event.url !== 'about:srcdoc') event.preventDefault();
  });
  contents.on('will-redirect', (event) => event.preventDefault());
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(({ url }) => {
    void openExternalLink(url, openExternal);
    return { action: 'deny' };
  });
}

/** Denies every permission and every device, and cancels every request that is not for the page's own files. */
export function holdSession(session: Session): void {
  session.setPermissionRequestHandler((_contents, _permission, decide) => decide(false));
  session.setPermissionCheckHandler(() => false);
  session.setDevicePermissionHandler(() => false);
  session.setDisplayMediaRequestHandler((_request, decide) => decide({}));
  session.webRequest.onBeforeRequest((details, decide) => {
    decide({ cancel: !isOwnRequest(details.url) });
  });
  session.on('will-download', (event) => event.preventDefault());
}

function isOwnRequest(address: string): boolean {
  return address.startsWith(`${APP_ORIGIN}/`) || address.startsWith('devtools://') || address.startsWith('data:image/');
}

/** Size as it was left, or the first one where nothing usable is kept. */
export function readWindowState(home: string): WindowState {
  try {
    return boundsSchema.parse(JSON.parse(readFileSync(join(home, 'window.json'), 'utf8')));
  } catch {
    return FIRST_STATE;
  }
}

/** Keeps the size for next time. Losing it is no harm, so that a full disk does not stop the app from closing. */
export function keepWindowState(home: string, window: BrowserWindow): void {
  const { width, height } = window.getNormalBounds();
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 });
    writeFileSync(join(home, 'window.json'), JSON.stringify({ width, height, isMaximized: window.isMaximized() }));
  } catch {
    // Next time it opens as if for the first time.
  }
}
