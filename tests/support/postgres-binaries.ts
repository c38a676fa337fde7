import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { installPackages } from '../../scripts/lib/system-packages.mjs';

const DEBIAN_ROOT = '/usr/lib/postgresql';
const OTHER_FOLDERS = ['/opt/homebrew/opt/postgresql/bin', '/usr/local/opt/postgresql/bin', '/usr/local/pgsql/bin', '/usr/pgsql/bin'];

/**
 * The folder with `initdb` and `postgres`: `DRYDOCK_POSTGRES_BIN`, else Debian's newest, else the usual other places.
 * Where there is none and this process may, Debian's `postgresql` is installed first.
 * Throws with the remedy when there is none in the end: a missing database must fail a test, not skip it.
 */
export function postgresBinaries(): string {
  const found = findBinaries();
  if (found !== undefined) return found;
  installPackages(['postgresql']);
  const installed = findBinaries();
  if (installed !== undefined) return installed;
  throw new Error('These tests need PostgreSQL 15 or newer: install it (Debian: apt-get install postgresql) or name the folder of initdb in DRYDOCK_POSTGRES_BIN.');
}

function findBinaries(): string | undefined {
  const named = process.env['DRYDOCK_POSTGRES_BIN'];
  const folders = named === undefined ? [...debianFolders(), ...OTHER_FOLDERS] : [named];
  return folders.find((folder) => ['initdb', 'postgres'].every((name) => isExecutable(join(folder, name))));
}

function debianFolders(): string[] {
  if (!existsSync(DEBIAN_ROOT)) return [];
  return readdirSync(DEBIAN_ROOT)
    .filter((version) => /^\d+$/.test(version))
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(DEBIAN_ROOT, version, 'bin'));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
