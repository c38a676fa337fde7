import { createReadStream, createWriteStream } from 'node:fs';
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32, createInflateRaw } from 'node:zlib';
import { problem } from '../problems.ts';
import { systemCode } from '../system-code.ts';

const END_SEARCH_BYTES = 65_557;
const MOST_ENTRIES = 32;
const MOST_BYTES = 4 * 1024 ** 3;
/** Text of a report packs to a tenth or so. What would grow more than this much more is a trap, unless it stays small. */
const LARGEST_GROWTH = 200;
const HARMLESS_BYTES = 64 * 1024 ** 2;
/** One folder at most, and a name that a file of a report can have. */
const NAME = /^(?:([^/\\\p{Cc}]+)\/)?([A-Za-z0-9._-]{1,64})$/u;
const FILE_TYPE_BITS = 0o170000;
const PLAIN_FILE = 0o100000;
const IS_ENCRYPTED = 1;
const NO_ROOM = new Set(['ENOSPC', 'EDQUOT']);

type Packed = { readonly name: string; readonly fullName: string; readonly method: number; readonly crc: number; readonly packed: number; readonly size: number; readonly at: number };

/**
 * Unpacks a report's zip into a private folder, runs `work` on it and removes it again. Only flat plain files come out,
 * with names that a report can have; what the zip's directory says is judged before anything is written. Throws `RangeError`
 * for anything else: the zip is from outside.
 * @throws OperatorError `no_room` when the disk is full
 */
export async function withUnzippedReport<Result>(zipPath: string, work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'drydock-report-'));
  try {
    const zip = await open(zipPath, 'r');
    try {
      for (const entry of await readDirectory(zip)) await unpack(zip, zipPath, entry, join(folder, entry.name));
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
  const folders = new Set<string>();
  let total = 0;
  let at = 0;
  for (let left = count; left > 0; left -= 1) {
    if (at + 46 > directory.length || directory.readUInt32LE(at) !== 0x0201_4b50) throw new RangeError('The zip is damaged.');
    const nameLength = directory.readUInt16LE(at + 28);
    if (at + 46 + nameLength > directory.length) throw new RangeError('The zip is damaged.');
    const fullName = directory.toString('utf8', at + 46, at + 46 + nameLength);
    const entry = entryAt(directory, at);
    total += entry.size;
    if (total > MOST_BYTES || (total > HARMLESS_BYTES && total > size * LARGEST_GROWTH)) throw new RangeError('The zip would unpack to more than a report has.');
    const isFolder = fullName.endsWith('/');
    const [, folder = '', name] = NAME.exec(isFolder ? `${fullName}-` : fullName) ?? [];
    folders.add(folder);
    if (name === undefined || folders.size > 1 || [folder, name].some((part) => part === '.' || part === '..')) throw new RangeError('The zip holds a file that no report has, or one at a place where none belongs.');
    if (!isFolder) entries.push({ ...entry, name, fullName });
    at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  // What is said to belong to it and is no entry is nobody's to interpret.
  if (at !== bytes) throw new RangeError('The zip is damaged.');
  // Some disks take two names for one that differ in their letters' case alone.
  if (new Set(entries.map(({ name }) => name.toLowerCase())).size < entries.length) throw new RangeError('The zip has a name twice.');
  return entries;
}

/** What the directory says of a file. Throws for links, devices and what is encrypted: a report has none. */
function entryAt(directory: Buffer, at: number): Omit<Packed, 'name' | 'fullName'> {
  const type = (directory.readUInt32LE(at + 38) >>> 16) & FILE_TYPE_BITS;
  const isFolderOrUnsaid = type === 0 || type === 0o040000;
  if (!isFolderOrUnsaid && type !== PLAIN_FILE) throw new RangeError('The zip holds a link, or something else that is no plain file.');
  if ((directory.readUInt16LE(at + 8) & IS_ENCRYPTED) !== 0) throw new RangeError('The zip is encrypted.');
  return { method: directory.readUInt16LE(at + 10), crc: directory.readUInt32LE(at + 16), packed: directory.readUInt32LE(at + 20), size: directory.readUInt32LE(at + 24), at: directory.readUInt32LE(at + 42) };
}

async function unpack(zip: FileHandle, zipPath: string, { fullName, method, crc, packed, size, at }: Packed, target: string): Promise<void> {
  const head = await readAt(zip, at, 30);
  if (head.length < 30 || head.readUInt32LE(0) !== 0x0403_4b50 || (method !== 0 && method !== 8)) throw new RangeError('The zip is damaged.');
  const nameLength = head.readUInt16LE(26);
  // Other programs go by the name that stands here: what they would unpack is what is judged.
  if ((await readAt(zip, at + 30, nameLength)).toString('utf8') !== fullName) throw new RangeError('The zip is damaged.');
  const from = at + 30 + nameLength + head.readUInt16LE(28);
  const out = createWriteStream(target, { flags: 'wx', mode: 0o600 });
  let written = 0;
  let crcSoFar = 0;
  async function* bounded(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      written += chunk.length;
      crcSoFar = crc32(chunk, crcSoFar);
      // A zip bomb says a small size in its directory.
      if (written > size) throw new RangeError('The zip is damaged.');
      yield chunk;
    }
  }
  const source = packed === 0 ? Readable.from([]) : createReadStream(zipPath, { start: from, end: from + packed - 1 });
  try {
    await (method === 8 ? pipeline(source, createInflateRaw(), bounded, out) : pipeline(source, bounded, out));
  } catch (thrown) {
    if (NO_ROOM.has(systemCode(thrown) ?? '')) throw problem('no_room', 'There is no room to unpack the zip', `${tmpdir()} is full. Make room, or unpack it elsewhere and choose the folder.`);
    throw new RangeError('The zip is damaged.');
  }
  // What other programs would call damaged is not to pass here.
  if (written !== size || crcSoFar !== crc) throw new RangeError('The zip is damaged.');
}

async function readAt(zip: FileHandle, at: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await zip.read(Buffer.alloc(length), 0, length, at);
  return buffer.subarray(0, bytesRead);
}
