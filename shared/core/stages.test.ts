import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isInStage, stageBucket } from './stages.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const emails = Array.from({ length: 10_000 }, (_, index) => `person${index}@example.com`);
const buckets = emails.map((email) => stageBucket(sha256, '2025-08-09', email));

describe('a stage', () => {
  it('contains every smaller stage, and 100 contains everybody', () => {
    fc.assert(
      fc.property(fc.string(), fc.double({ min: 0, max: 100, noNaN: true }), fc.double({ min: 0, max: 100, noNaN: true }), (email, one, other) => {
        const bucket = stageBucket(sha256, '2025-08-09', email);
        expect(bucket).toBeGreaterThanOrEqual(0);
        expect(isInStage(bucket, 100)).toBe(true);
        if (isInStage(bucket, Math.min(one, other))) expect(isInStage(bucket, Math.max(one, other))).toBe(true);
      }),
      { seed: 20250809, numRuns: 1000 },
    );
  });

  it.each([1, 5, 25, 50])('of %d percent takes about that share of a large cohort', (percent) => {
    const share = (buckets.filter((bucket) => isInStage(bucket, percent)).length / buckets.length) * 100;
    expect(Math.abs(share - percent)).toBeLessThan(1.5);
  });

  it('takes the same people every time, and others in another migration', () => {
    expect(stageBucket(sha256, '2025-08-09', 'ann@example.com')).toBe(stageBucket(sha256, '2025-08-09', 'ann@example.com'));
    expect(stageBucket(sha256, '2025-08-09', 'ann@example.com')).not.toBe(stageBucket(sha256, '2025-09-01', 'ann@example.com'));
  });
});
