// Where the machine's own Chromium is. Nothing is downloaded here.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

/** What a Chromium in a container without a sandbox or a graphics card needs. */
export const CHROMIUM_FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking'];

/**
 * Path of a Chromium on this machine: `DRYDOCK_CHROMIUM` where set, else the first of the usual names in PATH.
 * @returns {string | undefined} undefined when there is none
 */
export function findChromium() {
  const named = process.env['DRYDOCK_CHROMIUM'];
  if (named !== undefined && named !== '') return named;
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    for (const name of NAMES) {
      const candidate = join(folder, name);
      if (isExecutable(candidate)) return candidate;
    }
  }
  return undefined;
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
