import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { extractAll, extractFile, listPackage } from '@electron/asar';
import { FuseState, FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { plainEnvironment, projectFolder } from '../support/command-line.ts';
import { writeStubElectron } from './stub-electron.ts';

const ARCH = process.arch === 'arm64' ? 'arm64' : 'x64';
const run = promisify(execFile);

let folder: string;
let archive: string;
let entries: string[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'drydock-package-'));
  writeStubElectron(join(folder, 'electron'), packageJson.devDependencies.electron);
  const builder = join(projectFolder, 'node_modules', 'electron-builder', 'cli.js');
  const settings = ['--config', 'electron-builder.yml', `-c.electronDist=${join(folder, 'electron')}`, `-c.directories.output=${join(folder, 'release')}`];
  await run(process.execPath, [builder, '--linux', 'dir', `--${ARCH}`, ...settings, '--publish', 'never'], { cwd: projectFolder });
  archive = join(unpacked(), 'resources', 'app.asar');
  entries = listPackage(archive, { isPack: false });
  process.stdout.write(`The packaged app is ${(statSync(archive).size / 1024 / 1024).toFixed(1)} MB.\n`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function unpacked(): string {
  return join(folder, 'release', ARCH === 'x64' ? 'linux-unpacked' : `linux-${ARCH}-unpacked`);
}

describe('the packaged app', () => {
  test.each(['/package.json', '/dist/electron/main.js', '/dist/preload/preload.cjs', '/dist/renderer/index.html', '/dist/server/main.js', '/resources/samples/account-prep-60.csv', '/resources/icons/icon.png'])('has %s', (path) => {
    expect(entries).toContain(path);
  });

  test('has the natives of its own platform inside the archive, and of no other', () => {
    const natives = entries.filter((path) => path.endsWith('.node'));
    expect(natives).toHaveLength(2);
    expect(natives).toContain(`/node_modules/better-sqlite3/prebuilds/linux-${ARCH}.node`);
    expect(natives.join()).toContain(`argon2-linux-${ARCH}`);
  });

  test('has neither sources nor tests nor anything that is bundled already', () => {
    const packages = new Set(entries.flatMap((path) => /^\/node_modules\/((?:@[^/]+\/)?[^/@]+)$/.exec(path)?.[1] ?? []));
    expect([...packages].sort()).toEqual(['@electric-sql/pglite', '@node-rs/argon2', `@node-rs/argon2-linux-${ARCH}-gnu`, 'better-sqlite3']);
    expect(entries.filter((path) => /\.(ts|tsx|map)$|^\/(tests|docs|scripts|bench|tools)\//.test(path))).toEqual([]);
  });

  test('has a preload that needs electron and nothing else', () => {
    const preload = extractFile(archive, 'dist/preload/preload.cjs').toString();
    expect(Array.from(preload.matchAll(/require\(\s*"([^"]+)"\s*\)|\bimport\b/g), (found) => found[1])).toEqual(['electron']);
    expect(preload.length).toBeLessThan(4_096);
  });

  test('starts where its package says', () => {
    const manifest: unknown = JSON.parse(extractFile(archive, 'package.json').toString());
    expect(manifest).toMatchObject({ name: 'drydock', main: 'dist/electron/main.js', type: 'module' });
  });

  test('has a practice server that starts from what is in the package, with nothing beside it', async () => {
    const extracted = join(folder, 'extracted');
    extractAll(archive, extracted);
    const server = spawn(process.execPath, [join(extracted, 'dist', 'server', 'main.js'), 'practice', '--port', '0'], { cwd: folder, env: { ...plainEnvironment(), DRYDOCK_DATA: join(folder, 'data') }, stdio: ['ignore', 'pipe', 'ignore'] });
    const ended = once(server, 'exit');
    try {
      const [line] = (await Promise.race([once(createInterface({ input: server.stdout }), 'line'), ended])) as readonly unknown[];
      const ready: unknown = JSON.parse(String(line));
      expect(ready).toMatchObject({ url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+/) as unknown, sample: expect.stringContaining('account-prep-60.csv') as unknown });
    } finally {
      server.kill('SIGTERM');
      await ended;
    }
  });

  test('has its fuses set: no plain Node, no debugger, no way past the archive', async () => {
    const wire = await getCurrentFuseWire(join(unpacked(), 'drydock'));
    const off = [FuseV1Options.RunAsNode, FuseV1Options.EnableNodeOptionsEnvironmentVariable, FuseV1Options.EnableNodeCliInspectArguments, FuseV1Options.GrantFileProtocolExtraPrivileges];
    const on = [FuseV1Options.EnableCookieEncryption, FuseV1Options.EnableEmbeddedAsarIntegrityValidation, FuseV1Options.OnlyLoadAppFromAsar];
    expect(off.map((fuse) => wire[fuse])).toEqual(off.map(() => FuseState.DISABLE));
    expect(on.map((fuse) => wire[fuse])).toEqual(on.map(() => FuseState.ENABLE));
  });
});
