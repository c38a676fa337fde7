import { existsSync } from 'node:fs';
import { SettingError } from '../config/setting-error.ts';
import { templateFile } from '../installation.ts';
import { readTemplate, unpackTemplate } from '../practice/template.ts';
import { type FolderLock, lockFolder } from '../store/folder-lock.ts';
import type { StoreLocation } from '../store/open-store.ts';

/**
 * Takes the data folder for this process alone.
 * @throws SettingError where it cannot be made or written, FolderInUse when another process has it
 */
export function lockDataFolder(folder: string): FolderLock {
  return inDataFolder(folder, () => lockFolder(folder));
}

/**
 * Makes the embedded database of a folder that has none, out of the build's template: in a second, and whole or not at all. A
 * database elsewhere, or one that is there, is left alone.
 */
export async function makeEmbeddedDatabase(store: StoreLocation): Promise<void> {
  if (store.kind !== 'pglite' || store.folder === undefined || existsSync(store.folder)) return;
  await unpackTemplate(await readTemplate('empty', templateFile('empty')), store.folder, async () => undefined);
}

/** Does something in the data folder. @throws SettingError where the file system refuses it */
export function inDataFolder<Result>(folder: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    const code = systemCode(error);
    if (code === null) throw error;
    throw new SettingError('DRYDOCK_DATA', `the folder ${folder} cannot be used (${code}); name one that can be made and written`);
  }
}

/** `ENOTDIR`, `SQLITE_CANTOPEN`: what the file system said, or SQLite of it; null for an error of another kind. */
function systemCode(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && /^(?:E[A-Z]+|SQLITE_[A-Z_]+)$/.test(error.code) ? error.code : null;
}
