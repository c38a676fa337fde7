/** A way to look at a list: which of its rows, and in which order. Two views of the same content are the same view. */
export interface RowView {
  /** Column and value, both as they stand; compared in folded form. */
  readonly equal?: Readonly<Record<string, string>>;
  /** Only rows with this tag. */
  readonly tag?: string;
  /** Only rows of which something was decided that the list does not say yet. */
  readonly isPending?: boolean;
  readonly q?: string;
  /** A column; absent: the order in which the rows came. */
  readonly sort?: string;
  readonly descending?: boolean;
}

/** Whether a view leaves nothing out. */
export function isUnfiltered({ equal = {}, tag, isPending, q }: RowView): boolean {
  return Object.keys(equal).length === 0 && tag === undefined && isPending !== true && (q === undefined || q.trim() === '');
}

/** Names a view, for finding it again. */
export function viewKey({ equal = {}, tag, isPending = false, q = '', sort, descending = false }: RowView): string {
  return JSON.stringify([Object.entries(equal).sort(([one], [other]) => (one < other ? -1 : 1)), tag ?? null, isPending, q.trim(), sort ?? null, descending]);
}

/** What a person has chosen: some rows by number, or all of a view but some. Nobody's address is in it. */
export type RowChoice = { readonly rows: readonly number[] } | { readonly view: RowView; readonly except: readonly number[] };
