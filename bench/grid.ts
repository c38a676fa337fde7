import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright';
import { build } from 'vite';
import { z } from 'zod';
import { CHROMIUM_FLAGS, findChromium } from '../scripts/lib/chromium.mjs';
import { projectFolder } from '../tests/support/command-line.ts';
import { firstLineOf } from './first-line.ts';
import { median } from './measure.ts';
import type { BenchTable } from './table.ts';

const readySchema = z.object({ address: z.string(), planHash: z.string(), migration: z.string() });
type Ready = z.infer<typeof readySchema>;

const SIZES = [60, 100_000, 1_000_000];
const SCROLL_MS = 3_000;
/** Places of far jumps, as shares of the whole. */
const JUMPS = [0.7, 0.1, 0.95, 0.33, 0.5];

interface Seen {
  readonly firstRowsMs: number;
  readonly longestFrameMs: number;
  readonly framesPerSecond: number;
  /** The slowest of the jumps. */
  readonly jumpMs: number;
  readonly heapMb: number;
  readonly isLastRowReached: boolean;
}

/**
 * `grid`: plan rows in the built window against hand-written windowing with plain cells; both ask the same operator for
 * the same pages, in the same browser, in turns. Arguments: runs (5), largest number of rows (1,000,000).
 */
export async function benchGrid([runs = '5', largest = '1000000']: readonly string[]): Promise<BenchTable> {
  const folder = await mkdtemp(join(tmpdir(), 'drydock-bench-'));
  const pages = join(folder, 'pages');
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error('there is no Chromium on this machine');
  const browser = await chromium.launch({ executablePath, args: [...CHROMIUM_FLAGS, '--enable-precise-memory-info'] });
  try {
    await cp(join(projectFolder, 'dist/renderer'), pages, { recursive: true });
    await build({ root: join(projectFolder, 'bench/plain-grid'), base: '/plain/', configFile: false, logLevel: 'silent', build: { outDir: join(pages, 'plain'), target: 'chrome146' } });
    const rows: string[][] = [];
    let smallestHeapMb = Number.NaN;
    for (const size of SIZES.filter((one) => one <= Number(largest))) {
      const { plain, window } = await ofSize(browser, pages, size, Number(runs));
      if (Number.isNaN(smallestHeapMb)) smallestHeapMb = window.heapMb;
      rows.push(line(size, 'plain', plain, plain, plain.heapMb), line(size, 'window', window, plain, smallestHeapMb));
    }
    return {
      name: 'grid',
      about: `plan rows in Chromium, medians of ${runs} runs in turns; bars: first rows and longest frame 1.5x of plain, jump 150 ms, heap 1.2x of 60 rows, 60 frames a second, the last row reached`,
      columns: ['rows', 'page', 'first rows ms', 'x', 'longest frame ms', 'x', 'frames/s', 'slowest jump ms', 'heap MB', 'x of 60', 'last row'],
      rows,
    };
  } finally {
    await browser.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function ofSize(browser: Browser, pages: string, size: number, runs: number): Promise<{ readonly plain: Seen; readonly window: Seen }> {
  const seen: { readonly plain: Seen[]; readonly window: Seen[] } = { plain: [], window: [] };
  for (let run = 0; run < runs; run += 1) {
    const operator = await firstLineOf(process.execPath, ['--max-old-space-size=4096', join(projectFolder, 'bench/grid-operator.ts'), String(size), pages]);
    try {
      const ready = readySchema.parse(JSON.parse(operator.line));
      const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
      const page = await context.newPage();
      seen.window.push(await lookAtWindow(page, ready, size));
      const token = await page.evaluate(() => sessionStorage.getItem('drydock-session') ?? '');
      seen.plain.push(await lookAtPlain(await context.newPage(), ready, size, token));
      await context.close();
    } finally {
      await operator.end();
    }
  }
  return { plain: middle(seen.plain), window: middle(seen.window) };
}

async function lookAtWindow(page: Page, { address }: Ready, size: number): Promise<Seen> {
  await page.goto(address);
  const steps = page.getByRole('navigation', { name: 'Steps' });
  await steps.getByRole('button', { name: /^Load/ }).click();
  await page.getByRole('heading', { level: 1, name: 'Load' }).waitFor();
  await settled(page);
  const firstRowsMs = await timeUntilRow(page, 'nav[aria-label="Steps"] li:nth-of-type(3) button', 0);
  return look(page, '[role=grid][aria-label="Plan rows"]', size, firstRowsMs);
}

async function lookAtPlain(page: Page, { address, planHash, migration }: Ready, size: number, token: string): Promise<Seen> {
  await page.goto(`${new URL(address).origin}/plain/index.html?${new URLSearchParams({ token, plan: planHash, migration }).toString()}`);
  await settled(page);
  return look(page, '#grid', size, await timeUntilRow(page, '#open', 0));
}

async function settled(page: Page): Promise<void> {
  await page.waitForLoadState('networkidle');
}

async function look(page: Page, grid: string, size: number, firstRowsMs: number): Promise<Seen> {
  const scroll = await scrollFor(page, grid, SCROLL_MS);
  const jumps: number[] = [];
  for (const share of JUMPS) jumps.push(await timeOfJump(page, grid, Math.floor(size * share)));
  await timeOfJump(page, grid, size - 1);
  const isLastRowReached = await page.evaluate((index) => document.querySelector(`[role=row][aria-rowindex="${String(index)}"]`)?.textContent.includes('@') === true, size + 1);
  return { firstRowsMs, ...scroll, jumpMs: Math.max(...jumps), heapMb: await heapMb(page), isLastRowReached };
}

/** Clicks and waits, frame by frame and inside the page, until a row can be seen with what it says and has been painted. */
function timeUntilRow(page: Page, button: string, index: number): Promise<number> {
  return page.evaluate(
    async ([selector, wanted]) => {
      const target = document.querySelector(selector);
      if (!(target instanceof HTMLElement)) throw new Error(`nothing is at ${selector}`);
      const began = performance.now();
      target.click();
      const isSeen = (): boolean => {
        const row = document.querySelector(`[role=row][aria-rowindex="${String(wanted + 2)}"]`);
        return row?.textContent.includes('@') === true && row.checkVisibility();
      };
      while (!isSeen()) await new Promise(requestAnimationFrame);
      // The frame after the one that shows it begins when that one is done.
      await new Promise(requestAnimationFrame);
      await new Promise(requestAnimationFrame);
      return performance.now() - began;
    },
    [button, index] as const,
  );
}

/** Scrolls a screenful every few frames and looks at the time between frames. */
function scrollFor(page: Page, grid: string, milliseconds: number): Promise<{ readonly longestFrameMs: number; readonly framesPerSecond: number }> {
  return page.evaluate(
    async ([selector, lengthMs]) => {
      const box = document.querySelector(selector);
      if (box === null) throw new Error('there is no grid');
      const nextFrame = (): Promise<number> => new Promise(requestAnimationFrame);
      const began = await nextFrame();
      const frames: number[] = [];
      for (let now = began, before = began; now - began < lengthMs; ) {
        const isBack = Math.floor((now - began) / 1_000) % 2 === 1;
        box.scrollTop += isBack ? -180 : 180;
        now = await nextFrame();
        frames.push(now - before);
        before = now;
      }
      return { longestFrameMs: Math.max(...frames), framesPerSecond: (frames.length / frames.reduce((sum, one) => sum + one, 0)) * 1_000 };
    },
    [grid, milliseconds] as const,
  );
}

function timeOfJump(page: Page, grid: string, index: number): Promise<number> {
  return page.evaluate(
    async ([selector, wanted]) => {
      const box = document.querySelector(selector);
      if (box === null) throw new Error('there is no grid');
      const began = performance.now();
      box.scrollTop = wanted * 30;
      while (document.querySelector(`[role=row][aria-rowindex="${String(wanted + 2)}"]`)?.textContent.includes('@') !== true) {
        if (performance.now() - began > 20_000) throw new Error(`row ${String(wanted)} did not come`);
        await new Promise(requestAnimationFrame);
      }
      return performance.now() - began;
    },
    [grid, index] as const,
  );
}

async function heapMb(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  return usedSize / 1e6;
}

function middle(seen: readonly Seen[]): Seen {
  const of = (pick: (one: Seen) => number): number => median(seen.map(pick));
  return {
    firstRowsMs: of((one) => one.firstRowsMs),
    longestFrameMs: of((one) => one.longestFrameMs),
    framesPerSecond: of((one) => one.framesPerSecond),
    jumpMs: of((one) => one.jumpMs),
    heapMb: of((one) => one.heapMb),
    isLastRowReached: seen.every((one) => one.isLastRowReached),
  };
}

function line(size: number, page: string, seen: Seen, plain: Seen, smallestHeapMb: number): string[] {
  return [
    size.toLocaleString('en'),
    page,
    seen.firstRowsMs.toFixed(0),
    (seen.firstRowsMs / plain.firstRowsMs).toFixed(2),
    seen.longestFrameMs.toFixed(0),
    (seen.longestFrameMs / plain.longestFrameMs).toFixed(2),
    seen.framesPerSecond.toFixed(0),
    seen.jumpMs.toFixed(0),
    seen.heapMb.toFixed(1),
    (seen.heapMb / smallestHeapMb).toFixed(2),
    seen.isLastRowReached ? 'reached' : 'not reached',
  ];
}
