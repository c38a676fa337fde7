import { Refusal } from '../guards/refusal.ts';

const LIMIT = 100;

/** Reads the paging of a list whose cursor is a number: how many, and behind which. Throws `Refusal('invalid_request')`. */
export function readCursor(query: { readonly after?: string | undefined; readonly limit?: string | undefined }): { readonly after: number; readonly limit: number } {
  const limit = query.limit === undefined ? LIMIT : Number(query.limit);
  if (query.after === undefined) return { after: 0, limit };
  if (!/^[0-9]{1,15}$/.test(query.after)) throw badCursor();
  return { after: Number(query.after), limit };
}

/** For lists with cursors of their own. */
export function badCursor(): Refusal {
  return new Refusal('invalid_request', { errors: [{ path: 'query.after', message: 'is no place in this list' }] });
}

export function limitOf(query: { readonly limit?: string | undefined }): number {
  return query.limit === undefined ? LIMIT : Number(query.limit);
}

/** A page out of what was read with one more than the limit: if the one more is there, there is a next page. */
export function pageOf<Item>(read: readonly Item[], limit: number, cursorOf: (last: Item, count: number) => string): { items: Item[]; next_cursor: string | null } {
  const items = read.slice(0, limit);
  const last = items.at(-1);
  return { items, next_cursor: read.length > limit && last !== undefined ? cursorOf(last, items.length) : null };
}
