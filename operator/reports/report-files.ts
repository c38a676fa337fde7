import { createHash } from 'node:crypto';
import { createReadStream, type Stats } from 'node:fs';
import { lstat, open, opendir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MANIFEST, MANIFEST_SIGNATURE, OPTIONAL_REPORT_FILES, parseManifest, REPORT_FILES } from './manifest.ts';
import { linesOf } from './text-lines.ts';

const LONGEST_SMALL_FILE = 1024 * 1024;
/** A report of a million rows has a tenth of it. More is not read: it would only keep whoever checks waiting. */
const LARGEST_FILE = 4 * 1024 ** 3;
const BEGINNING_BYTES = 256;
/** A report has ten files or eleven. Of a folder with a million no list is made. */
const MOST_ENTRIES = 64;
const LONGEST_SHOWN_NAME = 80;

type FileSet = { readonly wrong: readonly string[]; readonly hashes: ReadonlyMap<string, string> };

/**
 * What is wrong with the set of files, each in a sentence; empty when it is exactly the manifest's. Which files a report of a
 * later version has is not known here (`isNewer`).
 */
export async function checkFileSet(folder: string, manifest: string | null, isNewer: boolean): Promise<FileSet> {
  const hashes = manifest === null ? null : parseManifest(manifest);
  if (hashes === null || hashes.size > MOST_ENTRIES) return { wrong: [`${MANIFEST} is missing or is no manifest.`], hashes: new Map() };
  const wrong: string[] = [];
  const entries = await entriesOf(folder);
  if (entries === null) return { wrong: ['The folder cannot be read.'], hashes };
  if (entries.size > MOST_ENTRIES) wrong.push(`More than ${MOST_ENTRIES} files are in the folder; a report has ${REPORT_FILES.length + 2}.`);
  else for (const [name, isPlain] of entries) {
    if (!isPlain) wrong.push(`${shownName(name)} is no plain file.`);
    else if (!hashes.has(name) && name !== MANIFEST && name !== MANIFEST_SIGNATURE) wrong.push(`${shownName(name)} is not in the manifest: it was added or renamed.`);
  }
  for (const name of hashes.keys()) {
    if ((await plainFile(folder, name)) === null && !entries.has(name)) wrong.push(`${name} is missing: it was removed or renamed.`);
    if (!isNewer && !isReportFile(name)) wrong.push(`${name} is no file of a report.`);
  }
  if (!isNewer) for (const name of REPORT_FILES) if (!hashes.has(name)) wrong.push(`The manifest does not name ${name}.`);
  if ((await plainFile(folder, MANIFEST_SIGNATURE)) === null) wrong.push(`${MANIFEST_SIGNATURE} is missing.`);
  return { wrong, hashes };
}

/** What is wrong with the bytes of files that the manifest names, each in a sentence. Missing ones are left to the check of the set. */
export async function changedFiles(folder: string, hashes: ReadonlyMap<string, string>): Promise<readonly string[]> {
  const changed: string[] = [];
  for (const [name, sha256] of hashes) {
    const found = await plainFile(folder, name);
    if (found === null) continue;
    const now = found.size > LARGEST_FILE ? 'too_large' : await sha256Of(join(folder, name));
    if (now === 'too_large') changed.push(`${name} is larger than any report has, and was not read.`);
    else if (now === null) changed.push(`${name} cannot be read.`);
    else if (now !== sha256) changed.push(`${name} was changed.`);
  }
  return changed;
}

/** A small file's bytes; null when it is not there, is no plain file, cannot be read or is larger than it can be. */
export async function readSmallFile(folder: string, name: string): Promise<Buffer | null> {
  const found = await plainFile(folder, name);
  return found === null || found.size > LONGEST_SMALL_FILE ? null : readFile(join(folder, name)).catch(() => null);
}

/** The first characters of a file; null as for a small one. */
export async function readBeginning(folder: string, name: string): Promise<string | null> {
  if ((await plainFile(folder, name)) === null) return null;
  const file = await open(join(folder, name), 'r').catch(() => null);
  if (file === null) return null;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(BEGINNING_BYTES), 0, BEGINNING_BYTES, 0);
    return buffer.toString('latin1', 0, bytesRead);
  } catch {
    return null;
  } finally {
    await file.close();
  }
}

/** The lines of a file of a report. @throws RangeError when it is not there, is no plain file or is larger than any report has */
export async function linesOfReportFile(folder: string, name: string): Promise<AsyncGenerator<string>> {
  const found = await plainFile(folder, name);
  if (found === null || found.size > LARGEST_FILE) throw new RangeError(`${name} cannot be read.`);
  return linesOf(join(folder, name));
}

/** Names, and whether each is a plain file: no more than are needed to see that there are too many. Null when they cannot be read. */
async function entriesOf(folder: string): Promise<ReadonlyMap<string, boolean> | null> {
  const entries = new Map<string, boolean>();
  try {
    for await (const entry of await opendir(folder)) {
      entries.set(entry.name, entry.isFile());
      if (entries.size > MOST_ENTRIES) break;
    }
  } catch {
    return null;
  }
  return entries;
}

/** Never what a link points to: that could be any file of this machine, or one without an end. */
async function plainFile(folder: string, name: string): Promise<Stats | null> {
  const found = await lstat(join(folder, name)).catch(() => null);
  return found?.isFile() === true ? found : null;
}

async function sha256Of(path: string): Promise<string | null> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path) as AsyncIterable<Uint8Array>) hash.update(chunk);
    return hash.digest('hex');
  } catch {
    return null;
  }
}

function shownName(name: string): string {
  return name.length > LONGEST_SHOWN_NAME ? `${name.slice(0, LONGEST_SHOWN_NAME)}…` : name;
}

function isReportFile(name: string): boolean {
  return [...REPORT_FILES, ...OPTIONAL_REPORT_FILES].some((known) => known === name);
}
