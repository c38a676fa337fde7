import type { MessageBoxOptions, OpenDialogOptions } from 'electron';
import type { CDPSession, Page } from 'playwright';
import type { MainSide, TestSide } from '../packaging/double/sides.ts';
import type { Remote } from '../packaging/double/wire.ts';
import { openChromiumPage, type PageLooks } from './chromium-page.ts';
import { type ElectronMain, startElectronMain } from './electron-main.ts';
import { exposePreload, type PageBridge } from './electron-page.ts';
import type { WindowSession } from './window-session.ts';

/** The app as it is built for Electron, with its page in real Chromium. */
export interface ElectronSession extends WindowSession {
  readonly main: Remote<MainSide>;
  readonly ended: ElectronMain['ended'];
  /** What dialogs are answered with, in the order in which they come; null turns one down. */
  readonly answers: (string | null)[];
  readonly messages: readonly MessageBoxOptions[];
  readonly opened: readonly OpenDialogOptions[];
  /** Lets go of real files of this machine over an element, as a person drags them from a folder. */
  drop(selector: string, paths: readonly string[]): Promise<void>;
}

export interface ElectronLooks extends PageLooks {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Which button message boxes are answered with. */
  readonly answerMessage?: (options: MessageBoxOptions) => { readonly response: number; readonly checkboxChecked: boolean };
}

/** The origin that Chromium is given: it opens no address of an unknown scheme. To main every frame of it is one of `app://drydock`. */
const PAGE_ORIGIN = 'https://drydock.invalid';
const APP_ORIGIN = 'app://drydock';

/**
 * Joins the built main process and the built preload to real Chromium. Main runs in a process of its own (as in Electron),
 * the preload in a realm of this one, the window's page in Chromium. What the window asks goes preload -> structured
 * clone -> main -> structured clone -> preload. Files of `app://` come from main's own protocol handler.
 */
export async function openElectronSession(home: string, looks: ElectronLooks = {}): Promise<ElectronSession> {
  const { browser, page, pageErrors } = await openChromiumPage(looks);
  const answers: (string | null)[] = [];
  const messages: MessageBoxOptions[] = [];
  const opened: OpenDialogOptions[] = [];
  let bridge: PageBridge | undefined;
  let started: Remote<MainSide> | undefined;
  const mainThen = (): Remote<MainSide> => {
    if (started === undefined) throw new Error('main is not there yet');
    return started;
  };

  const test: Partial<TestSide> = {
    async openWindow(_windowId, { webPreferences }) {
      if (webPreferences?.preload === undefined) return;
      await routeToMain(page, mainThen());
      bridge = await exposePreload(page, mainThen(), { pageOrigin: PAGE_ORIGIN, appOrigin: APP_ORIGIN });
    },
    async load(_windowId, address) {
      // What is printed is loaded by the printing itself.
      if (address.startsWith(`${APP_ORIGIN}/`)) await page.goto(`${PAGE_ORIGIN}${address.slice(APP_ORIGIN.length)}`);
    },
    sendToPage: (channel, args) => bridge?.tellPreload(channel, args),
    async printToPdf(address) {
      const printing = await page.context().newPage();
      try {
        await printing.goto(address);
        return new Uint8Array(await printing.pdf({ preferCSSPageSize: true, printBackground: true }));
      } finally {
        await printing.close();
      }
    },
    async chooseOpen(options) {
      opened.push(options);
      const answer = answers.shift() ?? null;
      return answer === null ? [] : [answer];
    },
    chooseSave: async () => answers.shift() ?? undefined,
    async answerMessage(options) {
      messages.push(options);
      return looks.answerMessage?.(options) ?? { response: options.cancelId ?? 0, checkboxChecked: false };
    },
  };

  try {
    const { main, ended, quit } = await startElectronMain({ home, args: looks.args ?? ['--practice'], ...(looks.env === undefined ? {} : { env: looks.env }), test, onStart: (remote) => (started = remote) });
    return {
      page,
      pageErrors,
      main,
      ended,
      answers,
      messages,
      opened,
      async choose(_page, button, path) {
        answers.push(path);
        await page.getByRole('button', { name: button }).click();
      },
      drop: (selector, paths) => dropFiles(page, selector, paths),
      async close() {
        await quit();
        await browser.close();
      },
    };
  } catch (thrown) {
    await browser.close();
    throw thrown;
  }
}

/** Every request of the page goes to main: files of the app from its protocol handler, anything else as its session decides. */
async function routeToMain(page: Page, main: Remote<MainSide>): Promise<void> {
  await page.route('**/*', async (route) => {
    const address = route.request().url().replace(PAGE_ORIGIN, APP_ORIGIN);
    if (await main.isCancelled(address)) return route.abort('blockedbyclient');
    const { status, headers, body } = await main.requestPage(route.request().method(), address);
    return route.fulfill({ status, headers: { ...headers }, body: Buffer.from(body) });
  });
}

async function dropFiles(page: Page, selector: string, paths: readonly string[]): Promise<void> {
  const box = await page.locator(selector).boundingBox();
  if (box === null) throw new Error(`nothing to drop on at ${selector}`);
  const cdp: CDPSession = await page.context().newCDPSession(page);
  const at = { x: box.x + box.width / 2, y: box.y + box.height / 2, data: { items: [], files: [...paths], dragOperationsMask: 1 } };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) await cdp.send('Input.dispatchDragEvent', { type, ...at });
  await cdp.detach();
}
