import { create } from 'zustand';

/** What the help panel shows: the section of one error code, or the list of all. */
export type ShownHelp = { readonly kind: 'nothing' } | { readonly kind: 'code'; readonly code: string } | { readonly kind: 'all' };

interface Help {
  readonly shown: ShownHelp;
  show(shown: ShownHelp): void;
  close(): void;
}

export const useHelp = create<Help>((set) => ({
  shown: { kind: 'nothing' },
  show: (shown) => set({ shown }),
  close: () => set({ shown: { kind: 'nothing' } }),
}));
