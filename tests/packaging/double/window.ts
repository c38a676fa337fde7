import type { BrowserWindow as RealWindow, BrowserWindowConstructorOptions, ProgressBarOptions, Rectangle, WebContents as RealContents, WebFrameMain } from 'electron';
import { app, openWindows } from './app.ts';
import { Told, mainSide, seen, testSide } from './test-side.ts';

/** The double's frames are told apart by identity alone, as main tells them. */
export type Frame = Pick<WebFrameMain, 'origin' | 'parent'>;

class WebContents extends Told {
  readonly windowId: number;
  readonly mainFrame: Frame = { origin: 'app://drydock', parent: null };
  openHandler: (details: { url: string }) => { action: string } = () => ({ action: 'allow' });

  constructor(windowId: number) {
    super();
    this.windowId = windowId;
  }

  setWindowOpenHandler(handler: (details: { url: string }) => { action: string }): void {
    this.openHandler = handler;
  }

  send(channel: string, ...args: readonly unknown[]): void {
    void testSide.sendToPage(channel, args);
  }

  async printToPDF(): Promise<Buffer> {
    return Buffer.from(await testSide.printToPdf(seen.loaded.at(-1) ?? ''));
  }

  isDestroyed(): boolean {
    return false;
  }

  forcefullyCrashRenderer(): void {
    seen.windowCalls.push('forcefullyCrashRenderer');
  }
}

let lastWindowId = 0;
const open: BrowserWindow[] = [];

/** A window whose page is the test's. Sizes are what was last set; showing and focus are written down. */
export class BrowserWindow extends Told {
  readonly id: number;
  readonly webContents: WebContents;
  private isGone = false;
  private isFocusedNow = true;
  private isMaximizedNow = false;
  private isFullScreenNow = false;
  private bounds: Rectangle;
  private readonly opening: Promise<void>;

  constructor(options: BrowserWindowConstructorOptions = {}) {
    super();
    lastWindowId += 1;
    this.id = lastWindowId;
    this.webContents = new WebContents(this.id);
    this.bounds = { x: options.x ?? 0, y: options.y ?? 0, width: options.width ?? 800, height: options.height ?? 600 };
    // What is printed opens windows too; the app's is the one with a preload.
    if (options.webPreferences?.preload !== undefined) seen.windowOptions = withoutSession(options);
    open.push(this);
    openWindows.push(this);
    app.emit('web-contents-created', {}, this.webContents);
    this.opening = testSide.openWindow(this.id, withoutSession(options));
  }

  async loadURL(address: string): Promise<void> {
    seen.loaded.push(address);
    await this.opening;
    await testSide.load(this.id, address);
    this.emit('ready-to-show');
  }

  isDestroyed(): boolean {
    return this.isGone;
  }

  isFocused(): boolean {
    return this.isFocusedNow;
  }

  isMinimized(): boolean {
    return false;
  }

  isMaximized(): boolean {
    return this.isMaximizedNow;
  }

  isFullScreen(): boolean {
    return this.isFullScreenNow;
  }

  getNormalBounds(): Rectangle {
    return this.bounds;
  }

  show(): void {
    seen.windowCalls.push('show');
  }

  restore(): void {
    seen.windowCalls.push('restore');
  }

  focus(): void {
    seen.windowCalls.push('focus');
    this.isFocusedNow = true;
    this.emit('focus');
  }

  leave(): void {
    this.isFocusedNow = false;
    this.emit('blur');
  }

  maximize(): void {
    this.isMaximizedNow = true;
    seen.windowCalls.push('maximize');
  }

  setFullScreen(isFullScreen: boolean): void {
    this.isFullScreenNow = isFullScreen;
    seen.windowCalls.push('setFullScreen');
  }

  setProgressBar(share: number, options?: ProgressBarOptions): void {
    seen.progress.push({ share, mode: options?.mode ?? 'normal' });
  }

  setBackgroundColor(color: string): void {
    seen.windowCalls.push(`setBackgroundColor ${color}`);
  }

  place(bounds: Rectangle, state: 'normal' | 'maximized' | 'full-screen'): void {
    this.bounds = bounds;
    this.isMaximizedNow = state === 'maximized';
    this.isFullScreenNow = state === 'full-screen';
  }

  /** As a person closes it: who listens may hold it back. */
  close(): void {
    if (!this.isHeld('close')) this.destroy();
  }

  destroy(): void {
    if (this.isGone) return;
    this.isGone = true;
    open.splice(open.indexOf(this), 1);
    openWindows.splice(openWindows.indexOf(this), 1);
    void testSide.destroyWindow(this.id);
    this.emit('closed');
    if (open.length === 0 && !app.isQuitting) app.emit('window-all-closed');
  }
}

/** Compared with Electron's own types: a method that is named or shaped otherwise does not compile. */
void (BrowserWindow.prototype satisfies Pick<RealWindow, 'loadURL' | 'isDestroyed' | 'isFocused' | 'isMinimized' | 'isMaximized' | 'isFullScreen' | 'getNormalBounds' | 'show' | 'restore' | 'focus' | 'maximize' | 'setFullScreen' | 'setProgressBar' | 'setBackgroundColor' | 'close' | 'destroy'>);
void (WebContents.prototype satisfies Pick<RealContents, 'send' | 'printToPDF' | 'isDestroyed' | 'forcefullyCrashRenderer'>);

/** A session cannot leave its process. */
function withoutSession({ webPreferences: { session: _session, ...preferences } = {}, ...options }: BrowserWindowConstructorOptions): BrowserWindowConstructorOptions {
  return { ...options, webPreferences: preferences };
}

/** The app's window, which the test's page is in. */
export function appWindow(): BrowserWindow {
  const [first] = open;
  if (first === undefined) throw new Error('there is no window');
  return first;
}

Object.assign(mainSide, {
  touchWindow(event) {
    const window = appWindow();
    if (event === 'blur') window.leave();
    else if (event === 'focus') window.focus();
    else if (event === 'close') window.close();
    else window.emit(event);
  },
  crashPage: (details) => void appWindow().webContents.emit('render-process-gone', {}, details),
  place: (bounds, state) => appWindow().place(bounds, state),
} satisfies Partial<typeof mainSide>);
