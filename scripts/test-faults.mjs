// npm run test:faults: the proofs of tests/faults and tests/conformance at their full counts. `npm test` runs the same files in short.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT, continueInPinnedNode } from './lib/install.mjs';

await continueInPinnedNode(fileURLToPath(import.meta.url));

const done = spawnSync(process.execPath, [join(ROOT, 'node_modules', 'vitest', 'vitest.mjs'), 'run', '--project', 'node', '--testTimeout', String(3_600_000), '--reporter=verbose', ...faultFiles()], {
  cwd: ROOT,
  stdio: ['ignore', 1, 2],
  env: { ...process.env, DRYDOCK_FULL_PROOFS: '1' },
});
process.exitCode = done.status ?? 1;

/** All of `tests/faults` and `tests/conformance`, or the files there whose names begin with one of the words given. */
function faultFiles() {
  const words = process.argv.slice(2);
  return ['tests/faults/', 'tests/conformance/'].flatMap((folder) => (words.length === 0 ? [folder] : words.map((word) => `${folder}${word}`)));
}
