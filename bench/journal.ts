import { medianOf, median } from './measure.ts';
import type { BenchTable } from './table.ts';

const BATCHES = [{ batch: 1, bar: 1.1 }, { batch: 100, bar: 1.3 }, { batch: 1_000, bar: 1.6 }] as const;
const SIZES = [1_000, 10_000, 100_000, 1_000_000];

/**
 * `journal`: items of a run brought into the journal, against bare inserts of the same bytes at the same durability and
 * as many a transaction. Arguments: items (200,000) and runs (5) of the comparison; then the mirror alone at 1,000 a
 * transaction, as it grows.
 */
export function benchJournal([items = '200000', runs = '5', growth = String(SIZES.at(-1))]: readonly string[]): BenchTable {
  const rows = BATCHES.map(({ batch, bar }) => compared(Number(items), batch, bar, Number(runs)));
  for (const size of SIZES.filter((one) => one <= Number(growth))) {
    const mirror = medianOf('./journal-once.ts', ['mirror', String(size), '1000'], size >= 1_000_000 ? 1 : Number(runs));
    rows.push([size.toLocaleString('en'), '1,000', '', seconds(mirror.milliseconds), '', '', rate(size, mirror.milliseconds), mirror.peakMemoryMb.toFixed(0)]);
  }
  return {
    name: 'journal',
    about: `items mirrored, chained, sealed, WAL and FULL, against bare inserts; medians of ${runs}, taken in turns`,
    columns: ['items', 'a transaction', 'bare s', 'mirror s', 'x of bare', 'bar', 'rows/s', 'peak MB'],
    rows,
  };
}

/** In turns, so that what else the machine does meets both alike. */
function compared(items: number, batch: number, bar: number, runs: number): string[] {
  const once = (work: string) => medianOf('./journal-once.ts', [work, String(items), String(batch)], 1);
  const pairs = Array.from({ length: runs }, () => ({ bare: once('bare').milliseconds, mirror: once('mirror') }));
  const [bare, mirror] = [median(pairs.map((pair) => pair.bare)), median(pairs.map((pair) => pair.mirror.milliseconds))];
  const peak = Math.max(...pairs.map((pair) => pair.mirror.peakMemoryMb));
  return [items.toLocaleString('en'), batch.toLocaleString('en'), seconds(bare), seconds(mirror), (mirror / bare).toFixed(2), bar.toFixed(1), rate(items, mirror), peak.toFixed(0)];
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1_000).toFixed(2);
}

function rate(items: number, milliseconds: number): string {
  return Math.round((items / milliseconds) * 1_000).toLocaleString('en');
}
