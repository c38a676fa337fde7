import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { installationRoot } from '../operator/resource-paths.ts';

/** The version of this installation, as its package says. */
export function installationVersion(): string {
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(join(installationRoot(), 'package.json'), 'utf8'))).version;
}
