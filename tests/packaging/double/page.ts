import type { IpcMain, Protocol, Session } from 'electron';
import { Told, mainSide, preventable, seen } from './test-side.ts';
import { type Frame, appWindow } from './window.ts';

type Handler = (event: { readonly sender: unknown; readonly senderFrame: Frame | null }, ...args: readonly unknown[]) => unknown;

const handlers = new Map<string, Handler>();
let answerPage: (request: Request) => Response | Promise<Response> = () => new Response(null, { status: 500 });

export const ipcMain = {
  handle(channel: string, handler: Handler) {
    handlers.set(channel, handler);
    seen.channels.push(channel);
  },
  on: () => undefined,
};
void (ipcMain satisfies { [Name in keyof typeof ipcMain]: (...args: never[]) => unknown } satisfies { handle: unknown; on: unknown } & Partial<Record<keyof IpcMain, unknown>>);

export const protocol = {
  registerSchemesAsPrivileged: (schemes) => void (seen.schemes = schemes.map(({ scheme, privileges }) => ({ scheme, privileges: { ...privileges } }))),
  handle: (_scheme, handler) => void (answerPage = (request) => handler(request)),
} satisfies Pick<Protocol, 'registerSchemesAsPrivileged' | 'handle'>;

const refusals: {
  request?: Parameters<Session['setPermissionRequestHandler']>[0];
  check?: Parameters<Session['setPermissionCheckHandler']>[0];
  device?: Parameters<Session['setDevicePermissionHandler']>[0];
  before?: (details: { readonly url: string }, decide: (decision: { readonly cancel?: boolean }) => void) => void;
} = {};

const sessionParts = {
  setPermissionRequestHandler: (handler) => void (refusals.request = handler),
  setPermissionCheckHandler: (handler) => void (refusals.check = handler),
  setDevicePermissionHandler: (handler) => void (refusals.device = handler),
  setDisplayMediaRequestHandler: () => undefined,
} satisfies Pick<Session, 'setPermissionRequestHandler' | 'setPermissionCheckHandler' | 'setDevicePermissionHandler' | 'setDisplayMediaRequestHandler'>;

const defaultSession = Object.assign(new Told(), sessionParts, { webRequest: { onBeforeRequest: (handler: NonNullable<typeof refusals.before>) => void (refusals.before = handler) } });

export const session = {
  defaultSession,
  fromPartition: () => ({ ...sessionParts, setPermissionRequestHandler: () => undefined, webRequest: { onBeforeRequest: () => undefined } }),
};

function answered<Value>(ask: (answer: (value: Value) => void) => void): Promise<Value> {
  return new Promise((resolve) => ask(resolve));
}

function verdict(isHeld: boolean): 'held' | 'allowed' {
  return isHeld ? 'held' : 'allowed';
}

Object.assign(mainSide, {
  async invoke(sender, channel, args) {
    const handler = handlers.get(channel);
    if (handler === undefined) throw new Error(`No handler registered for '${channel}'`);
    const { webContents } = appWindow();
    const stranger: Frame = { origin: sender?.origin ?? '', parent: sender?.isMainFrame === false ? (webContents.mainFrame as never) : null };
    const isPage = sender?.isMainFrame === true && sender.origin === webContents.mainFrame.origin;
    return handler({ sender: webContents, senderFrame: sender === null ? null : isPage ? webContents.mainFrame : stranger }, ...args);
  },
  async requestPage(method, address) {
    // As Chromium asks: an address with a scheme of ours cannot be put into Node's Request everywhere.
    const response = await answerPage({ method, url: address } as Request);
    return { status: response.status, headers: Object.fromEntries(response.headers), body: new Uint8Array(await response.arrayBuffer()) };
  },
  async isCancelled(address) {
    const decision = await answered<{ readonly cancel?: boolean }>((decide) => refusals.before?.({ url: address }, decide));
    return decision.cancel === true;
  },
  async tryOut(address) {
    const { webContents } = appWindow();
    const download = preventable({});
    defaultSession.emit('will-download', download);
    return {
      navigation: verdict(webContents.isHeld('will-navigate', { url: address })),
      redirect: verdict(webContents.isHeld('will-redirect', { url: address })),
      frame: verdict(webContents.isHeld('will-frame-navigate', { url: address })),
      webview: verdict(webContents.isHeld('will-attach-webview')),
      download: verdict(download.isPrevented),
      newWindow: webContents.openHandler({ url: address }).action,
      permissionAsked: await answered<boolean>((decide) => refusals.request?.(webContents as never, 'media', decide, {} as never)),
      permissionChecked: refusals.check?.(null, 'geolocation', '', {} as never) ?? true,
      device: refusals.device?.({} as never) ?? true,
    };
  },
} satisfies Partial<typeof mainSide>);
