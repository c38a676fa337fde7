// What `npm start` and `npm test` need before anything else: the packages of the lockfile, and its Node.
// Only Node's own modules here: this runs when nothing is installed yet.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { handOver } from './hand-over.mjs';

/** The project's folder, with no separator at its end. */
export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Loaded into a Node program, ends it when whoever started it is gone. */
export const GUARD = join(ROOT, 'bin', 'end-with-launcher.mjs');

const PINNED = readFileSync(join(ROOT, '.nvmrc'), 'utf8').trim();

/**
 * Installs what is missing, then goes on in the pinned Node: resolves only there, and ends with it otherwise.
 * @param {string} script absolute path of the running script
 */
export async function continueInPinnedNode(script) {
  installIfMissing();
  process.env['PATH'] = `${join(ROOT, 'node_modules', '.bin')}${delimiter}${process.env['PATH'] ?? ''}`;
  if (process.versions.node === PINNED) return;
  const node = pinnedNode();
  if (node === undefined) {
    if (process.versions.node.split('.')[0] === PINNED.split('.')[0]) return;
    fail(`Drydock runs on Node ${PINNED}, and this machine's kind has none among the packages: install it (nvm use) and try again.`);
  }
  await handOver(node, [script, ...process.argv.slice(2)], { guard: GUARD });
}

/** Path of the Node that the lockfile names, where it has one for this platform. */
function pinnedNode() {
  const path = join(ROOT, 'node_modules', nodePackage(), 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  return existsSync(path) ? path : undefined;
}

function nodePackage() {
  return `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
}

function installIfMissing() {
  const missing = missingPackage();
  if (missing === undefined) return;
  process.stderr.write(`Installing packages with npm ci (${missing} is not there)\n`);
  const npm = process.env['npm_execpath'];
  const args = ['ci', '--no-audit', '--no-fund'];
  const done =
    npm === undefined
      ? spawnSync('npm', args, { cwd: ROOT, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' })
      : spawnSync(process.execPath, [npm, ...args], { cwd: ROOT, stdio: ['ignore', 2, 2] });
  if (done.status !== 0) fail('npm ci did not succeed; what it said is above.');
}

/** The first package of the lockfile that is not there in its version; one left out for this platform is no loss. */
function missingPackage() {
  /** @type {{ packages: Record<string, { version?: string, optional?: boolean, peer?: boolean, link?: boolean }> }} */
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
  const node = `node_modules/${nodePackage()}`;
  if (node in lock.packages && installedVersion(node) !== lock.packages[node]?.version) return nodePackage();
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (!path.startsWith('node_modules/') || entry.optional === true || entry.link === true) continue;
    if (installedVersion(path) !== entry.version) return path.slice('node_modules/'.length);
  }
  return undefined;
}

/** @param {string} path @returns {string | undefined} */
function installedVersion(path) {
  try {
    /** @type {{ version: string }} */
    const read = JSON.parse(readFileSync(join(ROOT, path, 'package.json'), 'utf8'));
    return read.version;
  } catch {
    return undefined;
  }
}

/** @param {string} sentence @returns {never} */
export function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}
