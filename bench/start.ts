import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser } from 'playwright';
import { build } from 'vite';
import { z } from 'zod';
import { CHROMIUM_FLAGS, findChromium } from '../scripts/lib/chromium.mjs';
import { projectFolder } from '../tests/support/command-line.ts';
import { firstLineOf } from './first-line.ts';
import { median } from './measure.ts';
import type { BenchTable } from './table.ts';

const addressSchema = z.object({ address: z.string() });
const BAR = 3;

/**
 * `start`: from the command to a window that can be used, against a served page of React with nothing in it, in the same
 * browser; and to a practice environment that is ready, against its database template opened alone. Taken in turns.
 * Argument: runs (5).
 */
export async function benchStart([runs = '5']: readonly string[]): Promise<BenchTable> {
  const folder = await mkdtemp(join(tmpdir(), 'drydock-bench-'));
  const browser = await openBrowser();
  try {
    const emptyPage = join(folder, 'empty-page');
    await build({ root: join(projectFolder, 'bench/empty-page'), configFile: false, logLevel: 'silent', build: { outDir: emptyPage, target: 'chrome146' } });
    const times = { emptyWindow: [] as number[], window: [] as number[], served: [] as number[], template: [] as number[], practice: [] as number[] };
    for (let run = 0; run < Number(runs); run += 1) {
      const home = join(folder, `home-${String(run)}`);
      times.emptyWindow.push((await timeToWindow(browser, process.execPath, [join(projectFolder, 'bench/page-server.ts'), emptyPage], 'Empty page')).shown);
      const window = await timeToWindow(browser, join(projectFolder, 'bin/drydock'), ['serve', '--no-open', '--json'], /^Change a known list/, { DRYDOCK_HOME: home });
      times.window.push(window.shown);
      times.served.push(window.served);
      times.template.push(await timeToReady(process.execPath, [join(projectFolder, 'bench/open-template-once.ts'), join(projectFolder, 'dist/templates/practice.tar.gz'), join(folder, `template-${String(run)}`)]));
      times.practice.push(await timeToReady(join(projectFolder, 'bin/drydock-server'), ['practice', '--port', '0'], { DRYDOCK_DATA: join(folder, `practice-${String(run)}`) }));
    }
    const [emptyWindow, template] = [median(times.emptyWindow), median(times.template)];
    return {
      name: 'start',
      about: `medians of ${runs} runs, taken in turns`,
      columns: ['work', 'seconds', 'ratio', 'bar'],
      rows: [
        ['an empty page of React, served', seconds(emptyWindow), '1.00', ''],
        ['drydock serve to a usable window', ...compared(median(times.window), emptyWindow)],
        ['  of it until it serves', seconds(median(times.served)), '', ''],
        ['the template opened alone', seconds(template), '1.00', ''],
        ['practice environment to ready', ...compared(median(times.practice), template)],
      ],
    };
  } finally {
    await browser.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function openBrowser(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error('there is no Chromium on this machine');
  return chromium.launch({ executablePath, args: [...CHROMIUM_FLAGS] });
}

/** From the start of the program until it serves, and until its heading can be seen. */
async function timeToWindow(browser: Browser, program: string, args: readonly string[], heading: string | RegExp, env: Readonly<Record<string, string>> = {}): Promise<{ readonly served: number; readonly shown: number }> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  const spoken = await firstLineOf(program, args, env);
  try {
    const began = performance.now();
    await page.goto(addressSchema.parse(JSON.parse(spoken.line)).address, { waitUntil: 'commit' });
    await page.getByRole('heading', { level: 1, name: heading }).waitFor();
    return { served: spoken.milliseconds, shown: spoken.milliseconds + performance.now() - began };
  } finally {
    await context.close();
    await spoken.end();
  }
}

async function timeToReady(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<number> {
  const spoken = await firstLineOf(program, args, env);
  await spoken.end();
  return spoken.milliseconds;
}

function compared(milliseconds: number, baseline: number): string[] {
  return [seconds(milliseconds), (milliseconds / baseline).toFixed(2), String(BAR)];
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1_000).toFixed(2);
}
