import type { BrowserWindowConstructorOptions, Session, WebContents } from 'electron';
import { pageBackground } from '../shared/contract/window/events.ts';
import { openExternalLink } from './external-links.ts';
import { APP_ORIGIN } from './protocol.ts';
import type { WindowState } from './window-state.ts';

/** The window's options: a sandboxed page in a world of its own, that can do what the preload offers and no more. */
export function windowOptions(preloadPath: string, state: WindowState, isDark: boolean): BrowserWindowConstructorOptions {
  return {
    ...state.place,
    width: state.width,
    height: state.height,
    minWidth: 1024,
    minHeight: 640,
    show: false,
    // Seen for a moment before the page is painted, and at the edge while the window grows.
    backgroundColor: isDark ? pageBackground.dark : pageBackground.light,
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
