import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The folder that holds `resources/` and `dist/`: the nearest one above this module with a `resources` folder, so
 * that it is found from the source tree, from the built bundles, and inside a package.
 */
export function installationRoot(from: string = dirname(fileURLToPath(import.meta.url))): string {
  let folder = from;
  for (;;) {
    if (existsSync(join(folder, 'resources')) && existsSync(join(folder, 'package.json'))) return folder;
    const above = dirname(folder);
    if (above === folder) return from;
    folder = above;
  }
}

/** The sample file that ships with a playbook; whether it exists is for the caller to see. */
export function sampleFilePath(playbook: string): string {
  return join(installationRoot(), 'resources', 'samples', `${playbook}-60.csv`);
}
