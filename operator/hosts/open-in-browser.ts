import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Some openers stay for as long as the browser they started: by then it has been asked. */
const PATIENCE_MS = 3_000;

/** What opens a page for a person on this platform; undefined where there is no display to open it on. */
export function browserOpener(platform: NodeJS.Platform, env: Readonly<Record<string, string | undefined>>): readonly string[] | undefined {
  switch (platform) {
    case 'darwin':
      return ['open'];
    case 'win32':
      return ['explorer.exe'];
    default:
      return isSet(env['DISPLAY']) || isSet(env['WAYLAND_DISPLAY']) ? ['xdg-open'] : undefined;
  }
}

/**
 * Opens an address in the person's browser by way of a file that only they may read (0600) and that leads there: the
 * address holds the launch key, and a program's arguments can be seen by everyone on the machine.
 * Gives a function that removes the file. Rejects when the opener cannot be started or says that it failed; one that is
 * still there after `patienceMs` is left to itself.
 */
export async function openInBrowser(address: string, opener: readonly string[], home: string, name: string, patienceMs: number = PATIENCE_MS): Promise<() => void> {
  const folder = join(home, 'launch');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `${name}.html`);
  writeFileSync(path, redirectPage(address), { mode: 0o600, flag: 'wx' });
  const remove = (): void => rmSync(path, { force: true });
  try {
    await run(opener, pathToFileURL(path).href, patienceMs);
  } catch (error) {
    remove();
    throw error;
  }
  return remove;
}

/** The address is ours: letters, digits and `:/.#-_`, so that nothing in it needs escaping. */
function redirectPage(address: string): string {
  return `<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer"><meta http-equiv="refresh" content="0;url=${address}"><title>Drydock</title>`;
}

function run(opener: readonly string[], target: string, patienceMs: number): Promise<void> {
  const [program = '', ...args] = opener;
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args, target], { stdio: 'ignore' });
    const waited = setTimeout(() => {
      child.unref();
      resolve();
    }, patienceMs);
    for (const ended of ['error', 'exit']) child.once(ended, () => clearTimeout(waited));
    child.once('error', reject);
    // explorer.exe says 1 when all is well.
    child.once('exit', (code) => (code === 0 || program === 'explorer.exe' ? resolve() : reject(new Error(`${program} ended with ${String(code)}`))));
  });
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}
