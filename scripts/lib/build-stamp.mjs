// Is the build there, and newer than everything it was made from?
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Written as the last act of a build; an interrupted one leaves none, or an old one. */
export const BUILD_STAMP = 'dist/.built';

const SOURCE_FOLDERS = ['shared', 'operator', 'electron', 'renderer', 'cli', 'server', 'workers', 'resources'];
const SOURCE_FILES = ['package.json', 'package-lock.json', 'vite.config.ts', 'tsconfig.base.json', 'scripts/lib/node-file-urls.ts'];

/**
 * Why a build is needed, in words for the person waiting; undefined when what is there is up to date.
 * @param {string} root
 * @returns {string | undefined}
 */
export function reasonToBuild(root) {
  const built = modifiedAt(join(root, BUILD_STAMP));
  if (built === undefined) return 'there is no build yet';
  const newer = newerThan(root, built);
  return newer === undefined ? undefined : `${newer} is newer than the build`;
}

/** @param {string} root @param {number} built */
function newerThan(root, built) {
  for (const file of SOURCE_FILES) {
    if ((modifiedAt(join(root, file)) ?? 0) > built) return file;
  }
  for (const folder of SOURCE_FOLDERS) {
    const found = newerInFolder(root, folder, built);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** @param {string} root @param {string} folder @param {number} built @returns {string | undefined} */
function newerInFolder(root, folder, built) {
  const entries = listed(join(root, folder));
  for (const entry of entries) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      const found = newerInFolder(root, path, built);
      if (found !== undefined) return found;
    } else if (isBuilt(entry.name) && (modifiedAt(join(root, path)) ?? 0) > built) {
      return path;
    }
  }
  return undefined;
}

/** Tests and what tools leave behind change no build. @param {string} name */
function isBuilt(name) {
  return !/\.(test|testing)\.tsx?$|\.tsbuildinfo$/.test(name);
}

/** @param {string} folder */
function listed(folder) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** @param {string} path @returns {number | undefined} */
function modifiedAt(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}
