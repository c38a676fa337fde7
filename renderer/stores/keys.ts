import { create } from 'zustand';

interface Keys {
  /** Grids on screen, and how many of them pick rows by Space. */
  readonly grids: number;
  readonly picking: number;
  /** Tells of a grid that has come; gives back the telling that it has gone. */
  addGrid(picks: boolean): () => void;
}

/** Which keys do something just now, for the foot of the window. */
export const useKeys = create<Keys>((set) => ({
  grids: 0,
  picking: 0,
  addGrid: (picks) => {
    const change = (by: number): void => set((state) => ({ grids: state.grids + by, picking: state.picking + (picks ? by : 0) }));
    change(1);
    return () => change(-1);
  },
}));
