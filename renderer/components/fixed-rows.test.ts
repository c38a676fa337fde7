import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BOX_HEIGHT_MAX_PX, ROW_HEIGHT_PX, rowSpan, scrollTopFor } from './fixed-rows.ts';

const SEED = 20_251_201;
const list = fc.record({ total: fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 900_000, max: 5_000_000 })), viewHeightPx: fc.integer({ min: 60, max: 1_400 }), share: fc.double({ min: 0, max: 1, noNaN: true }), target: fc.double({ min: 0, max: 1, noNaN: true }) });

/** Where a row lies in what is seen: 0 is the upper edge. */
function placeOf(index: number, { originPx, scrollTopPx }: { readonly originPx: number; readonly scrollTopPx: number }): number {
  return originPx + index * ROW_HEIGHT_PX - scrollTopPx;
}

test('every row of a list of any length can be brought into view whole, from wherever the list stands', () => {
  fc.assert(
    fc.property(list, ({ total, viewHeightPx, share, target }) => {
      const { boxHeightPx } = rowSpan({ total, scrollTopPx: 0, viewHeightPx });
      expect(boxHeightPx).toBeLessThanOrEqual(BOX_HEIGHT_MAX_PX);
      const furthest = Math.max(0, boxHeightPx - viewHeightPx);
      const index = Math.min(total - 1, Math.floor(target * total));
      const scrollTopPx = Math.min(furthest, Math.max(0, scrollTopFor({ total, scrollTopPx: share * furthest, viewHeightPx }, index)));
      const span = rowSpan({ total, scrollTopPx, viewHeightPx });
      expect(index).toBeGreaterThanOrEqual(span.first);
      expect(index).toBeLessThanOrEqual(span.last);
      // A pixel of the scroll bar is some pixels of a list that is taller than a box can be.
      const slackPx = Math.ceil((total * ROW_HEIGHT_PX) / boxHeightPx);
      const place = placeOf(index, { ...span, scrollTopPx });
      expect(place).toBeGreaterThanOrEqual(-slackPx);
      expect(place + ROW_HEIGHT_PX).toBeLessThanOrEqual(Math.max(viewHeightPx, ROW_HEIGHT_PX) + slackPx);
    }),
    { seed: SEED, numRuns: 500 },
  );
});

test('what is seen is covered with rows at every place of the scroll bar, up to the very last one', () => {
  fc.assert(
    fc.property(list, ({ total, viewHeightPx, share }) => {
      const { boxHeightPx } = rowSpan({ total, scrollTopPx: 0, viewHeightPx });
      const scrollTopPx = share * Math.max(0, boxHeightPx - viewHeightPx);
      const span = rowSpan({ total, scrollTopPx, viewHeightPx });
      expect(Math.min(0, placeOf(span.first, { ...span, scrollTopPx }))).toBe(span.first === 0 ? Math.min(0, placeOf(0, { ...span, scrollTopPx })) : placeOf(span.first, { ...span, scrollTopPx }));
      const lowerEdge = placeOf(span.last, { ...span, scrollTopPx }) + ROW_HEIGHT_PX;
      expect(span.last === total - 1 || lowerEdge >= viewHeightPx).toBe(true);
      expect(rowSpan({ total, scrollTopPx: Math.max(0, boxHeightPx - viewHeightPx), viewHeightPx }).last).toBe(total - 1);
    }),
    { seed: SEED, numRuns: 500 },
  );
});

test('an empty list has no row to draw', () => {
  expect(rowSpan({ total: 0, scrollTopPx: 0, viewHeightPx: 600 })).toMatchObject({ last: -1, boxHeightPx: 0 });
});
