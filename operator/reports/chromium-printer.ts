import { spawn } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { findChromium } from './find-chromium.ts';
import { PdfNotPrinted, type PdfPrinter, PRINT_TIMEOUT_MS } from './pdf-printer.ts';

/** What a browser needs to run. Tokens and passwords of Drydock's own are not among it. */
const PASSED_ON = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot', 'USERPROFILE', 'LocalAppData', 'FONTCONFIG_FILE', 'FONTCONFIG_PATH'];

interface ChromiumPrinterOptions {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Chromium's own sandbox refuses to work for root. */
  readonly isRoot: boolean;
  readonly timeoutMs?: number;
}

/** Prints with the Chromium of the machine, started without a window, a network or a profile of anybody's. */
export function createChromiumPrinter({ platform, env, isRoot, timeoutMs = PRINT_TIMEOUT_MS }: ChromiumPrinterOptions): PdfPrinter {
  return {
    unavailable: () => (findChromium(platform, env) === undefined ? 'there is no Chromium or Chrome on this machine to print it with (DRYDOCK_CHROMIUM may name one)' : undefined),
    async print({ htmlPath, pdfPath }) {
      const program = findChromium(platform, env);
      if (program === undefined) throw new PdfNotPrinted('the Chromium that was to print it is gone');
      const profile = await mkdtemp(join(tmpdir(), 'drydock-print-')).catch(() => undefined);
      if (profile === undefined) throw new PdfNotPrinted('there is no room for what Chromium needs to print it');
      try {
        await runToEnd(program, [...printArguments(profile, pdfPath, isRoot), pathToFileURL(htmlPath).href], { profile, env: minimalEnvironment(env), timeoutMs });
      } finally {
        // Its last processes may still be writing there.
        await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }).catch(() => undefined);
      }
      const printed = await stat(pdfPath).catch(() => undefined);
      if (printed === undefined || printed.size === 0) throw new PdfNotPrinted('Chromium printed nothing');
    },
  };
}

function printArguments(profile: string, pdfPath: string, isRoot: boolean): readonly string[] {
  return [
    '--headless',
    ...(isRoot ? ['--no-sandbox'] : []),
    '--disable-gpu',
    '--disable-extensions',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--disable-breakpad',
    '--no-first-run',
    '--no-default-browser-check',
    // The page asks for nothing; the browser itself is to reach nobody either.
    '--host-resolver-rules=MAP * ~NOTFOUND',
    '--proxy-server=http://127.0.0.1:9',
    `--user-data-dir=${profile}`,
    '--no-pdf-header-footer',
    `--print-to-pdf=${pdfPath}`,
  ];
}

function minimalEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(PASSED_ON.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}

/**
 * Starts the browser, and ends its whole group once nobody holds the other end of the third descriptor any more: neither a
 * browser nor its profile, which is the script's own name, must stay behind where Drydock is killed while it prints.
 */
const LEASH = `read -r _ <&3; trap '' TERM; kill -TERM 0; rm -rf "$0"; kill -KILL 0`;
const ON_A_LEASH = `(${LEASH}) & "$@" 3<&- & wait $!`;

/** In a process group of its own, so that a browser that is too slow ends with all its processes. */
function runToEnd(program: string, args: readonly string[], { profile, env, timeoutMs }: { readonly profile: string; readonly env: Record<string, string>; readonly timeoutMs: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    const child =
      process.platform === 'win32'
        ? spawn(program, args, { env, stdio: 'ignore', windowsHide: true })
        : spawn('/bin/sh', ['-c', ON_A_LEASH, profile, program, ...args], { env, stdio: ['ignore', 'ignore', 'ignore', 'pipe'], detached: true });
    const killAll = (): void => {
      try {
        if (process.platform === 'win32' || child.pid === undefined) child.kill('SIGKILL');
        else process.kill(-child.pid, 'SIGKILL');
      } catch {
        // All of it has ended.
      }
    };
    let isTooSlow = false;
    const limit = setTimeout(() => {
      isTooSlow = true;
      killAll();
    }, timeoutMs);
    process.once('exit', killAll);
    const settle = (failure: string | undefined): void => {
      clearTimeout(limit);
      process.off('exit', killAll);
      if (failure === undefined) resolve();
      else reject(new PdfNotPrinted(failure));
    };
    child.once('error', () => settle('Chromium could not be started to print it'));
    child.once('exit', (code) => {
      killAll();
      settle(isTooSlow ? `Chromium did not print it within ${Math.ceil(timeoutMs / 1000)} seconds` : howItEnded(code));
    });
  });
}

/** Undefined where it ended well. */
function howItEnded(code: number | null): string | undefined {
  if (code === 0) return undefined;
  // What the shell says of a program that is not there or may not be run.
  return code === 126 || code === 127 ? 'Chromium could not be started to print it' : 'Chromium ended without printing it';
}
