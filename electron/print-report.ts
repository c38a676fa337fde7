import { writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import type { BrowserWindow, BrowserWindowConstructorOptions, Session } from 'electron';
import { PdfNotPrinted, type PdfPrinter, PRINT_TIMEOUT_MS } from '../operator/reports/pdf-printer.ts';

type PrintParts = {
  readonly openWindow: (options: BrowserWindowConstructorOptions) => Pick<BrowserWindow, 'loadURL' | 'destroy' | 'webContents'>;
  /** A session that is kept nowhere. */
  readonly session: () => Session;
  readonly timeoutMs?: number;
};

/**
 * Prints reports in a window that nobody sees: sandboxed, without scripts or preload, in a session of its own that may
 * ask for the page and for nothing else.
 */
export function electronPrinter({ openWindow, session: openSession, timeoutMs = PRINT_TIMEOUT_MS }: PrintParts): PdfPrinter {
  return {
    unavailable: () => undefined,
    async print({ htmlPath, pdfPath }) {
      const address = pathToFileURL(htmlPath).href;
      const session = openSession();
      session.setPermissionRequestHandler((_contents, _permission, decide) => decide(false));
      session.webRequest.onBeforeRequest((details, decide) => decide({ cancel: details.url !== address }));
      const window = openWindow({ show: false, webPreferences: { session, sandbox: true, contextIsolation: true, nodeIntegration: false, javascript: false, webSecurity: true, spellcheck: false } });
      try {
        await within(timeoutMs, async () => {
          await window.loadURL(address);
          await writeFile(pdfPath, await window.webContents.printToPDF({ preferCSSPageSize: true, printBackground: true }), { mode: 0o600, flag: 'wx' });
        });
      } catch (thrown) {
        throw thrown instanceof PdfNotPrinted ? thrown : new PdfNotPrinted('the app could not print it');
      } finally {
        window.destroy();
      }
    },
  };
}

async function within(timeoutMs: number, work: () => Promise<void>): Promise<void> {
  let limit: NodeJS.Timeout | undefined;
  const tooSlow = new Promise<never>((_resolve, reject) => {
    limit = setTimeout(() => reject(new PdfNotPrinted(`the app did not print it within ${Math.ceil(timeoutMs / 1000)} seconds`)), timeoutMs);
  });
  try {
    await Promise.race([work(), tooSlow]);
  } finally {
    clearTimeout(limit);
  }
}
