import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createOpenFiles } from './files.ts';

let home = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'drydock-files-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const openFiles = (processId = 1, isAlive: (pid: number) => boolean = () => true) => createOpenFiles(home, randomBytes, processId, isAlive);

describe('files in a window’s hands', () => {
  it('are known by handles alone; an upload is deleted with its handle, a person’s own file is not', () => {
    const files = openFiles();
    const upload = files.handles.newSpoolPath();
    const own = join(home, 'own.csv');
    writeFileSync(upload, 'x');
    writeFileSync(own, 'x');
    const [one, other] = [files.handles.add({ path: upload, fileName: 'u.csv', kind: 'spooled' }), files.handles.add({ path: own, fileName: 'own.csv', kind: 'opened' })];
    expect(files.handles.get(one)).toMatchObject({ path: upload });
    files.handles.release(one);
    files.handles.release(other);
    expect(existsSync(upload)).toBe(false);
    expect(existsSync(own)).toBe(true);
    expect(() => files.handles.get(one)).toThrow(/unknown_file/);
  });

  it('lie in a folder that nobody else may read, and go with the launch', () => {
    const files = openFiles();
    const path = files.handles.newSpoolPath();
    writeFileSync(path, 'x');
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
    files.close();
    expect(existsSync(path)).toBe(false);
  });

  it('of a launch that was killed are removed by the next one; those of one that runs are left', () => {
    const killed = openFiles(11).handles.newSpoolPath();
    const running = openFiles(22).handles.newSpoolPath();
    for (const path of [killed, running]) writeFileSync(path, 'x');
    mkdirSync(join(home, 'spool', 'not-ours'));
    openFiles(33, (processId) => processId === 22);
    expect(existsSync(killed)).toBe(false);
    expect(existsSync(running)).toBe(true);
    expect(existsSync(join(home, 'spool', 'not-ours'))).toBe(true);
  });
});
