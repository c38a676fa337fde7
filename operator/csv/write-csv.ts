import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { problem } from '../problems.ts';
import { systemCode } from '../system-code.ts';

/** Codes of the system for a disk that is full, gone or closed to us. */
const NO_ROOM: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG', 'EROFS', 'EACCES', 'EPERM', 'ENOENT', 'ENOTDIR', 'EIO']);

/**
 * Writes text to a new file that its owner alone may read, as it comes and no faster than the disk takes it. Whole or not at all.
 * @throws OperatorError `export_no_room` when the disk takes no more
 */
export async function writeCsv(path: string, text: AsyncIterable<string>): Promise<void> {
  try {
    await pipeline(Readable.from(text, { highWaterMark: 1 }), createWriteStream(path, { flags: 'wx', mode: 0o600 }));
  } catch (thrown) {
    await rm(path, { force: true });
    const code = systemCode(thrown);
    if (code === undefined || !NO_ROOM.has(code)) throw thrown;
    throw problem('export_no_room', 'There is no room for the file', `It is put together in Drydock’s folder first, which takes no more (${code}). Make room there, then export again. Nothing was left half-written.`);
  }
}
