import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The folder that the program lies in: the nearest one upwards whose package.json is Drydock's. The same from source,
 * from the build and from a package. @throws when this file was carried off on its own.
 */
export function installationFolder(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest) && readFileSync(manifest, 'utf8').includes('"name": "drydock"')) return folder;
    if (folder === dirname(folder)) throw new Error('the files beside this program are missing; install Drydock again');
  }
}

/** The sample file of account-prep. */
export function sampleFile(fileName: string): string {
  return join(installationFolder(), 'resources', 'samples', fileName);
}

/** The text of a mail to customers. */
export function mailTemplateFile(fileName: string): string {
  return join(installationFolder(), 'resources', 'mail', fileName);
}

/** Where the build puts the database templates. */
export function templateFile(kind: string): string {
  return join(installationFolder(), 'dist', 'templates', `${kind}.tar.gz`);
}
