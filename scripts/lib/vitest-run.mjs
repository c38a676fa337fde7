// Runs tests and counts those that really ran, from vitest's own record of them.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ROOT } from './install.mjs';

/**
 * @typedef {{ status: string, fullName: string }} OneTest
 * @typedef {{ name: string, status: string, message?: string, assertionResults: OneTest[] }} OneFile
 */

/**
 * A test that was skipped, a file that could not be loaded and a run that wrote no record count as failures.
 * @param {string[]} projects
 * @param {string} recordPath
 * @returns {{ passed: number, failures: string[] }}
 */
export function runTests(projects, recordPath) {
  const args = ['run', ...projects.flatMap((name) => ['--project', name]), '--reporter=dot', '--reporter=json', `--outputFile.json=${recordPath}`];
  const done = spawnSync(process.execPath, [join(ROOT, 'node_modules', 'vitest', 'vitest.mjs'), ...args], { cwd: ROOT, stdio: ['ignore', 1, 2] });
  if (!existsSync(recordPath)) return { passed: 0, failures: [`tests ${projects.join(', ')}: they did not run`] };
  /** @type {{ testResults: OneFile[] }} */
  const record = JSON.parse(readFileSync(recordPath, 'utf8'));
  const failures = record.testResults.flatMap(failuresOf);
  const passed = record.testResults.flatMap((file) => file.assertionResults).filter((test) => test.status === 'passed').length;
  if (passed === 0 && failures.length === 0) failures.push(`tests ${projects.join(', ')}: there were none`);
  if (done.status !== 0 && failures.length === 0) failures.push(`tests ${projects.join(', ')}: an error outside any test, see above`);
  return { passed, failures };
}

/** @param {OneFile} file */
function failuresOf(file) {
  const path = relative(ROOT, file.name);
  const bad = file.assertionResults.filter((test) => test.status !== 'passed').map((test) => `${path}: ${test.fullName} (${test.status})`);
  return bad.length === 0 && file.status !== 'passed' ? [`${path}: ${file.message ?? 'could not be loaded'}`] : bad;
}
