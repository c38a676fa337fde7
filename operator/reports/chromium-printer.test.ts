import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createChromiumPrinter } from './chromium-printer.ts';
import { findChromium } from './find-chromium.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'drydock-printing-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const isRoot = process.getuid?.() === 0;
const page = () => ({ htmlPath: join(folder, 'report.html'), pdfPath: join(folder, 'report.pdf') });

function program(body: string): string {
  const path = join(folder, 'chromium');
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

describe('printing with the Chromium of the machine', () => {
  it('gives a PDF with a page for each page, and leaves nothing else behind', async () => {
    const { htmlPath, pdfPath } = page();
    writeFileSync(htmlPath, '<!doctype html><title>One & two</title><p>one<p style="break-before: page">two');
    const printer = createChromiumPrinter({ platform: process.platform, env: process.env, isRoot });
    expect(printer.unavailable()).toBeUndefined();
    await printer.print({ htmlPath, pdfPath });
    const pdf = readFileSync(pdfPath, 'latin1');
    expect(pdf.startsWith('%PDF-')).toBe(true);
    expect(/\/Count (\d+)/.exec(pdf)?.[1]).toBe('2');
    expect(readdirSync(folder)).toEqual(['report.html', 'report.pdf']);
  });

  it('gives it none of the secrets of Drydock, and a profile that is gone afterwards', async () => {
    const path = program(`env > '${join(folder, 'env')}'; for a in "$@"; do case $a in --print-to-pdf=*) echo pdf > "\${a#--print-to-pdf=}";; --user-data-dir=*) echo "\${a#--user-data-dir=}" > '${join(folder, 'profile')}';; esac; done`);
    await createChromiumPrinter({ platform: 'linux', env: { PATH: process.env['PATH'], DRYDOCK_CHROMIUM: path, DRYDOCK_TOKEN: 'secret-token' }, isRoot: false }).print(page());
    expect(readFileSync(join(folder, 'env'), 'utf8')).not.toMatch(/secret-token|DRYDOCK/);
    const profile = readFileSync(join(folder, 'profile'), 'utf8').trim();
    expect(profile).toContain('drydock-print-');
    expect(readdirSync(join(profile, '..'))).not.toContain(profile.split('/').at(-1));
  });

  it.each([
    ['ends without a page', 'sleep 600 & echo $! > CHILD; exit 0', 'Chromium printed nothing'],
    ['fails', 'sleep 600 & echo $! > CHILD; exit 7', 'Chromium ended without printing it'],
    ['is too slow', 'sleep 600 & echo $! > CHILD; wait', 'Chromium did not print it within 1 seconds'],
  ])('says so where Chromium %s, and ends what it started', async (_how, body, sentence) => {
    const env = { PATH: process.env['PATH'], DRYDOCK_CHROMIUM: program(body.replace('CHILD', join(folder, 'child'))) };
    await expect(createChromiumPrinter({ platform: 'linux', env, isRoot: false, timeoutMs: 600 }).print(page())).rejects.toThrow(sentence);
    const child = Number(readFileSync(join(folder, 'child'), 'utf8'));
    await expect.poll(() => isRunning(child)).toBe(false);
  });

  it('leaves no Chromium behind where Drydock is killed while it prints, none of what Chromium started, and no profile', async () => {
    const env = { PATH: process.env['PATH'], DRYDOCK_CHROMIUM: program(`for a in "$@"; do case $a in --user-data-dir=*) echo "\${a#--user-data-dir=}" > ${join(folder, 'profile')};; esac; done; sleep 600 & echo $$ $! > ${join(folder, 'started')}; mv ${join(folder, 'started')} ${join(folder, 'children')}; wait`) };
    const script = join(folder, 'printing.mjs');
    const printer = JSON.stringify(pathToFileURL(join(import.meta.dirname, 'chromium-printer.ts')).href);
    writeFileSync(script, `import { createChromiumPrinter } from ${printer}; await createChromiumPrinter(${JSON.stringify({ platform: 'linux', env, isRoot: false })}).print(${JSON.stringify(page())});`);
    const printing = spawn(process.execPath, [script], { stdio: 'ignore' });
    await expect.poll(() => existsSync(join(folder, 'children')), { timeout: 30_000 }).toBe(true);
    const children = readFileSync(join(folder, 'children'), 'utf8').trim().split(' ').map(Number);
    const profile = readFileSync(join(folder, 'profile'), 'utf8').trim();
    expect([children.map(isRunning), existsSync(profile)]).toEqual([[true, true], true]);
    const ended = once(printing, 'exit');
    printing.kill('SIGKILL');
    await ended;
    await expect.poll(() => [children.map(isRunning), existsSync(profile)], { timeout: 10_000 }).toEqual([[false, false], false]);
  });

  it('says so where what was named as Chromium is none that can be started', async () => {
    const path = join(folder, 'chromium');
    writeFileSync(path, 'no program\0');
    chmodSync(path, 0o755);
    await expect(createChromiumPrinter({ platform: 'linux', env: { PATH: process.env['PATH'], DRYDOCK_CHROMIUM: path }, isRoot: false }).print(page())).rejects.toThrow('could not be started');
  });

  it('says beforehand that there is none, also where the one that was named is missing', () => {
    for (const env of [{}, { PATH: folder }, { DRYDOCK_CHROMIUM: join(folder, 'nowhere'), PATH: process.env['PATH'] }]) {
      expect(createChromiumPrinter({ platform: 'linux', env, isRoot }).unavailable()).toContain('no Chromium');
    }
    const path = program('exit 0');
    expect([findChromium('linux', { PATH: `/nowhere:${folder}` }), findChromium('linux', { CHROMIUM: path, PATH: '' })]).toEqual([path, path]);
  });
});

/** One that has ended and that nobody has asked after yet runs no more. */
function isRunning(processId: number): boolean {
  const state = spawnSync('ps', ['-o', 'stat=', '-p', String(processId)], { encoding: 'utf8' }).stdout.trim();
  return state !== '' && !state.startsWith('Z');
}
