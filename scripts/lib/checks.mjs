// The checks of `npm test` that are not tests. Each one says what it read, and fails when it read nothing.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { reasonToBuild } from './build-stamp.mjs';
import { findChromium } from './chromium.mjs';
import { ROOT } from './install.mjs';
import { installPackages, mayInstallPackages } from './system-packages.mjs';

/** @typedef {{ ok: boolean, sentence: string }} CheckResult */

const FOLDERS = ['shared', 'operator', 'electron', 'renderer', 'cli', 'server', 'tests', 'bench', 'scripts'];
const FEWEST_FILES = 100;
const OUTPUT_LIMIT_BYTES = 256 * 1024 * 1024;

/** @returns {CheckResult} */
export function checkChromium() {
  if (findChromium() === undefined && mayInstallPackages()) installPackages(['chromium', 'fonts-dejavu-core']);
  const path = findChromium();
  if (path === undefined) return { ok: false, sentence: 'tests in the window need Chromium: install it, or name it in DRYDOCK_CHROMIUM' };
  return { ok: true, sentence: path };
}

/** @returns {CheckResult} */
export function checkPostgres() {
  if (!hasPostgres() && mayInstallPackages()) installPackages(['postgresql']);
  if (!hasPostgres()) return { ok: false, sentence: 'tests on both databases need PostgreSQL 15 or newer: install it, or name the folder of initdb in DRYDOCK_POSTGRES_BIN' };
  return { ok: true, sentence: 'its programs are installed' };
}

/** @returns {CheckResult} */
export function checkSshKeygen() {
  if (!hasSshKeygen() && mayInstallPackages()) installPackages(['openssh-client']);
  if (!hasSshKeygen()) return { ok: false, sentence: 'signatures are checked with the real ssh-keygen: install the OpenSSH client' };
  return { ok: true, sentence: 'it answers' };
}

/** Whether the program can be started at all; without an argument it would ask for a file name. */
function hasSshKeygen() {
  return spawnSync('ssh-keygen', ['-?'], { stdio: 'ignore' }).error === undefined;
}

function hasPostgres() {
  if (process.env['DRYDOCK_POSTGRES_BIN']) return true;
  const debian = '/usr/lib/postgresql';
  if (existsSync(debian) && readdirSync(debian).some((version) => existsSync(join(debian, version, 'bin', 'initdb')))) return true;
  return ['/opt/homebrew/opt/postgresql/bin', '/usr/local/opt/postgresql/bin', '/usr/local/pgsql/bin', '/usr/pgsql/bin'].some((folder) => existsSync(join(folder, 'initdb')));
}

/** @returns {CheckResult} */
export function checkTypes() {
  const listed = runTool('@typescript/native/bin/tsc', ['-p', 'renderer', '--listFilesOnly']);
  if (!listed.stdout.includes('renderer/main.tsx')) return shown(listed, 'the compiler did not read the window');
  const done = runTool('@typescript/native/bin/tsc', ['-b', '--force']);
  return done.status === 0 ? { ok: true, sentence: 'every folder holds' } : shown(done, 'see above');
}

/** @returns {CheckResult} */
export function checkLint() {
  const done = runTool('oxlint/bin/oxlint', ['--type-aware', '--deny-warnings']);
  const files = Number(/on (\d+) files/.exec(done.stdout)?.[1] ?? 0);
  if (done.status !== 0) return shown(done, 'see above');
  return files >= FEWEST_FILES ? { ok: true, sentence: `${files} files` } : shown(done, `it read ${files} files only`);
}

/** @returns {CheckResult} */
export function checkDependencies() {
  const done = runTool('dependency-cruiser/bin/dependency-cruiser.mjs', ['--config', '.dependency-cruiser.mjs', '--output-type', 'json', ...FOLDERS, 'vite.config.ts', 'vitest.config.ts']);
  /** @type {{ summary: { totalCruised: number, violations: { rule: { name: string }, from: string, to: string }[] } }} */
  let read;
  try {
    read = JSON.parse(done.stdout);
  } catch {
    return shown(done, 'it gave no result');
  }
  const { totalCruised, violations } = read.summary;
  for (const { rule, from, to } of violations) process.stdout.write(`${rule.name}: ${from} -> ${to}\n`);
  if (violations.length > 0) return { ok: false, sentence: `${violations.length} imports break a rule` };
  return totalCruised >= FEWEST_FILES ? { ok: true, sentence: `${totalCruised} modules, no cycle` } : { ok: false, sentence: `it read ${totalCruised} modules only` };
}

/** @returns {CheckResult} */
export function checkUnusedCode() {
  const done = runTool('knip/bin/knip.js', ['--no-progress']);
  return done.status === 0 ? { ok: true, sentence: 'none' } : shown(done, 'see above');
}

/** @returns {CheckResult} */
export function checkBuild() {
  const reason = reasonToBuild(ROOT);
  if (reason === undefined) return { ok: true, sentence: 'up to date' };
  const done = runTool('vite/bin/vite.js', ['build', '--app', '--logLevel', 'warn']);
  return done.status === 0 ? { ok: true, sentence: `built, since ${reason}` } : shown(done, 'see above');
}

/** @param {string} tool @param {string[]} args */
function runTool(tool, args) {
  return spawnSync(process.execPath, [join(ROOT, 'node_modules', tool), ...args], { cwd: ROOT, encoding: 'utf8', maxBuffer: OUTPUT_LIMIT_BYTES });
}

/** @param {{ stdout: string, stderr: string }} done @param {string} sentence @returns {CheckResult} */
function shown(done, sentence) {
  process.stdout.write(`${done.stdout}${done.stderr}\n`);
  return { ok: false, sentence };
}
