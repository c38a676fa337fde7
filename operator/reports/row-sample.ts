import type { ReportRow } from './report-rows.ts';
import type { ShownRows } from './rows-table.ts';

const ROWS_SHOWN = 400;
const REASONS_SHOWN = 50;

/** Chooses, as rows stream by, the ones that the readable form shows: those that need attention, then the first ones. */
export interface RowSample {
  add(row: ReportRow): void;
  shown(): ShownRows;
}

export function startRowSample(): RowSample {
  const notable: ReportRow[] = [];
  const plain: ReportRow[] = [];
  const failures = new Map<string, { code: string; message: string; count: number }>();
  let total = 0;
  return {
    add(row) {
      total += 1;
      const list = needsAttention(row) ? notable : plain;
      if (list.length < ROWS_SHOWN) list.push(row);
      if (row.item?.outcome !== 'failed') return;
      const { code, message } = row.item;
      const known = failures.get(`${code}\n${message}`);
      if (known !== undefined) known.count += 1;
      else if (failures.size < REASONS_SHOWN) failures.set(`${code}\n${message}`, { code, message, count: 1 });
    },
    shown() {
      // A short run is shown in its order, a long one with what needs attention first.
      const rows = total <= ROWS_SHOWN ? [...notable, ...plain].toSorted((one, other) => placeOf(one) - placeOf(other)) : [...notable, ...plain].slice(0, ROWS_SHOWN);
      return { rows, total, failures: [...failures.values()].toSorted((one, other) => other.count - one.count) };
    },
  };
}

function needsAttention({ planned, item }: ReportRow): boolean {
  if (item === undefined) return planned?.action === 'BLOCKED';
  return item.outcome === 'failed' || item.outcome === 'drifted' || item.outcome === 'kept_changed_since';
}

function placeOf({ planned, item }: ReportRow): number {
  return item?.row ?? planned?.row ?? 0;
}
