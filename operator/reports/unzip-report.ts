import { createReadStream, createWriteStream } from 'node:fs';
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';

const END_SEARCH_BYTES = 65_557;
const MOST_ENTRIES = 32;
const MOST_BYTES = 4 * 1024 ** 3;
const NAME = /^(?:[^/\\]+\/)?([A-Za-z0-9._-]{1,64})$/;

type Packed = { readonly name: string; readonly method: number; readonly packed: number; readonly size: number; readonly at: number };

/**
 * Unpacks a report's zip into a private folder, runs `work` on it and removes it again. Only flat plain files come out,
 * with names that a report can have. Throws `RangeError` for anything else: the zip is from outside.
 */
export async function withUnzippedReport<Result>(zipPath: string, work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'drydock-report-'));
  try {
    const zip = await open(zipPath, 'r');
    try {
      const seen = new Set<string>();
      for (const entry of await readDirectory(zip)) {
        if (seen.has(entry.name)) throw new RangeError('The zip has a name twice.');
        seen.add(entry.name);
        await unpack(zip, zipPath, entry, join(folder, entry.name));
      }
    } finally {
      await zip.close();
    }
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readDirectory(zip: FileHandle): Promise<readonly Packed[]> {
  const { size } = await zip.stat();
  const tail = await readAt(zip, Math.max(0, size - END_SEARCH_BYTES), Math.min(size, END_SEARCH_BYTES));
  const end = tail.lastIndexOf(Buffer.from('PK\u0005\u0006', 'latin1'));
  if (end === -1 || end + 22 > tail.length) throw new RangeError('The file is no zip.');
  const count = tail.readUInt16LE(end + 10);
  if (count > MOST_ENTRIES) throw new RangeError('The zip has more files than a report.');
  const bytes = tail.readUInt32LE(end + 12);
  const directory = await readAt(zip, tail.readUInt32LE(end + 16), Math.min(bytes, END_SEARCH_BYTES));
  const entries: Packed[] = [];
  let total = 0;
  for (let at = 0, left = count; left > 0; left -= 1) {
    if (at + 46 > directory.length || directory.readUInt32LE(at) !== 0x0201_4b50) throw new RangeError('The zip is damaged.');
    const nameLength = directory.readUInt16LE(at + 28);
    const fullName = directory.toString('utf8', at + 46, at + 46 + nameLength);
    const name = NAME.exec(fullName)?.[1];
    const unpacked = directory.readUInt32LE(at + 24);
    total += unpacked;
    if (total > MOST_BYTES) throw new RangeError('The zip is too large.');
    if (!fullName.endsWith('/')) {
      if (name === undefined || name === '.' || name === '..') throw new RangeError('The zip holds a file that no report has.');
      entries.push({ name, method: directory.readUInt16LE(at + 10), packed: directory.readUInt32LE(at + 20), size: unpacked, at: directory.readUInt32LE(at + 42) });
    }
    at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  return entries;
}

async function unpack(zip: FileHandle, zipPath: string, { method, packed, size, at }: Packed, target: string): Promise<void> {
  const head = await readAt(zip, at, 30);
  if (head.length < 30 || head.readUInt32LE(0) !== 0x0403_4b50 || (method !== 0 && method !== 8)) throw new RangeError('The zip is damaged.');
  const from = at + 30 + head.readUInt16LE(26) + head.readUInt16LE(28);
  const out = createWriteStream(target, { flags: 'wx', mode: 0o600 });
  let written = 0;
  async function* bounded(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      written += chunk.length;
      // A zip bomb says a small size in its directory.
      if (written > size) throw new RangeError('The zip is damaged.');
      yield chunk;
    }
  }
  const source = packed === 0 ? Readable.from([]) : createReadStream(zipPath, { start: from, end: from + packed - 1 });
  try {
    await (method === 8 ? pipeline(source, createInflateRaw(), bounded, out) : pipeline(source, bounded, out));
  } catch {
    throw new RangeError('The zip is damaged.');
  }
  if (written !== size) throw new RangeError('The zip is damaged.');
}

async function readAt(zip: FileHandle, at: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await zip.read(Buffer.alloc(length), 0, length, at);
  return buffer.subarray(0, bytesRead);
}
