import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Browser, chromium, type Page } from 'playwright';
import { z } from 'zod';
import { CHROMIUM_FLAGS, findChromium } from '../../scripts/lib/chromium.mjs';
import { plainEnvironment, projectFolder } from './command-line.ts';

/** The operator app in a real browser, through `drydock serve` as a person would start it. */
export interface WindowSession {
  readonly page: Page;
  /** Texts of errors that the page itself met. */
  readonly pageErrors: readonly string[];
  readonly close: () => Promise<void>;
}

const addressSchema = z.object({ address: z.string() });

/** Serves the built window from a home of its own, with its practice environment, and opens it in Chromium. */
export async function openWindowSession(home: string, options: { readonly width?: number; readonly height?: number; readonly colorScheme?: 'light' | 'dark' } = {}): Promise<WindowSession> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error('there is no Chromium on this machine');
  const serve = spawn(join(projectFolder, 'bin', 'drydock'), ['serve', '--practice', '--no-open', '--json'], {
    env: { ...plainEnvironment(), DRYDOCK_HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  serve.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    log += chunk;
  });
  const first = await Promise.race([once(createInterface({ input: serve.stdout }), 'line'), once(serve, 'exit').then(() => null)]);
  if (first === null) throw new Error(`drydock serve ended before it was ready:\n${log}`);
  const { address } = addressSchema.parse(JSON.parse(String(first[0])));

  const browser: Browser = await chromium.launch({ executablePath, args: [...CHROMIUM_FLAGS] });
  const context = await browser.newContext({ viewport: { width: options.width ?? 1440, height: options.height ?? 900 }, colorScheme: options.colorScheme ?? 'light', reducedMotion: 'reduce' });
  const page = await context.newPage();
  const pageErrors: string[] = [];
  page.on('pageerror', (error) => pageErrors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') pageErrors.push(message.text());
  });
  await page.goto(address);
  return {
    page,
    pageErrors,
    async close() {
      await browser.close();
      if (serve.exitCode !== null || serve.signalCode !== null) return;
      const ended = once(serve, 'exit');
      serve.kill('SIGTERM');
      await ended;
    },
  };
}
