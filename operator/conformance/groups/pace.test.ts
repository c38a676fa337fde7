import { describe, expect, it } from 'vitest';
import { faultOfPace } from './pace.ts';

/** Items that come so many at a time, so many seconds apart. */
function batches(count: number, rows: number, everySeconds: number): { readonly at: string }[] {
  return Array.from({ length: count * rows }, (_, index) => ({ at: new Date(Date.UTC(2026, 0, 1) + 7 + Math.floor(index / rows) * everySeconds * 1000).toISOString() }));
}

describe('the pace of a run, by the times of its items', () => {
  it.each([
    { keeps: 'a second’s rows at a time', items: batches(6, 4, 1) },
    { keeps: 'one row at a time', items: batches(24, 1, 0.25) },
    { keeps: 'a little early', items: batches(6, 4, 0.95) },
    { keeps: 'slower than asked', items: batches(24, 1, 3) },
    { keeps: 'a second’s rows at a time, told in whole seconds', items: batches(2, 4, 1).map(() => ({ at: '2026-01-01T00:00:00Z' })) },
    { keeps: 'a single row', items: batches(1, 1, 1) },
  ])('is kept by $keeps', ({ items }) => {
    expect(faultOfPace(items, 4)).toBeUndefined();
  });

  it.each([
    { breaks: 'everything at once', items: batches(1, 24, 1) },
    { breaks: 'slow batches of more than a second’s rows', items: batches(3, 8, 4) },
    { breaks: 'small batches, twice as often as they may come', items: batches(6, 4, 0.5) },
    { breaks: 'everything at once, told in whole seconds', items: batches(1, 24, 1).map(() => ({ at: '2026-01-01T00:00:00Z' })) },
    { breaks: 'a burst behind a long wait', items: [...batches(6, 1, 60), ...batches(1, 18, 1).map(() => ({ at: '2026-01-02T00:00:00.007Z' }))] },
  ])('is broken by $breaks', ({ items }) => {
    expect(faultOfPace(items, 4)).toMatch(/by their own times, where 4 a second were asked for/);
  });
});
