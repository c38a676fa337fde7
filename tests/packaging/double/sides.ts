import type { BrowserWindowConstructorOptions, MessageBoxOptions, OpenDialogOptions, Rectangle, RenderProcessGoneDetails, SaveDialogOptions } from 'electron';

/** Where an IPC call or a navigation comes from. */
export interface Sender {
  readonly origin: string;
  /** The main frame of the window, or one inside it. */
  readonly isMainFrame: boolean;
}

/** An item of the native menu, as main built it. */
export interface ShownMenuItem {
  readonly id: string | undefined;
  readonly label: string | undefined;
  readonly role: string | undefined;
  readonly accelerator: string | undefined;
  readonly enabled: boolean;
  readonly items: readonly ShownMenuItem[];
}

export interface ShownNotification {
  readonly title: string;
  readonly body: string;
}

/** What main has asked of Electron so far. */
export interface Seen {
  readonly windowOptions: BrowserWindowConstructorOptions;
  readonly loaded: readonly string[];
  readonly isSandboxed: boolean;
  readonly schemes: readonly { readonly scheme: string; readonly privileges: Readonly<Record<string, boolean>> }[];
  readonly channels: readonly string[];
  readonly menu: readonly ShownMenuItem[];
  readonly notifications: readonly ShownNotification[];
  readonly progress: readonly { readonly share: number; readonly mode: string }[];
  /** Ids of power-save blockers that are on. */
  readonly blockers: readonly string[];
  readonly recentDocuments: readonly string[];
  readonly openedOutside: readonly string[];
  readonly shownInFolder: readonly string[];
  readonly themeSource: string;
  readonly windowCalls: readonly string[];
  readonly aboutPanel: Readonly<Record<string, unknown>>;
}

/** What a page can try, and what main made of it. */
export interface Verdicts {
  readonly navigation: 'held' | 'allowed';
  readonly redirect: 'held' | 'allowed';
  readonly frame: 'held' | 'allowed';
  readonly webview: 'held' | 'allowed';
  readonly download: 'held' | 'allowed';
  readonly newWindow: string;
  readonly permissionAsked: boolean;
  readonly permissionChecked: boolean;
  readonly device: boolean;
}

/** What the process of main answers. */
export interface MainSide {
  invoke(sender: Sender | null, channel: string, args: readonly unknown[]): Promise<unknown>;
  requestPage(method: string, address: string): Promise<{ readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: Uint8Array }>;
  /** Whether a request of the page is cancelled by the session's rule. */
  isCancelled(address: string): Promise<boolean>;
  tryOut(address: string): Promise<Verdicts>;
  seen(): Seen;
  clickMenu(id: string): void;
  clickNotification(place: number): void;
  /** A person's focus, leaving or closing; closing may be refused. */
  touchWindow(event: 'focus' | 'blur' | 'close' | 'unresponsive' | 'responsive'): void;
  crashPage(details: RenderProcessGoneDetails): void;
  openFile(path: string): void;
  startAgain(argv: readonly string[], workingFolder: string): void;
  sleep(event: 'suspend' | 'resume'): void;
  place(bounds: Rectangle, state: 'normal' | 'maximized' | 'full-screen'): void;
  quit(): void;
}

/** What the test answers: it plays the page and the person. */
export interface TestSide {
  openWindow(windowId: number, options: BrowserWindowConstructorOptions): Promise<void>;
  load(windowId: number, address: string): Promise<void>;
  sendToPage(channel: string, args: readonly unknown[]): void;
  printToPdf(address: string): Promise<Uint8Array>;
  destroyWindow(windowId: number): Promise<void>;
  chooseOpen(options: OpenDialogOptions): Promise<readonly string[]>;
  chooseSave(options: SaveDialogOptions): Promise<string | undefined>;
  answerMessage(options: MessageBoxOptions): Promise<{ readonly response: number; readonly checkboxChecked: boolean }>;
  showError(title: string, detail: string): void;
}
