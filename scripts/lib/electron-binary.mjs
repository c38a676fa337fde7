// Electron's program is fetched by its package at first use, and may not be to be had. `require('electron')` would
// start that download, so this looks at the files only.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './install.mjs';

const PACKAGE = join(ROOT, 'node_modules', 'electron');
const FETCH_LIMIT_MS = 60_000;

/** Path of Electron's program; undefined when it is not there. */
export function electronBinary() {
  const pathFile = join(PACKAGE, 'path.txt');
  if (!existsSync(pathFile)) return undefined;
  const binary = join(PACKAGE, 'dist', readFileSync(pathFile, 'utf8').trim());
  return existsSync(binary) ? binary : undefined;
}

/** One attempt to fetch it, in plain sight and within a minute. Undefined when that did not work. */
export function fetchElectronBinary() {
  process.stderr.write('Electron is not here yet: fetching it once, for at most a minute\n');
  spawnSync(process.execPath, [join(PACKAGE, 'install.js')], { stdio: ['ignore', 2, 2], timeout: FETCH_LIMIT_MS });
  return electronBinary();
}
