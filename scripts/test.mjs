// npm test: installs what is missing, runs every check and every test, and ends with one line that counts them.
// Nothing is left out in silence: a part that cannot run is a failure.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkBuild, checkChromium, checkDependencies, checkLint, checkPostgres, checkSshKeygen, checkTypes, checkUnusedCode } from './lib/checks.mjs';
import { ROOT, continueInPinnedNode } from './lib/install.mjs';
import { runTests } from './lib/vitest-run.mjs';

await continueInPinnedNode(fileURLToPath(import.meta.url));

const artifacts = join(ROOT, 'tests', '.artifacts');
rmSync(artifacts, { recursive: true, force: true });
mkdirSync(artifacts, { recursive: true });

let passed = 0;
let failed = 0;
/** @type {string[]} */
const failures = [];

const checks = [
  { name: 'Chromium is here', run: checkChromium },
  { name: 'PostgreSQL is here', run: checkPostgres },
  { name: 'ssh-keygen is here', run: checkSshKeygen },
  { name: 'types', run: checkTypes },
  { name: 'lint', run: checkLint },
  { name: 'dependencies', run: checkDependencies },
  { name: 'unused code', run: checkUnusedCode },
  { name: 'build', run: checkBuild },
];

for (const { name, run } of checks) {
  const startedAt = Date.now();
  const result = run();
  process.stdout.write(`${result.ok ? 'passed' : 'FAILED'}  ${name}: ${result.sentence} (${seconds(startedAt)} s)\n`);
  if (result.ok) passed += 1;
  else count(1, `${name}: ${result.sentence}`);
}

for (const projects of [['node', 'browser'], ['postgres'], ['e2e']]) {
  const startedAt = Date.now();
  const result = runTests(projects, join(artifacts, `${projects.join('-')}.json`));
  passed += result.passed;
  process.stdout.write(`tests ${projects.join(', ')}: ${result.passed} passed, ${result.failures.length} failed (${seconds(startedAt)} s)\n`);
  for (const failure of result.failures) count(1, failure);
}

if (failures.length > 0) process.stdout.write(`\n${failures.map((failure) => `FAILED  ${failure}`).join('\n')}\n\n`);
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;

/** @param {number} more @param {string} sentence */
function count(more, sentence) {
  failed += more;
  failures.push(sentence);
}

/** @param {number} startedAt */
function seconds(startedAt) {
  return Math.round((Date.now() - startedAt) / 1_000);
}
