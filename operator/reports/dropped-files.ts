import { constants, copyFile, link, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChosenFile } from '../files.ts';
import { problem } from '../problems.ts';
import { notAReport } from './verify-at.ts';
import { systemCode } from '../system-code.ts';

const NO_ROOM = new Set(['ENOSPC', 'EDQUOT']);

/**
 * Lays the files of a folder that was dropped side by side under the names they had, in `folder`, which must not be there
 * yet; runs `work` on it and removes it again.
 * @throws OperatorError `not_a_report` when they cannot lie in one folder, `no_room`
 */
export async function withDroppedFiles<Result>(files: readonly ChosenFile[], folder: string, work: (folder: string) => Promise<Result>): Promise<Result> {
  if (files.some(({ kind }) => kind === 'folder')) throw notAReport('It has a folder in it, and no report has one.');
  // Some disks take two names for one that differ in their letters' case alone.
  if (new Set(files.map(({ fileName }) => fileName.toLowerCase())).size < files.length) throw notAReport('Two of its files have the same name.');
  await mkdir(folder, { mode: 0o700 });
  try {
    for (const file of files) await layIn(file, join(folder, file.fileName));
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function layIn({ path, kind, fileName }: ChosenFile, place: string): Promise<void> {
  try {
    // An upload lies on the same disk already; what is the person's own is left alone, so that nothing here can change it.
    if (kind === 'spooled' && (await link(path, place).then(() => true, () => false))) return;
    await copyFile(path, place, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  } catch (thrown) {
    if (NO_ROOM.has(systemCode(thrown) ?? '')) throw problem('no_room', 'There is no room to lay out the files', 'Make room on the disk of Drydock’s folder, then verify again.');
    throw notAReport(`${fileName} cannot be read.`);
  }
}
