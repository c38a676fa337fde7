import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { retryAfterMs } from './retry-after.ts';
import { retryWaitMs } from './retry-wait.ts';

const now = new Date('2026-01-01T00:00:00Z');

describe('the wait before another attempt', () => {
  it('grows, is never more than an hour, and never less than half of its ceiling', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (attempts, random) => {
        const ceiling = Math.min(1_000 * 2 ** (attempts - 1), 3_600_000);
        const wait = retryWaitMs(attempts, random);
        expect(wait).toBeGreaterThanOrEqual(Math.floor(ceiling / 2));
        expect(wait).toBeLessThanOrEqual(ceiling);
        expect(retryWaitMs(attempts + 1, 0)).toBeGreaterThanOrEqual(retryWaitMs(attempts, 0));
      }),
      { seed: 7 },
    );
  });

  it('spreads what failed together', () => {
    expect(new Set([0, 0.25, 0.5, 0.75].map((random) => retryWaitMs(8, random))).size).toBe(4);
  });
});

describe('Retry-After', () => {
  it.each([
    ['0', 0],
    ['30', 30_000],
    ['1.5', 1_500],
    ['99999', 600_000],
    ['Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
    ['Wed, 31 Dec 2025 00:01:00 GMT', 0],
    ['soon', 5_000],
    ['-3', 5_000],
  ])('%s is %i ms', (header, expected) => {
    expect(retryAfterMs(header, null, now)).toBe(expected);
  });

  it('is a few seconds where there is none', () => {
    expect(retryAfterMs(null, null, now)).toBe(5_000);
  });

  it('is read against the clock of whoever answered', () => {
    expect(retryAfterMs('Thu, 01 Jan 2026 02:00:05 GMT', 'Thu, 01 Jan 2026 02:00:00 GMT', now)).toBe(5_000);
  });
});
