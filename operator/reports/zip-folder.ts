import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { crc32, createDeflateRaw } from 'node:zlib';
import { partialName } from './partial-name.ts';

const LARGEST = 0xffff_ffff;
const VERSION = 20;
/** Sizes follow the data; names are UTF-8. */
const FLAGS = 0x0808;
const DEFLATED = 8;
/** 1980-01-01: what a zip can say of time without an offset is of no use, and the report has its own. */
const NO_TIME = 0x0021_0000;

type Entry = { readonly name: string; readonly crc: number; readonly packed: number; readonly size: number; readonly at: number };

/**
 * Packs the files into a zip, each under `prefix/`, streaming. It appears whole or not at all; what is left where this is
 * killed goes with the next export there.
 * Throws `RangeError` when it would pass 4 GiB or something has come to its place, and what the file system throws.
 */
export async function zipFolder(folder: string, names: readonly string[], prefix: string, zipPath: string, randomBytes: (count: number) => Uint8Array): Promise<void> {
  const partial = join(dirname(zipPath), partialName(randomBytes));
  const zip = await open(partial, 'wx', 0o600);
  try {
    const entries: Entry[] = [];
    let at = 0;
    for (const name of names) {
      const entry = await addFile(zip, join(folder, name), `${prefix}/${name}`, at);
      entries.push(entry);
      at = entry.at + 30 + Buffer.byteLength(entry.name) + entry.packed + 16;
      if (at > LARGEST) throw new RangeError('it would be larger than 4 GiB');
    }
    const directory = Buffer.concat(entries.map(directoryRecord));
    await zip.appendFile(Buffer.concat([directory, endRecord(entries.length, directory.length, at)]));
    await zip.sync();
    await zip.close();
    if ((await stat(zipPath).catch(() => undefined)) !== undefined) throw new RangeError('something has come to its place');
    await rename(partial, zipPath);
  } catch (thrown) {
    await zip.close().catch(() => undefined);
    await rm(partial, { force: true });
    throw thrown;
  }
}

async function addFile(zip: FileHandle, path: string, name: string, at: number): Promise<Entry> {
  await zip.appendFile(localHeader(name));
  let crc = 0;
  let size = 0;
  let packed = 0;
  const source = Readable.from(
    (async function* counted() {
      for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
        crc = crc32(chunk, crc);
        size += chunk.length;
        yield chunk;
      }
    })(),
  );
  const deflated = source.compose(createDeflateRaw()) as AsyncIterable<Buffer>;
  for await (const chunk of deflated) {
    packed += chunk.length;
    await zip.appendFile(chunk);
  }
  if (size > LARGEST || packed > LARGEST) throw new RangeError('a file is larger than 4 GiB');
  await zip.appendFile(numbers([4, 0x0807_4b50], [4, crc], [4, packed], [4, size]));
  return { name, crc, packed, size, at };
}

function localHeader(name: string): Buffer {
  const bytes = Buffer.from(name, 'utf8');
  return Buffer.concat([numbers([4, 0x0403_4b50], [2, VERSION], [2, FLAGS], [2, DEFLATED], [4, NO_TIME], [4, 0], [4, 0], [4, 0], [2, bytes.length], [2, 0]), bytes]);
}

function directoryRecord({ name, crc, packed, size, at }: Entry): Buffer {
  const bytes = Buffer.from(name, 'utf8');
  const head = numbers([4, 0x0201_4b50], [2, VERSION], [2, VERSION], [2, FLAGS], [2, DEFLATED], [4, NO_TIME], [4, crc], [4, packed], [4, size], [2, bytes.length]);
  return Buffer.concat([head, numbers([2, 0], [2, 0], [2, 0], [2, 0], [4, 0], [4, at]), bytes]);
}

function endRecord(count: number, directoryBytes: number, directoryAt: number): Buffer {
  return numbers([4, 0x0605_4b50], [2, 0], [2, 0], [2, count], [2, count], [4, directoryBytes], [4, directoryAt], [2, 0]);
}

function numbers(...fields: readonly (readonly [2 | 4, number])[]): Buffer {
  const bytes = Buffer.alloc(fields.reduce((sum, [width]) => sum + width, 0));
  let at = 0;
  for (const [width, value] of fields) {
    bytes.writeUIntLE(value, at, width);
    at += width;
  }
  return bytes;
}
