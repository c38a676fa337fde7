import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What @electron/fuses looks for in Electron's program; a version byte, the number of fuses and one byte each follow. */
const FUSE_SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
const FUSE_VERSION = 1;
const FUSE_COUNT = 9;
const FUSE_ON = 0x31;

/**
 * A folder that packaging takes for Electron's, where Electron itself is not to be had: its program is a few bytes with
 * a fuse wire in which every fuse is on, so that one that was not flipped shows.
 */
export function writeStubElectron(folder: string, version: string): void {
  mkdirSync(join(folder, 'resources'), { recursive: true });
  mkdirSync(join(folder, 'locales'), { recursive: true });
  const wire = Buffer.from([FUSE_VERSION, FUSE_COUNT, ...Array.from({ length: FUSE_COUNT }, () => FUSE_ON)]);
  writeFileSync(join(folder, 'electron'), Buffer.concat([Buffer.from('\u007fELF made up '), Buffer.from(FUSE_SENTINEL), wire, Buffer.alloc(64)]));
  chmodSync(join(folder, 'electron'), 0o755);
  writeFileSync(join(folder, 'version'), version);
  writeFileSync(join(folder, 'LICENSE'), 'made up');
  writeFileSync(join(folder, 'LICENSES.chromium.html'), '');
  writeFileSync(join(folder, 'locales', 'en-US.pak'), '');
}
