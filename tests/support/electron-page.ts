import type { Page } from 'playwright';
import type { MainSide } from '../packaging/double/sides.ts';
import type { Remote } from '../packaging/double/wire.ts';
import { runPreload } from './preload-realm.ts';

/** What the preload and its page tell one another. */
export interface PageBridge {
  /** A message of main, which the preload gets as Electron's `ipcRenderer` would give it. */
  tellPreload(channel: string, args: readonly unknown[]): void;
}

type Exposed = Readonly<Record<string, (...args: readonly unknown[]) => unknown>>;

/** A File of the page, which cannot leave it: what stands for it here carries its place on the disk. */
class StandInFile {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }
}

/**
 * Runs the built preload in a realm of its own, and gives what it exposes to the page, under the name that it chose.
 * Arguments are copied on the way, as by Electron's context bridge; a function stays in the page and is called there.
 * The path of a File is what Chromium itself says of it: where the file lies, and nothing for one that a script made up.
 */
export async function exposePreload(page: Page, main: Remote<MainSide>, origins: { readonly pageOrigin: string; readonly appOrigin: string }): Promise<PageBridge> {
  const listeners = new Map<string, ((event: object, ...args: unknown[]) => void)[]>();
  const exposed = new Map<string, Exposed>();
  runPreload({
    contextBridge: { exposeInMainWorld: (name: string, api: unknown) => void exposed.set(name, api as Exposed) },
    ipcRenderer: {
      invoke: (channel: string, ...args: unknown[]) => main.invoke({ origin: originOf(page.mainFrame().url(), origins), isMainFrame: true }, channel, args),
      on: (channel, listener) => listeners.set(channel, [...(listeners.get(channel) ?? []), listener]),
    },
    webUtils: { getPathForFile: (file: unknown) => (file instanceof StandInFile ? file.path : '') },
  });

  await page.exposeBinding('drydockDoubleCall', async ({ frame }, name: string, method: string, args: readonly unknown[]) => {
    if (frame !== page.mainFrame()) throw new Error('the preload is not in this frame');
    const own = await Promise.all(args.map((argument) => fromPage(page, argument)));
    return exposed.get(name)?.[method]?.(...own);
  });
  await page.addInitScript(exposeInPage, [...exposed].map(([name, api]) => ({ name, methods: Object.keys(api) })));
  return {
    tellPreload(channel, args) {
      for (const listener of listeners.get(channel) ?? []) listener({}, ...args);
    },
  };
}

function originOf(address: string, { pageOrigin, appOrigin }: { readonly pageOrigin: string; readonly appOrigin: string }): string {
  const { origin } = new URL(address);
  return origin === pageOrigin ? appOrigin : origin;
}

interface Kept {
  readonly drydockDoubleKept: unknown[];
}

async function fromPage(page: Page, argument: unknown): Promise<unknown> {
  const kept = typeof argument === 'object' && argument !== null && 'drydockDoubleKept' in argument ? argument : undefined;
  if (kept === undefined) return argument;
  const place = Number(kept.drydockDoubleKept);
  if ('isFile' in kept && kept.isFile === true) return new StandInFile(await pathOfFile(page, place));
  return (...args: readonly unknown[]) => void page.evaluate(([at, values]) => ((window as unknown as Kept).drydockDoubleKept[at] as (...args: unknown[]) => void)(...values), [place, args] as const).catch(() => undefined);
}

async function pathOfFile(page: Page, place: number): Promise<string> {
  const cdp = await page.context().newCDPSession(page);
  try {
    const { result } = await cdp.send('Runtime.evaluate', { expression: `window.drydockDoubleKept[${place}]` });
    return (await cdp.send('DOM.getFileInfo', { objectId: result.objectId ?? '' })).path;
  } finally {
    await cdp.detach();
  }
}

/** Runs in the page, before anything of its own: what cannot be copied is kept there under a number. */
function exposeInPage(worlds: readonly { readonly name: string; readonly methods: readonly string[] }[]): void {
  if (window !== window.top) return;
  const kept: unknown[] = [];
  const call = (window as unknown as { drydockDoubleCall: (...args: readonly unknown[]) => Promise<unknown> }).drydockDoubleCall;
  const outward = (argument: unknown): unknown => {
    if (typeof argument !== 'function' && !(argument instanceof File)) return argument;
    return { drydockDoubleKept: kept.push(argument) - 1, isFile: argument instanceof File };
  };
  Object.defineProperty(window, 'drydockDoubleKept', { value: kept });
  for (const { name, methods } of worlds) {
    const api = Object.fromEntries(methods.map((method) => [method, (...args: readonly unknown[]) => call(name, method, args.map(outward))]));
    Object.defineProperty(window, name, { value: Object.freeze(api) });
  }
}
