import { createHash, type Hash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { systemCode } from '../system-code.ts';
import { partialName, removeLeftovers } from './partial-name.ts';
import { explained, notWritten, refuseTaken, taken } from './report-place.ts';

const BUFFER_CHARACTERS = 64 * 1024;
/** What renaming a folder says where another export, or somebody, was quicker. */
const TAKEN_MEANWHILE: ReadonlySet<string> = new Set(['ENOTEMPTY', 'EEXIST', 'ENOTDIR']);

/** One file of a report while it is written. Text is buffered, hashed and counted as it goes. */
export interface ReportFile {
  write(text: string): Promise<void>;
  writeBytes(bytes: Uint8Array): Promise<void>;
  /** Flushes to disk and gives what stands there. */
  end(): Promise<{ readonly bytes: number; readonly sha256: string }>;
}

/** A report that nobody can see until it is whole. */
export interface ReportFolder {
  create(name: string): Promise<ReportFile>;
  /** Where a file lies while nobody can see the report, for a program that reads it or is to write it. */
  pathOf(name: string): string;
  /** Takes in a file that another program wrote at `pathOf(name)`. @throws OperatorError `report_not_written` */
  takeIn(name: string): Promise<void>;
  /** Puts another text in the place of a file's first `bytes` bytes. @throws OperatorError `report_not_written` */
  replaceStart(name: string, bytes: number, text: string): Promise<void>;
  /** Takes a file out again, whole or in part. */
  remove(name: string): Promise<void>;
  /** Gives the folder its name; from here on it is there. Of two that want one place, one gets it. @throws OperatorError `report_exists`, `report_not_written` */
  publish(place: string): Promise<void>;
  /** Leaves nothing behind; what a disk in trouble keeps goes with the next export there. */
  discard(): Promise<void>;
  readonly files: ReadonlyMap<string, { readonly bytes: number; readonly sha256: string }>;
}

/**
 * Begins a report beside its place, in a folder of its own that only its owner may open.
 * @throws OperatorError `report_exists` when something is at the place, `report_not_written` when it cannot be
 */
export async function beginReportFolder(place: string, randomBytes: (count: number) => Uint8Array): Promise<ReportFolder> {
  const target = resolve(place);
  refuseTaken(target);
  const partial = join(dirname(target), partialName(randomBytes));
  const files = new Map<string, { bytes: number; sha256: string }>();
  const openHandles = new Set<FileHandle>();
  await explained(target, async () => {
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    await removeLeftovers(dirname(target));
    await mkdir(partial, { mode: 0o700 });
  });

  async function create(name: string): Promise<ReportFile> {
    const handle = await explained(target, async () => open(join(partial, name), constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600));
    openHandles.add(handle);
    const file = bufferedFile(handle, target);
    return {
      write: file.write,
      writeBytes: file.writeBytes,
      async end() {
        const written = await file.end();
        openHandles.delete(handle);
        files.set(name, written);
        return written;
      },
    };
  }

  return {
    files,
    create,
    pathOf: (name) => join(partial, name),
    async takeIn(name) {
      files.set(name, await explained(target, async () => hashedFile(join(partial, name))));
    },
    async replaceStart(name, bytes, text) {
      const former = join(partial, `${name}.former`);
      await explained(target, async () => rename(join(partial, name), former));
      const file = await create(name);
      await file.write(text);
      await explained(target, async () => {
        const rest = createReadStream(former, { start: bytes, highWaterMark: BUFFER_CHARACTERS }) as AsyncIterable<Uint8Array>;
        for await (const chunk of rest) await file.writeBytes(chunk);
      });
      await file.end();
      await explained(target, async () => rm(former));
    },
    async remove(name) {
      files.delete(name);
      await rm(join(partial, name), { force: true });
    },
    async publish(wished) {
      const final = resolve(wished);
      refuseTaken(final);
      try {
        await rename(partial, final);
      } catch (thrown) {
        throw TAKEN_MEANWHILE.has(systemCode(thrown) ?? '') ? taken(final) : notWritten(final, thrown);
      }
    },
    async discard() {
      for (const handle of openHandles) await handle.close().catch(() => undefined);
      await rm(partial, { recursive: true, force: true }).catch(() => undefined);
    },
  };
}

function bufferedFile(handle: FileHandle, target: string): ReportFile {
  const hash: Hash = createHash('sha256');
  let waiting: string[] = [];
  let waitingLength = 0;
  let bytes = 0;
  let writing: Promise<void> = Promise.resolve();
  async function put(piece: Uint8Array): Promise<void> {
    hash.update(piece);
    bytes += piece.length;
    // One piece is on its way to the disk while the next is made; whoever fills them faster waits here.
    await writing;
    writing = explained(target, async () => handle.appendFile(piece));
    // A failure is told to whoever writes next or ends the file; until then nobody listens.
    writing.catch(() => undefined);
  }
  async function flush(): Promise<void> {
    const piece = Buffer.from(waiting.join(''), 'utf8');
    waiting = [];
    waitingLength = 0;
    await put(piece);
  }
  return {
    async writeBytes(piece) {
      await flush();
      await put(piece);
    },
    async write(text) {
      waiting.push(text);
      waitingLength += text.length;
      if (waitingLength >= BUFFER_CHARACTERS) await flush();
    },
    async end() {
      await flush();
      await writing;
      await explained(target, async () => handle.sync());
      await handle.close();
      return { bytes, sha256: hash.digest('hex') };
    },
  };
}

/** What another program wrote: made its owner's alone, on disk, and told by its bytes. */
async function hashedFile(path: string): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const handle = await open(path, constants.O_RDWR | constants.O_NOFOLLOW);
  try {
    await handle.chmod(0o600);
    await handle.sync();
  } finally {
    await handle.close();
  }
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Uint8Array>) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, sha256: hash.digest('hex') };
}
