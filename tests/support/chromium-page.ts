import { type Browser, chromium, type Page } from 'playwright';
import { CHROMIUM_FLAGS, findChromium } from '../../scripts/lib/chromium.mjs';

export interface PageLooks {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: 'light' | 'dark';
}

/** A page in this machine's Chromium. */
export interface ChromiumPage {
  readonly browser: Browser;
  readonly page: Page;
  /** Texts of errors that the page itself met. */
  readonly pageErrors: readonly string[];
}

/** Opens an empty page in a Chromium of its own; closing the browser is for the caller. */
export async function openChromiumPage({ width = 1440, height = 900, colorScheme = 'light' }: PageLooks): Promise<ChromiumPage> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error('there is no Chromium on this machine');
  const browser = await chromium.launch({ executablePath, args: [...CHROMIUM_FLAGS] });
  const context = await browser.newContext({ viewport: { width, height }, colorScheme, reducedMotion: 'reduce' });
  const page = await context.newPage();
  const pageErrors: string[] = [];
  page.on('pageerror', (error) => pageErrors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') pageErrors.push(message.text());
  });
  return { browser, page, pageErrors };
}
