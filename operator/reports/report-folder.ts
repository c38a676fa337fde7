import { createHash, type Hash } from 'node:crypto';
import { constants, existsSync, lstatSync, mkdirSync } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { problem } from '../problems.ts';

const BUFFER_CHARACTERS = 64 * 1024;

/** One file of a report while it is written. Text is buffered, hashed and counted as it goes. */
export interface ReportFile {
  write(text: string): Promise<void>;
  /** Flushes to disk and gives what stands there. */
  end(): Promise<{ readonly bytes: number; readonly sha256: string }>;
}

/** A report that nobody can see until it is whole. */
export interface ReportFolder {
  create(name: string): Promise<ReportFile>;
  /** Gives the folder its name; from here on it is there. @throws OperatorError `report_exists` */
  publish(): Promise<void>;
  /** Leaves nothing behind. */
  discard(): Promise<void>;
  readonly files: ReadonlyMap<string, { readonly bytes: number; readonly sha256: string }>;
}

/**
 * Begins a report beside its place, in a folder of its own that only its owner may open.
 * @throws OperatorError `report_exists` when something is at the place, `report_not_written` when it cannot be
 */
export async function beginReportFolder(place: string, randomBytes: (count: number) => Uint8Array): Promise<ReportFolder> {
  const target = resolve(place);
  await refuseExisting(target);
  const partial = join(dirname(target), `.${basename(target)}.${Buffer.from(randomBytes(6)).toString('hex')}.partial`);
  const files = new Map<string, { bytes: number; sha256: string }>();
  const openHandles = new Set<FileHandle>();
  await explained(target, async () => {
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    await mkdir(partial, { mode: 0o700 });
  });

  return {
    files,
    async create(name) {
      const handle = await explained(target, async () => open(join(partial, name), constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600));
      openHandles.add(handle);
      const file = bufferedFile(handle, target);
      return {
        write: file.write,
        async end() {
          const written = await file.end();
          openHandles.delete(handle);
          files.set(name, written);
          return written;
        },
      };
    },
    async publish() {
      await refuseExisting(target);
      await explained(target, async () => rename(partial, target));
    },
    async discard() {
      for (const handle of openHandles) await handle.close().catch(() => undefined);
      await rm(partial, { recursive: true, force: true });
    },
  };
}

function bufferedFile(handle: FileHandle, target: string): ReportFile {
  const hash: Hash = createHash('sha256');
  let waiting = '';
  let bytes = 0;
  async function flush(): Promise<void> {
    const piece = Buffer.from(waiting, 'utf8');
    waiting = '';
    hash.update(piece);
    bytes += piece.length;
    await explained(target, async () => handle.appendFile(piece));
  }
  return {
    async write(text) {
      waiting += text;
      if (waiting.length >= BUFFER_CHARACTERS) await flush();
    },
    async end() {
      await flush();
      await explained(target, async () => handle.sync());
      await handle.close();
      return { bytes, sha256: hash.digest('hex') };
    },
  };
}

/** A dangling link is something too: what is behind it is nobody's to overwrite. */
async function refuseExisting(target: string): Promise<void> {
  if ((await explained(target, async () => lstatSync(target, { throwIfNoEntry: false }))) !== undefined) {
    throw problem('report_exists', 'There is something at that place already', `${target} was left as it is. Choose a folder that does not exist yet.`);
  }
}

/** A disk that is full or a folder that is closed, in words. The report is not there, not even in part. */
async function explained<Result>(target: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
    const why = code === 'ENOSPC' ? 'The disk is full.' : code === 'EACCES' || code === 'EROFS' || code === 'EPERM' ? 'You may not write there.' : 'Writing failed.';
    throw problem('report_not_written', 'The report could not be written', `${why} Nothing was left at ${target}. Make room or choose another folder, then export again.`);
  }
}

/** A name in `folder` that nothing has yet, without anything personal in it. */
export function freeReportName(folder: string, wished: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (let count = 1; ; count += 1) {
    const name = count === 1 ? wished : `${wished}-${count}`;
    if (!existsSync(join(folder, name)) && !existsSync(join(folder, `${name}.zip`))) return name;
  }
}
