import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Page } from 'playwright';
import { z } from 'zod';
import { openChromiumPage, type PageLooks } from './chromium-page.ts';
import { plainEnvironment, projectFolder } from './command-line.ts';
import { type ChooseFile, chooseInBrowser } from './window-way.ts';

/** The operator app in a real browser, in one of its hosts. */
export interface WindowSession {
  readonly page: Page;
  /** Texts of errors that the page itself met. */
  readonly pageErrors: readonly string[];
  /** Presses a button that asks for a file, and chooses one. */
  readonly choose: ChooseFile;
  readonly close: () => Promise<void>;
}

const addressSchema = z.object({ address: z.string() });

/** Serves the built window through `drydock serve` from a home of its own, as a person would, with its practice environment, and opens it in Chromium. */
export async function openWindowSession(home: string, looks: PageLooks = {}): Promise<WindowSession> {
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

  const { browser, page, pageErrors } = await openChromiumPage(looks);
  await page.goto(address);
  return {
    page,
    pageErrors,
    choose: chooseInBrowser,
    async close() {
      await browser.close();
      if (serve.exitCode !== null || serve.signalCode !== null) return;
      const ended = once(serve, 'exit');
      serve.kill('SIGTERM');
      await ended;
    },
  };
}
