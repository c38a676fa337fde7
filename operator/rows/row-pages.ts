import type { PagedRow } from './row-messages.ts';
import type { RowStore } from './row-store.ts';
import type { RowView } from './row-view.ts';

const ROWS_AT_ONCE = 1_000;

/** One page of a view; its rows as they came, so the caller says what they are. */
export async function pageOfView<Row>(store: RowStore, list: string, view: RowView, { offset, limit, lane }: { readonly offset: number; readonly limit: number; readonly lane?: string | undefined }, parse: (row: PagedRow) => Row): Promise<{ items: Row[]; total: number }> {
  const { rows, total } = await store.ask('page', { list, view, offset, limit, turn: store.turnOf(lane, list, view) });
  return { items: rows.map(parse), total };
}

/** Every row of a view in its order, a page in memory at a time. */
export async function* rowsOfView<Row>(store: RowStore, list: string, view: RowView, parse: (row: PagedRow) => Row): AsyncGenerator<readonly Row[]> {
  for (let offset = 0; ; offset += ROWS_AT_ONCE) {
    const { items, total } = await pageOfView(store, list, view, { offset, limit: ROWS_AT_ONCE }, parse);
    if (items.length > 0) yield items;
    if (offset + ROWS_AT_ONCE >= total) return;
  }
}

/** Adds rows to a list, so many at a time that nobody waits for them. */
export function* inPages<Row>(rows: Iterable<Row>): Generator<readonly Row[]> {
  let page: Row[] = [];
  for (const row of rows) {
    page.push(row);
    if (page.length < ROWS_AT_ONCE) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}
