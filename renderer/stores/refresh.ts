import { create } from 'zustand';

interface Refresh {
  /** Counts up whenever what is shown may be out of date. */
  readonly version: number;
  refresh(): void;
}

/** Tells every query on screen to ask again. */
export const useRefresh = create<Refresh>((set) => ({
  version: 0,
  refresh: () => set((state) => ({ version: state.version + 1 })),
}));
