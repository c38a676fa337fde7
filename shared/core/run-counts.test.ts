import { describe, expect, it } from 'vitest';
import { addOutcomes, hasFailures, noCounts, passesThreshold, rowsDone, runCountsSchema } from './run-counts.ts';
import { itemOutcomeSchema } from './run-item.ts';

describe('counts of a run', () => {
  it('have a place for every outcome', () => {
    const all = addOutcomes(noCounts, itemOutcomeSchema.options);
    expect(runCountsSchema.parse(all)).toEqual(all);
    expect(Object.values(all).every((count) => count === 1)).toBe(true);
    expect(rowsDone(all)).toBe(itemOutcomeSchema.options.length);
    expect(rowsDone(noCounts)).toBe(0);
  });

  it('call failed rows failures, and drifted ones not: those were kept on purpose', () => {
    expect(hasFailures(addOutcomes(noCounts, ['drifted', 'skipped', 'kept_changed_since']))).toBe(false);
    expect(hasFailures(addOutcomes(noCounts, ['failed']))).toBe(true);
  });

  it('pass a threshold only when more fail than it allows', () => {
    expect(passesThreshold(5, 100, 0.05)).toBe(false);
    expect(passesThreshold(5, 99, 0.05)).toBe(true);
    expect(passesThreshold(5, 5, 1)).toBe(false);
    expect(passesThreshold(1, 1_000_000, 0)).toBe(true);
    expect(passesThreshold(0, 100, 0)).toBe(false);
  });
});
