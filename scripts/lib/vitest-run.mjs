// Runs tests and counts those that really ran, from vitest's own record of them.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ROOT } from './install.mjs';

/** Where Node keeps what it has compiled: each test file has a process of its own, which would compile the same libraries again. */
const COMPILE_CACHE = join(ROOT, 'node_modules', '.cache', 'node-compile');

/** Longer than all tests take on two busy cores; a test that hangs must not hang the whole. */
const LIMIT_MS = 20 * 60_000;

/**
 * @typedef {{ status: string, fullName: string }} OneTest
 * @typedef {{ name: string, status: string, message?: string, assertionResults: OneTest[] }} OneFile
 * @typedef {{ testResults: OneFile[] }} TestRecord vitest's JSON report, as far as it is read
 * @typedef {{ passed: number, failures: string[] }} Counted
 */

/**
 * @param {string[]} projects
 * @param {string} recordPath
 * @returns {Counted}
 */
export function runTests(projects, recordPath) {
  const args = ['run', ...projects.flatMap((name) => ['--project', name]), '--reporter=dot', '--reporter=json', `--outputFile.json=${recordPath}`];
  const done = spawnSync(process.execPath, [join(ROOT, 'node_modules', 'vitest', 'vitest.mjs'), ...args], { cwd: ROOT, stdio: ['ignore', 1, 2], timeout: LIMIT_MS, env: { NODE_COMPILE_CACHE: COMPILE_CACHE, ...process.env } });
  const what = `tests ${projects.join(', ')}`;
  if (!existsSync(recordPath)) return { passed: 0, failures: [`${what}: they did not run to their end`] };
  /** @type {TestRecord} */
  const record = JSON.parse(readFileSync(recordPath, 'utf8'));
  return countTests(record, what, done.status);
}

/**
 * A test that was skipped, a file that could not be loaded, an error outside any test and a run without tests count as
 * failures: nothing is left out in silence.
 * @param {TestRecord} record
 * @param {string} what
 * @param {number | null} exitCode
 * @returns {Counted}
 */
export function countTests(record, what, exitCode) {
  const failures = record.testResults.flatMap(failuresOf);
  const passed = record.testResults.flatMap((file) => file.assertionResults).filter((test) => test.status === 'passed').length;
  if (passed === 0 && failures.length === 0) failures.push(`${what}: there were none`);
  if (exitCode !== 0 && failures.length === 0) failures.push(`${what}: an error outside any test, see above`);
  return { passed, failures };
}

/** @param {OneFile} file */
function failuresOf(file) {
  const path = relative(ROOT, file.name);
  const bad = file.assertionResults.filter((test) => test.status !== 'passed').map((test) => `${path}: ${test.fullName} (${test.status})`);
  return bad.length === 0 && file.status !== 'passed' ? [`${path}: ${file.message ?? 'could not be loaded'}`] : bad;
}
