import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BrowserWindow, BrowserWindowConstructorOptions, Session } from 'electron';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PdfNotPrinted } from '../operator/reports/pdf-printer.ts';
import { electronPrinter } from './print-report.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'drydock-electron-print-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Request = { url: string };
type Decide = (answer: { cancel?: boolean }) => void;

/** Enough of Electron for one hidden window; what it was asked is written down. */
function double(printToPDF: () => Promise<Buffer>) {
  const seen = { options: {} as BrowserWindowConstructorOptions, loaded: '', printed: {}, destroyed: 0 };
  let decideRequest: (request: Request, decide: Decide) => void = () => undefined;
  const session = { setPermissionRequestHandler: () => undefined, webRequest: { onBeforeRequest: (handler: typeof decideRequest) => (decideRequest = handler) } } as unknown as Session;
  const openWindow = (options: BrowserWindowConstructorOptions) => {
    seen.options = options;
    return {
      loadURL: async (url: string) => void (seen.loaded = url),
      destroy: () => void (seen.destroyed += 1),
      webContents: { printToPDF: (asked: object) => ((seen.printed = asked), printToPDF()) },
    } as unknown as BrowserWindow;
  };
  const isCancelled = (url: string): boolean | undefined => {
    let cancelled: boolean | undefined;
    decideRequest({ url }, ({ cancel }) => (cancelled = cancel));
    return cancelled;
  };
  return { seen, isCancelled, printer: (timeoutMs?: number) => electronPrinter({ openWindow, session: () => session, ...(timeoutMs === undefined ? {} : { timeoutMs }) }) };
}

test('a report is printed in a hidden window that runs nothing and reaches nothing but the page', async () => {
  const { seen, isCancelled, printer } = double(async () => Buffer.from('%PDF-1.7'));
  const page = { htmlPath: join(folder, 'a report.html'), pdfPath: join(folder, 'one.pdf') };
  await printer().print(page);
  expect(readFileSync(page.pdfPath, 'utf8')).toBe('%PDF-1.7');
  expect(statSync(page.pdfPath).mode & 0o077).toBe(0);
  expect(seen.loaded).toBe(pathToFileURL(page.htmlPath).href);
  expect(seen.options).toMatchObject({ show: false, webPreferences: { sandbox: true, contextIsolation: true, nodeIntegration: false, javascript: false } });
  expect(seen.options.webPreferences).not.toHaveProperty('preload');
  expect(seen.printed).toMatchObject({ preferCSSPageSize: true });
  expect([isCancelled('https://evil.example/'), isCancelled('file:///etc/passwd'), isCancelled(seen.loaded)]).toEqual([true, true, false]);
  expect(seen.destroyed).toBe(1);
});

test.each([
  ['cannot be printed', undefined, async () => Promise.reject(new Error('/home/olga')), 'the app could not print it'],
  ['is not printed in time', 20, () => new Promise<Buffer>(() => undefined), 'the app did not print it within 1 seconds'],
])('a page that %s is said so in a sentence, and the window is gone', async (_what, timeoutMs, printToPDF, sentence) => {
  const { seen, printer } = double(printToPDF);
  const pdfPath = join(folder, 'none.pdf');
  const refused = printer(timeoutMs).print({ htmlPath: join(folder, 'report.html'), pdfPath });
  await expect(refused).rejects.toThrow(new PdfNotPrinted(sentence));
  expect(seen.destroyed).toBe(1);
  expect(existsSync(pdfPath)).toBe(false);
});
