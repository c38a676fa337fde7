import { type RefObject, useCallback, useLayoutEffect, useRef, useState } from 'react';
import { flushSync } from 'react-dom';

/** Row height; a screen holds some thirty. */
export const ROW_HEIGHT_PX = 30;
/** Height of the head that stays above the rows. */
export const HEAD_HEIGHT_PX = 31;
/** Rows kept ready above and below those in view. */
const OVERSCAN_ROWS = 6;
/** Chromium draws no element taller than 33,554,432 px; a taller list is scrolled in proportion. */
export const BOX_HEIGHT_MAX_PX = 30_000_000;

/** Height of the rows' view before it has been measured: nearly that of the first window. */
const LIKELY_VIEW_PX = 600;

/** How a list of rows of one height lies in its scrolled box. */
export interface RowSpan {
  /** Height of the box that holds the rows. */
  readonly boxHeightPx: number;
  /** First and last row to be drawn; last is -1 where there is none. */
  readonly first: number;
  readonly last: number;
  /** Where row 0 would lie in the box; 0 unless the list is taller than a box can be. */
  readonly originPx: number;
}

/** The rows to be drawn for a place of the scroll bar. Every row of a list of any length has a place where it is seen whole. */
export function rowSpan({ total, scrollTopPx, viewHeightPx }: { readonly total: number; readonly scrollTopPx: number; readonly viewHeightPx: number }): RowSpan {
  const { boxHeightPx, fullHeightPx } = heightsOf(total);
  const top = fullHeightPx === boxHeightPx ? scrollTopPx : Math.round(scrollTopPx * stretchOf(total, viewHeightPx));
  const first = Math.max(0, Math.floor(top / ROW_HEIGHT_PX) - OVERSCAN_ROWS);
  const last = Math.min(total - 1, Math.floor((top + viewHeightPx) / ROW_HEIGHT_PX) + OVERSCAN_ROWS);
  return { boxHeightPx, first, last, originPx: scrollTopPx - top };
}

/** Where the scroll bar has to be for a row to be seen whole; where it is, if it is seen already. */
export function scrollTopFor({ total, scrollTopPx, viewHeightPx }: { readonly total: number; readonly scrollTopPx: number; readonly viewHeightPx: number }, index: number): number {
  const stretch = stretchOf(total, viewHeightPx);
  const top = scrollTopPx * stretch;
  const start = index * ROW_HEIGHT_PX;
  if (start < top) return start / stretch;
  if (start + ROW_HEIGHT_PX > top + viewHeightPx) return Math.max(0, (start + ROW_HEIGHT_PX - viewHeightPx) / stretch);
  return scrollTopPx;
}

function heightsOf(total: number): { readonly boxHeightPx: number; readonly fullHeightPx: number } {
  const fullHeightPx = total * ROW_HEIGHT_PX;
  return { fullHeightPx, boxHeightPx: Math.min(fullHeightPx, BOX_HEIGHT_MAX_PX) };
}

/** Pixels of the list that go by for a pixel of the scroll bar. */
function stretchOf(total: number, viewHeightPx: number): number {
  const { boxHeightPx, fullHeightPx } = heightsOf(total);
  const scrolled = boxHeightPx - viewHeightPx;
  return fullHeightPx === boxHeightPx || scrolled <= 0 ? 1 : (fullHeightPx - viewHeightPx) / scrolled;
}

interface FixedRows extends RowSpan {
  /** For the element that scrolls, under a head of `HEAD_HEIGHT_PX`. */
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly onScroll: () => void;
  readonly bringIntoView: (index: number) => void;
  /** How many whole rows are seen at once. */
  readonly rowsInView: () => number;
}

/** The rows of a scrolled list that are to be drawn just now, and a way to bring one into view. */
export function useFixedRows(total: number): FixedRows {
  const scroller = useRef<HTMLDivElement>(null);
  const [place, setPlace] = useState({ scrollTopPx: 0, viewHeightPx: LIKELY_VIEW_PX });
  const latest = useRef(place);
  latest.current = place;
  const span = rowSpan({ total, ...place });
  const placeNow = useCallback(() => {
    const element = scroller.current;
    return { scrollTopPx: element?.scrollTop ?? 0, viewHeightPx: Math.max(0, (element?.clientHeight ?? 0) - HEAD_HEIGHT_PX) };
  }, []);

  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    // A list that was out of sight comes back where it was left.
    element.scrollTo({ top: latest.current.scrollTopPx });
    // Rows that are added while sizes are told would have sizes told again, in the same frame.
    let waiting = 0;
    const observer = new ResizeObserver(() => {
      cancelAnimationFrame(waiting);
      waiting = requestAnimationFrame(() => setPlace(placeNow()));
    });
    observer.observe(element);
    return () => {
      cancelAnimationFrame(waiting);
      observer.disconnect();
    };
  }, [placeNow]);

  // In the same frame as the scrolling itself: a frame later the rows would come after the blank that they fill.
  const { first, last, originPx } = span;
  const onScroll = useCallback(() => {
    const now = placeNow();
    const next = rowSpan({ total, ...now });
    if (next.first !== first || next.last !== last || next.originPx !== originPx) flushSync(() => setPlace(now));
  }, [placeNow, total, first, last, originPx]);

  const bringIntoView = useCallback(
    (index: number) => {
      scroller.current?.scrollTo({ top: scrollTopFor({ total, ...placeNow() }, index) });
    },
    [total, placeNow],
  );
  const rowsInView = useCallback(() => Math.floor(placeNow().viewHeightPx / ROW_HEIGHT_PX), [placeNow]);
  return { ...span, scroller, onScroll, bringIntoView, rowsInView };
}
