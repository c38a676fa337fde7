import { create } from 'zustand';
import type { StepName } from '../steps/steps.ts';

export type Screen = 'migrations' | 'way' | 'runs' | 'reports' | 'journal' | 'settings';

interface Place {
  readonly screen: Screen;
  readonly migration: string | null;
  /** Null: where the way stands. */
  readonly step: StepName | null;
  readonly runId: string | null;
  goTo(screen: Screen): void;
  openMigration(migration: string): void;
  openStep(step: StepName | null): void;
  selectRun(runId: string | null): void;
}

/** Where in the window the person is. */
export const usePlace = create<Place>((set) => ({
  screen: 'way',
  migration: null,
  step: null,
  runId: null,
  goTo: (screen) => set({ screen }),
  openMigration: (migration) => set((place) => ({ screen: 'way', migration, step: place.migration === migration ? place.step : null })),
  openStep: (step) => set({ screen: 'way', step }),
  selectRun: (runId) => set({ runId }),
}));
