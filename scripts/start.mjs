// npm start: the app, on made-up data, from a fresh clone. Installs and builds what is missing, and says what it opens.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { reasonToBuild } from './lib/build-stamp.mjs';
import { electronBinary, fetchElectronBinary } from './lib/electron-binary.mjs';
import { handOver } from './lib/hand-over.mjs';
import { GUARD, ROOT, continueInPinnedNode, fail } from './lib/install.mjs';

/** Some systems keep Electron from its sandbox, and it then ends at once. Later ends are the person's. */
const ELECTRON_STARTS_WITHIN_MS = 10_000;

await continueInPinnedNode(fileURLToPath(import.meta.url));

const reason = reasonToBuild(ROOT);
if (reason !== undefined) {
  process.stderr.write(`Building, since ${reason}\n`);
  const built = spawnSync(process.execPath, [join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', '--app', '--logLevel', 'warn'], { cwd: ROOT, stdio: ['ignore', 2, 2] });
  if (built.status !== 0) fail('The build did not succeed; what it said is above.');
}

const choice = chooseHost();
process.stderr.write(`${choice.sentence}\n`);
if (choice.electron !== undefined) {
  await handOver(choice.electron, [ROOT, '--practice', ...process.argv.slice(2)], { earlyMs: ELECTRON_STARTS_WITHIN_MS });
  process.stderr.write('Electron did not start here, as it says above. Opening Drydock in the browser instead.\n');
}
await handOver(process.execPath, [join(ROOT, 'dist', 'cli', 'main.js'), 'serve', '--practice', ...process.argv.slice(2)], { guard: GUARD });

/** @returns {{ electron?: string, sentence: string }} */
function chooseHost() {
  const obstacle = obstacleToElectron();
  if (obstacle !== undefined) return { sentence: `Opening Drydock in the browser, on made-up data: ${obstacle}.` };
  const electron = electronBinary() ?? fetchElectronBinary();
  if (electron === undefined) return { sentence: 'Opening Drydock in the browser, on made-up data: Electron could not be fetched here.' };
  return { electron, sentence: 'Opening Drydock in Electron, on made-up data.' };
}

/** Why Electron is not even tried; undefined when it may be. */
function obstacleToElectron() {
  if (process.env['DRYDOCK_HOST'] === 'browser') return 'DRYDOCK_HOST asks for it';
  if (process.platform === 'linux' && !process.env['DISPLAY'] && !process.env['WAYLAND_DISPLAY']) return 'there is no display here, so Electron has nowhere to open';
  if (process.getuid?.() === 0) return 'Electron keeps its sandbox, which root cannot have';
  if (process.env['CI'] && electronBinary() === undefined) return 'Electron is not here, and is never fetched in CI';
  return undefined;
}
