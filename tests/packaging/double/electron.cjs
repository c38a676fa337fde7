'use strict';
// Stands in for `electron` where its program is not to be had: enough of it for the built main process to start in
// plain Node. It writes down what main asks for, plays one page and one stranger, and says what it saw on stdout.
const { EventEmitter } = require('node:events');

const seen = { windowOptions: {}, loaded: '', isSandboxed: false, schemes: [], menus: 0, permissions: {}, door: {}, page: {} };
let doorChannel = '';
let door = async () => undefined;
let pageHandler = async () => new Response(null, { status: 500 });

const app = Object.assign(new EventEmitter(), {
  isPackaged: false,
  whenReady: async () => undefined,
  getVersion: () => '0.0.0-double',
  getName: () => 'drydock',
  getPath: () => require('node:os').tmpdir(),
  getAppPath: () => process.cwd(),
  setPath: () => undefined,
  isReady: () => true,
  enableSandbox: () => (seen.isSandboxed = true),
  requestSingleInstanceLock: () => true,
  quit() {
    const event = { isPrevented: false, preventDefault: () => (event.isPrevented = true) };
    app.emit('will-quit', event);
    if (!event.isPrevented) process.exit(0);
  },
  exit: (code) => process.exit(code),
});

const handlers = {};
const defaultSession = Object.assign(new EventEmitter(), {
  setPermissionRequestHandler: (handler) => (handlers.request = handler),
  setPermissionCheckHandler: (handler) => (handlers.check = handler),
  setDevicePermissionHandler: (handler) => (handlers.device = handler),
  setDisplayMediaRequestHandler: (handler) => (handlers.display = handler),
  webRequest: { onBeforeRequest: (handler) => (handlers.before = handler) },
});

class BrowserWindow extends EventEmitter {
  constructor(options) {
    super();
    seen.windowOptions = options;
    this.mainFrame = { origin: 'app://drydock', parent: null };
    this.webContents = Object.assign(new EventEmitter(), { mainFrame: this.mainFrame, setWindowOpenHandler: (handler) => (handlers.open = handler) });
    app.emit('web-contents-created', {}, this.webContents);
  }

  isDestroyed() {
    return false;
  }

  async loadURL(address) {
    seen.loaded = address;
    await play(this);
    process.stdout.write(`${JSON.stringify(seen)}\n`);
    app.quit();
  }
}

/** What a page and a stranger would do, once the window is there. */
async function play(window) {
  const page = await pageHandler({ method: 'GET', url: seen.loaded });
  seen.page = { status: page.status, policy: page.headers.get('content-security-policy'), text: await page.text() };
  const call = { kind: 'call', name: 'app.getInfo', input: {} };
  seen.door = {
    channel: doorChannel,
    page: await door({ sender: window.webContents, senderFrame: window.mainFrame }, call),
    stranger: await door({ sender: window.webContents, senderFrame: { origin: 'https://evil.example', parent: null } }, call),
  };
  const decided = (ask) => new Promise((resolve) => ask(resolve));
  const navigation = { isPrevented: false, url: 'https://evil.example', preventDefault: () => (navigation.isPrevented = true) };
  window.webContents.emit('will-navigate', navigation);
  seen.permissions = {
    request: await decided((decide) => handlers.request({}, 'media', decide)),
    check: handlers.check(null, 'geolocation', '', {}),
    device: handlers.device({}),
    openWindow: handlers.open({ url: 'https://evil.example' }).action,
    navigationHeld: navigation.isPrevented,
    outsideCancelled: (await decided((decide) => handlers.before({ url: 'https://evil.example/x.js' }, decide))).cancel,
    ownCancelled: (await decided((decide) => handlers.before({ url: 'app://drydock/index.html' }, decide))).cancel,
  };
}

exports.app = app;
exports.BrowserWindow = BrowserWindow;
exports.Menu = { buildFromTemplate: (template) => template, setApplicationMenu: () => (seen.menus += 1) };
exports.dialog = { showErrorBox: (title, detail) => process.stderr.write(`${title}: ${detail}\n`) };
exports.ipcMain = {
  handle(channel, handler) {
    doorChannel = channel;
    door = handler;
  },
  on: () => undefined,
};
exports.protocol = {
  registerSchemesAsPrivileged: (schemes) => (seen.schemes = schemes),
  handle: (_scheme, handler) => (pageHandler = handler),
};
exports.safeStorage = { isAsyncEncryptionAvailable: async () => false, getSelectedStorageBackend: () => 'basic_text' };
exports.session = { defaultSession };
exports.shell = { openExternal: async () => undefined };
exports.utilityProcess = { fork: () => new EventEmitter() };
