/** A page of a list. `next_cursor` is opaque, sent back as it came, and null on the last page. */
export type Page<Item> = { readonly items: readonly Item[]; readonly next_cursor: string | null };
