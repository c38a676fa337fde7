import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MANIFEST, MANIFEST_SIGNATURE, OPTIONAL_REPORT_FILES, parseManifest, REPORT_FILES } from './manifest.ts';

const LONGEST_SMALL_FILE = 1024 * 1024;

/** What is wrong with the set of files, each in a sentence; empty when it is exactly the manifest's. */
export async function checkFileSet(folder: string, manifest: string | null): Promise<{ readonly wrong: readonly string[]; readonly hashes: ReadonlyMap<string, string> }> {
  const hashes = manifest === null ? null : parseManifest(manifest);
  if (hashes === null) return { wrong: [`${MANIFEST} is missing or is no manifest.`], hashes: new Map() };
  const wrong: string[] = [];
  const entries = await readdir(folder, { withFileTypes: true });
  const there = new Set(entries.map((entry) => entry.name));
  for (const entry of entries) {
    if (!entry.isFile()) wrong.push(`${entry.name} is no plain file.`);
    else if (!hashes.has(entry.name) && entry.name !== MANIFEST && entry.name !== MANIFEST_SIGNATURE) wrong.push(`${entry.name} is not in the manifest: it was added or renamed.`);
  }
  for (const name of hashes.keys()) {
    if (!there.has(name)) wrong.push(`${name} is missing: it was removed or renamed.`);
    if (!isReportFile(name)) wrong.push(`${name} is no file of a report.`);
  }
  for (const name of REPORT_FILES) if (!hashes.has(name)) wrong.push(`The manifest does not name ${name}.`);
  if (!there.has(MANIFEST_SIGNATURE)) wrong.push(`${MANIFEST_SIGNATURE} is missing.`);
  return { wrong, hashes };
}

/** Names of files whose bytes are not those of the manifest. Missing ones are left to the check of the set. */
export async function changedFiles(folder: string, hashes: ReadonlyMap<string, string>): Promise<readonly string[]> {
  const changed: string[] = [];
  for (const [name, sha256] of hashes) {
    const path = join(folder, name);
    if (!isReportFile(name) || !(await stat(path).catch(() => undefined))?.isFile()) continue;
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(path) as AsyncIterable<Uint8Array>) hash.update(chunk);
    if (hash.digest('hex') !== sha256) changed.push(name);
  }
  return changed;
}

/** A small file's bytes; null when it is not there, is no plain file or is larger than it can be. */
export async function readSmallFile(folder: string, name: string): Promise<Buffer | null> {
  const path = join(folder, name);
  const found = await stat(path).catch(() => undefined);
  return found === undefined || !found.isFile() || found.size > LONGEST_SMALL_FILE ? null : readFile(path);
}

function isReportFile(name: string): boolean {
  return [...REPORT_FILES, ...OPTIONAL_REPORT_FILES].some((known) => known === name);
}
