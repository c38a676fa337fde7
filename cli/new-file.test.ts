import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from './captured-terminal.testing.ts';
import { writeNewFile } from './new-file.ts';

describe('a new file', () => {
  it('is written piece by piece', () => {
    const path = join(temporaryFolder(), 'out.csv');
    writeNewFile(path, ['a', 'b'], 'Not written');
    expect(readFileSync(path, 'utf8')).toBe('ab');
  });

  it('is never written over something', () => {
    const path = join(temporaryFolder(), 'out.csv');
    writeFileSync(path, 'mine');
    expect(() => writeNewFile(path, ['a'], 'Not written')).toThrow('Not written');
    expect(readFileSync(path, 'utf8')).toBe('mine');
  });

  it('is not left half-written', () => {
    const path = join(temporaryFolder(), 'out.csv');
    function* failing(): Generator<string> {
      yield 'half';
      throw new Error('no more');
    }
    expect(() => writeNewFile(path, failing(), 'Not written')).toThrow('Not written');
    expect(existsSync(path)).toBe(false);
  });
});
