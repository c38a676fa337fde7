import { useCallback, useEffect, useRef, useState } from 'react';
import type { OperatorProblem } from '../../shared/contract/operator/reply.ts';
import { problemOf } from '../operator.ts';
import { useRefresh } from '../stores/refresh.ts';

export const PAGE_ROWS = 200;
/** Pages kept at a time; far more than a screen needs, far fewer than a million rows. */
const PAGES_KEPT = 8;

export interface RowPage<Item> {
  readonly items: readonly Item[];
  readonly total: number;
}

/** A window on a list that lies with the operator: the rows that were looked at last, and how many there are. */
export interface RowWindow<Item> {
  readonly total: number | undefined;
  readonly problem: OperatorProblem | undefined;
  itemAt(index: number): Item | undefined;
  /** Fetches what is missing between two places. */
  show(first: number, last: number): void;
  reload(): void;
}

interface Loaded<Item> {
  readonly key: string;
  readonly total: number | undefined;
  readonly pages: ReadonlyMap<number, readonly Item[]>;
  readonly problem: OperatorProblem | undefined;
}

type FetchPage<Item> = (offset: number, limit: number) => Promise<RowPage<Item>>;

/** The first page of the list that is likely to be opened next, so that its rows are there when it is. */
let ahead: { readonly key: string; readonly version: number; readonly page: RowPage<unknown> | undefined } | undefined;

/** Fetches the first page of a list before it is opened; null fetches nothing. It holds until a command changes something. */
export function useRowsAhead<Item>(key: string | null, fetchPage: FetchPage<Item>): void {
  const version = useRefresh((state) => state.version);
  const fetcher = useRef(fetchPage);
  fetcher.current = fetchPage;
  useEffect(() => {
    if (key === null || (ahead?.key === key && ahead.version === version)) return;
    ahead = { key, version, page: undefined };
    fetcher.current(0, PAGE_ROWS).then(
      (page) => {
        if (ahead?.key === key && ahead.version === version) ahead = { key, version, page };
      },
      // Whoever opens the list asks again, and is told what is wrong.
      () => undefined,
    );
  }, [key, version]);
}

function firstState<Item>(key: string, version: number): Loaded<Item> {
  const page = ahead?.key === key && ahead.version === version ? ahead.page : undefined;
  return page === undefined ? emptyList(key) : withPage<Item>(emptyList(key), key, 0, page.items as readonly Item[], page.total);
}

/** Fetches pages of a list as they come into view. `key` names the list: another key is another list. */
export function useRowWindow<Item>(key: string, fetchPage: FetchPage<Item>): RowWindow<Item> {
  const version = useRefresh((state) => state.version);
  const [attempt, setAttempt] = useState(0);
  const [loaded, setLoaded] = useState<Loaded<Item>>(() => firstState(key, version));
  const fetching = useRef(new Set<string>());
  const fetcher = useRef(fetchPage);
  fetcher.current = fetchPage;
  const currentKey = useRef(key);
  currentKey.current = key;
  const shown = useRef({ first: 0, last: 0 });

  const load = useCallback(async (page: number, mark: string) => {
    const askedKey = currentKey.current;
    const slot = `${mark} ${askedKey} ${page}`;
    if (fetching.current.has(slot)) return;
    fetching.current.add(slot);
    try {
      const { items, total } = await fetcher.current(page * PAGE_ROWS, PAGE_ROWS);
      if (currentKey.current === askedKey) setLoaded((known) => withPage(known, askedKey, page, items, total));
    } catch (thrown) {
      if (currentKey.current === askedKey) setLoaded((known) => ({ ...(known.key === askedKey ? known : emptyList(askedKey)), problem: problemOf(thrown) }));
    } finally {
      fetching.current.delete(slot);
    }
  }, []);

  useEffect(() => {
    const first = Math.floor(shown.current.first / PAGE_ROWS);
    const last = Math.floor(shown.current.last / PAGE_ROWS);
    for (let page = first; page <= last; page += 1) void load(page, `${version}.${attempt}`);
  }, [key, version, attempt, load]);

  const isCurrent = loaded.key === key;
  const pages = isCurrent ? loaded.pages : undefined;
  const show = useCallback(
    (first: number, last: number) => {
      shown.current = { first, last };
      for (let page = Math.floor(first / PAGE_ROWS); page <= Math.floor(last / PAGE_ROWS); page += 1) {
        if (pages?.has(page) !== true) void load(page, 'view');
      }
    },
    [pages, load],
  );
  return {
    total: isCurrent ? loaded.total : undefined,
    problem: isCurrent ? loaded.problem : undefined,
    itemAt: (index) => pages?.get(Math.floor(index / PAGE_ROWS))?.[index % PAGE_ROWS],
    show,
    reload: () => setAttempt((count) => count + 1),
  };
}

function emptyList<Item>(key: string): Loaded<Item> {
  return { key, total: undefined, pages: new Map(), problem: undefined };
}

function withPage<Item>(known: Loaded<Item>, key: string, page: number, items: readonly Item[], total: number): Loaded<Item> {
  const pages = new Map(known.key === key ? known.pages : []);
  const before = pages.get(page);
  pages.delete(page);
  // A page that came back as it was keeps its identity, so that its rows are not drawn anew.
  pages.set(page, before !== undefined && JSON.stringify(before) === JSON.stringify(items) ? before : items);
  for (const oldest of pages.keys()) {
    if (pages.size <= PAGES_KEPT) break;
    pages.delete(oldest);
  }
  return { key, total, pages, problem: undefined };
}
