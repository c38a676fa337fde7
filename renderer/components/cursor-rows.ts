import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { OperatorProblem } from '../../shared/contract/operator/reply.ts';
import { problemOf } from '../operator.ts';
import type { RowWindow } from './row-window.ts';

/** This near to the end of what is there, the next page is fetched. */
const NEAR_END_ROWS = 30;

export interface CursorPage<Item> {
  readonly items: readonly Item[];
  readonly next_cursor: string | null;
}

interface Loaded<Item> {
  readonly key: string;
  readonly items: readonly Item[];
  /** Undefined: nothing was fetched yet. */
  readonly next: string | null | undefined;
  readonly problem: OperatorProblem | undefined;
}

interface CursorOptions<Item> {
  /** The first page, where it is there already. */
  readonly first?: CursorPage<Item>;
  /** What is shown of what was fetched; everything unless given. */
  readonly keep?: ((item: Item) => boolean) | undefined;
  /** Rows at which fetching ends although more are left. */
  readonly maxRows?: number;
}

export interface CursorRows<Item> extends RowWindow<Item> {
  readonly fetched: number;
  /** Whether the end of the list was reached. */
  readonly isWhole: boolean;
}

/** A list behind a cursor as rows of a grid: page after page as the person comes near to the end, or as a filter finds too few. */
export function useCursorRows<Item>(key: string, fetchPage: (after: string | undefined) => Promise<CursorPage<Item>>, { first, keep, maxRows = Number.MAX_SAFE_INTEGER }: CursorOptions<Item> = {}): CursorRows<Item> {
  const firstOf = (): Loaded<Item> => ({ key, items: first?.items ?? [], next: first?.next_cursor, problem: undefined });
  const [loaded, setLoaded] = useState<Loaded<Item>>(firstOf);
  const current = loaded.key === key ? loaded : firstOf();
  const fetcher = useRef(fetchPage);
  fetcher.current = fetchPage;
  const fetching = useRef<string | undefined>(undefined);
  const latestKey = useRef(key);
  latestKey.current = key;

  const more = useCallback(async (known: Loaded<Item>): Promise<void> => {
    const slot = `${known.key} ${known.next ?? ''}`;
    if (fetching.current === slot) return;
    fetching.current = slot;
    try {
      const page = await fetcher.current(known.next ?? undefined);
      if (latestKey.current === known.key) setLoaded({ key: known.key, items: [...known.items, ...page.items], next: page.next_cursor, problem: undefined });
    } catch (thrown) {
      if (latestKey.current === known.key) setLoaded({ ...known, problem: problemOf(thrown) });
    } finally {
      if (fetching.current === slot) fetching.current = undefined;
    }
  }, []);

  const rows = useMemo(() => (keep === undefined ? current.items : current.items.filter(keep)), [current.items, keep]);
  const isWhole = current.next === null;
  const isEnded = isWhole || current.items.length >= maxRows;
  const show = useCallback(
    (_first: number, last: number) => {
      if (!isEnded && current.problem === undefined && last >= rows.length - NEAR_END_ROWS) void more(current);
    },
    [current, rows.length, isEnded, more],
  );
  // A key that was never fetched has no grid yet to ask for its rows.
  useEffect(() => {
    if (loaded.key !== key) show(0, 0);
  }, [loaded.key, key, show]);
  return {
    total: rows.length > 0 || isEnded ? rows.length : undefined,
    problem: current.problem,
    itemAt: (index) => rows[index],
    show,
    reload: () => void more({ ...current, problem: undefined }),
    fetched: current.items.length,
    isWhole,
  };
}
