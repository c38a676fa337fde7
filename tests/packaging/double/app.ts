import { tmpdir } from 'node:os';
import type { App } from 'electron';
import { Told, mainSide, seen } from './test-side.ts';

/** Every window that is open, the app's own first. */
export const openWindows: { close(): void }[] = [];

/** The app. Quitting goes Electron's way: windows are closed one by one, any of which may hold it back, then `will-quit`. */
class DoubleApp extends Told {
  readonly isPackaged = process.env['DRYDOCK_DOUBLE_PACKAGED'] === '1';

  isQuitting = false;

  whenReady(): Promise<void> {
    return Promise.resolve();
  }

  isReady(): boolean {
    return true;
  }

  getVersion(): string {
    return '0.0.0-double';
  }

  getName(): string {
    return 'drydock';
  }

  getPath(): string {
    return tmpdir();
  }

  getAppPath(): string {
    return process.cwd();
  }

  setPath(): void {
    // Chromium's own folder: there is no Chromium in this process.
  }

  setAppUserModelId(): void {
    // Windows alone has one.
  }

  enableSandbox(): void {
    seen.isSandboxed = true;
  }

  requestSingleInstanceLock(): boolean {
    return true;
  }

  addRecentDocument(path: string): void {
    seen.recentDocuments.push(path);
  }

  clearRecentDocuments(): void {
    seen.recentDocuments.length = 0;
  }

  setAboutPanelOptions(options: object): void {
    seen.aboutPanel = { ...options };
  }

  showAboutPanel(): void {
    seen.windowCalls.push('showAboutPanel');
  }

  /** `window-all-closed` is told only when it was not quitting that closed them. */
  quit(): void {
    this.emit('before-quit', {});
    this.isQuitting = true;
    for (const window of openWindows.toReversed()) window.close();
    this.isQuitting = false;
    if (openWindows.length > 0) return;
    if (!this.isHeld('will-quit')) this.exit(0);
  }

  exit(code?: number): void {
    process.exit(code ?? 0);
  }
}

export const app = new DoubleApp();
void (app satisfies Pick<App, 'isPackaged' | 'whenReady' | 'isReady' | 'getVersion' | 'getName' | 'getPath' | 'getAppPath' | 'setPath' | 'setAppUserModelId' | 'enableSandbox' | 'requestSingleInstanceLock' | 'addRecentDocument' | 'clearRecentDocuments' | 'setAboutPanelOptions' | 'showAboutPanel' | 'quit' | 'exit'>);

Object.assign(mainSide, {
  openFile: (path) => void app.isHeld('open-file', {}, path),
  startAgain: (argv, workingFolder) => void app.emit('second-instance', {}, argv, workingFolder, {}),
  quit: () => setImmediate(() => app.quit()),
} satisfies Partial<typeof mainSide>);
