import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NotAPracticeFolder, preparePracticeFolder } from './folder.ts';

describe('the folder of a practice environment', () => {
  let parent = '';
  let folder = '';
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'drydock-folder-'));
    folder = join(parent, 'practice');
  });
  afterEach(() => {
    rmSync(parent, { recursive: true });
  });

  it('is made when it is not there, and emptied by a reset', () => {
    preparePracticeFolder(folder, false);
    writeFileSync(join(folder, 'old'), '');
    preparePracticeFolder(folder, false);
    expect(existsSync(join(folder, 'old'))).toBe(true);
    preparePracticeFolder(folder, true);
    expect(existsSync(join(folder, 'old'))).toBe(false);
  });

  it.each([true, false])('is never one with something else in it (reset: %s)', (reset) => {
    mkdirSync(folder);
    writeFileSync(join(folder, 'thesis.txt'), 'three years of work');
    expect(() => preparePracticeFolder(folder, reset)).toThrow(NotAPracticeFolder);
    expect(existsSync(join(folder, 'thesis.txt'))).toBe(true);
  });
});
