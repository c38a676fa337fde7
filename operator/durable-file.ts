import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemCode } from './system-code.ts';

/** Puts a text in the place of a file, its owner's alone, whole or not at all, and on disk under its name when this returns. */
export function writeDurably(path: string, text: string): void {
  const fresh = `${path}.${process.pid}.new`;
  try {
    const file = openSync(fresh, 'w', 0o600);
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(fresh, path);
    // The name is the folder's: without it a power cut leaves sealed entries whose key is gone.
    sync(dirname(path));
  } catch (thrown) {
    rmSync(fresh, { force: true });
    throw thrown;
  }
}

/** On disk when this returns; a folder cannot be synced everywhere, and a rename there is kept without. */
export function sync(path: string): void {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (thrown) {
    if (['EISDIR', 'EPERM', 'EACCES'].includes(systemCode(thrown) ?? '')) return;
    throw thrown;
  }
  try {
    fsyncSync(file);
  } catch (thrown) {
    if (!['EINVAL', 'EPERM'].includes(systemCode(thrown) ?? '')) throw thrown;
  } finally {
    closeSync(file);
  }
}
