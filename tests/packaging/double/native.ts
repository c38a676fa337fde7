import { spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import type { Dialog, MenuItemConstructorOptions, MessageBoxOptions, NativeTheme, NotificationConstructorOptions, OpenDialogOptions, PowerSaveBlocker, SafeStorage, SaveDialogOptions, Screen, Shell } from 'electron';
import type { ShownMenuItem } from './sides.ts';
import { Told, mainSide, seen, testSide } from './test-side.ts';

type Options<Kind> = readonly [Kind] | readonly [unknown, Kind];

function optionsOf<Kind>(args: Options<Kind>): Kind {
  return args.length === 1 ? args[0] : args[1];
}

/** Dialogs are answered by the test. A signal cannot leave its process. */
export const dialog = {
  async showOpenDialog(...args: Options<OpenDialogOptions>) {
    const filePaths = [...(await testSide.chooseOpen(optionsOf(args)))];
    return { canceled: filePaths.length === 0, filePaths };
  },
  async showSaveDialog(...args: Options<SaveDialogOptions>) {
    const filePath = await testSide.chooseSave(optionsOf(args));
    return { canceled: filePath === undefined, filePath: filePath ?? '' };
  },
  async showMessageBox(...args: Options<MessageBoxOptions>) {
    const { signal: _signal, icon: _icon, ...options } = optionsOf(args);
    return testSide.answerMessage(options);
  },
  showErrorBox(title: string, detail: string) {
    void testSide.showError(title, detail);
    process.stderr.write(`${title}: ${detail}\n`);
  },
} satisfies { [Name in 'showOpenDialog' | 'showSaveDialog' | 'showMessageBox' | 'showErrorBox']: Dialog[Name] };

const clicks = new Map<string, () => void>();

function shown(items: readonly MenuItemConstructorOptions[]): readonly ShownMenuItem[] {
  return items.map((item) => {
    const click = item.click as (() => void) | undefined;
    if (item.id !== undefined && click !== undefined) clicks.set(item.id, click);
    return { id: item.id, label: item.label, role: item.role, accelerator: typeof item.accelerator === 'string' ? item.accelerator : undefined, enabled: item.enabled !== false, items: Array.isArray(item.submenu) ? shown(item.submenu) : [] };
  });
}

export const Menu = {
  buildFromTemplate: (template: readonly MenuItemConstructorOptions[]) => template,
  setApplicationMenu(template: readonly MenuItemConstructorOptions[]) {
    clicks.clear();
    seen.menu = [...shown(template)];
  },
};

const notifications: Notification[] = [];

export class Notification extends EventEmitter {
  private readonly options: NotificationConstructorOptions;

  constructor(options: NotificationConstructorOptions) {
    super();
    this.options = options;
  }

  static isSupported(): boolean {
    return true;
  }

  show(): void {
    notifications.push(this);
    seen.notifications.push({ title: this.options.title ?? '', body: this.options.body ?? '' });
  }

  close(): void {
    this.emit('close');
  }
}

export const powerSaveBlocker = {
  start(kind) {
    blockers.set(blockers.size + 1, kind);
    seen.blockers = [...blockers.values()];
    return blockers.size;
  },
  stop(id) {
    const was = blockers.delete(id);
    seen.blockers = [...blockers.values()];
    return was;
  },
  isStarted: (id) => blockers.has(id),
} satisfies Pick<PowerSaveBlocker, 'start' | 'stop' | 'isStarted'>;
const blockers = new Map<number, string>();

export const powerMonitor = new Told();

const theme = new Told();
export const nativeTheme = Object.defineProperties(theme, {
  themeSource: {
    get: () => seen.themeSource,
    set(source: string) {
      seen.themeSource = source;
    },
  },
  shouldUseDarkColors: { get: () => seen.themeSource === 'dark' },
}) as Told & Pick<NativeTheme, 'themeSource' | 'shouldUseDarkColors'>;

/** Two displays: the first one is the main one. */
const displays = [
  { id: 1, workArea: { x: 0, y: 0, width: 1920, height: 1040 } },
  { id: 2, workArea: { x: 1920, y: 0, width: 1280, height: 984 } },
];
export const screen = { getAllDisplays: () => displays as never, getPrimaryDisplay: () => displays[0] as never } satisfies Pick<Screen, 'getAllDisplays' | 'getPrimaryDisplay'>;

export const safeStorage = {
  isAsyncEncryptionAvailable: () => Promise.resolve(false),
  getSelectedStorageBackend: () => 'basic_text',
} satisfies Pick<SafeStorage, 'isAsyncEncryptionAvailable' | 'getSelectedStorageBackend'>;

export const shell = {
  openExternal: (address) => Promise.resolve(void seen.openedOutside.push(address)),
  showItemInFolder: (path) => void seen.shownInFolder.push(path),
} satisfies Pick<Shell, 'openExternal' | 'showItemInFolder'>;

/** Electron's utility process is a Node of its own; here it is a plain one. */
export const utilityProcess = {
  fork(entry: string, args: readonly string[] = [], options: { readonly env?: Record<string, string> } = {}) {
    return spawn(process.execPath, [entry, ...args], { env: options.env ?? {}, stdio: ['ignore', 'pipe', 'pipe'] });
  },
};

Object.assign(mainSide, {
  clickMenu(id) {
    const click = clicks.get(id);
    if (click === undefined) throw new Error(`no menu item ${id} can be clicked`);
    click();
  },
  clickNotification: (place) => void notifications.at(place)?.emit('click'),
  sleep: (event) => void powerMonitor.emit(event),
} satisfies Partial<typeof mainSide>);
