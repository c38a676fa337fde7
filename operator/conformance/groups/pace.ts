import type { RunItem } from '../../../shared/core/run-item.ts';

/** What a rate may be passed by without being a fault: clocks and batches are not even. */
const TOLERANCE = 1.25;
/** Rows may come a second's worth at a time. */
const AT_ONCE_SECONDS = 1;

/**
 * What came faster than the rate allows, in a sentence; undefined where nothing did. Judged by the times that the items
 * themselves carry, over every stretch of them: neither the clock of this machine nor a pause of the run plays a part, and
 * slow batches do not hide that nobody counts.
 */
export function faultOfPace(items: readonly Pick<RunItem, 'at'>[], rowsPerSecond: number): string | undefined {
  const times = items.map(({ at }) => Date.parse(at) / 1000);
  // A server may tell whole seconds, and then two times may be as much as one further apart than they look.
  const grain = times.every((time) => Number.isInteger(time)) ? 1 : 0;
  for (const [first, from] of times.entries()) {
    for (const [last, to] of times.entries()) {
      if (last <= first) continue;
      const seconds = Math.max(0, to - from);
      const rows = last - first + 1;
      if (rows > Math.max(1, rowsPerSecond * (seconds + grain + AT_ONCE_SECONDS) * TOLERANCE)) {
        return `Items ${first + 1} to ${last + 1} were written within ${seconds.toFixed(1)} s by their own times, where ${rowsPerSecond} a second were asked for.`;
      }
    }
  }
  return undefined;
}
