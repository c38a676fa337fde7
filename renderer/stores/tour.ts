import { create } from 'zustand';
import type { Step } from '../steps/steps.ts';

const TOUR_SLOT = 'drydock-tour';

/** Not begun, being taken, or left to be taken up again. */
export type TourState = 'not_begun' | 'open' | 'left';

interface Tour {
  readonly state: TourState;
  /** The step of the way that is on screen; null: none is. */
  readonly at: Pick<Step, 'name' | 'state'> | null;
  /** Counts how often it was asked for: each time the strip takes the focus. */
  readonly asked: number;
  open(): void;
  leave(): void;
  standAt(at: Pick<Step, 'name' | 'state'> | null): void;
}

/** Where the tour was in this window before it was reloaded. */
export function keptTourState(): TourState {
  const kept = sessionStorage.getItem(TOUR_SLOT);
  return kept === 'open' || kept === 'left' ? kept : 'not_begun';
}

function kept(state: TourState): { readonly state: TourState } {
  sessionStorage.setItem(TOUR_SLOT, state);
  return { state };
}

/** The guided tour, for as long as the window is open: it follows the person, and does nothing by itself. */
export const useTour = create<Tour>((set) => ({
  state: keptTourState(),
  at: null,
  asked: 0,
  open: () => set(({ asked }) => ({ ...kept('open'), asked: asked + 1 })),
  leave: () => set(kept('left')),
  standAt: (at) => set({ at }),
}));
