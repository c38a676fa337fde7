import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { startKeyIndex } from './key-index.ts';

describe('the index of keys', () => {
  it('numbers keys as a Map does, also when they differ only at an end or are empty', () => {
    const key = fc.string({ unit: fc.constantFrom('a', 'b', '@', '.'), maxLength: 5 });
    fc.assert(
      fc.property(fc.array(key, { maxLength: 400 }), fc.integer(), (keys, seed) => {
        const index = startKeyIndex(seed);
        const oracle = new Map<string, number>();
        for (const text of keys) {
          if (!oracle.has(text)) oracle.set(text, oracle.size);
          expect(index.numberOf(text)).toBe(oracle.get(text));
        }
        expect(index.count()).toBe(oracle.size);
      }),
      { seed: 20230405, numRuns: 300 },
    );
  });

  it('keeps every number while it grows', () => {
    const index = startKeyIndex(7);
    for (let number = 0; number < 100_000; number += 1) index.numberOf(`p${number}@example.com`);
    for (let number = 0; number < 100_000; number += 997) expect(index.numberOf(`p${number}@example.com`)).toBe(number);
    expect(index.count()).toBe(100_000);
  });
});
