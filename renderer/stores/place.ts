import { create } from 'zustand';
import type { StepName } from '../steps/steps.ts';

export type Screen = 'migrations' | 'way' | 'runs' | 'reports' | 'journal' | 'settings' | 'about';

/** The two views of a plan: every row, or the name matches to decide. */
export type PlanView = 'rows' | 'review';

interface Place {
  readonly screen: Screen;
  readonly migration: string | null;
  /** Null: where the way stands. */
  readonly step: StepName | null;
  readonly runId: string | null;
  /** What the dry run opens with. */
  readonly planView: PlanView;
  goTo(screen: Screen): void;
  openMigration(migration: string): void;
  openStep(step: StepName | null): void;
  /** Opens the dry run at its name-only review. */
  openNameReview(): void;
  selectRun(runId: string | null): void;
}

/** Where in the window the person is. */
export const usePlace = create<Place>((set) => ({
  screen: 'way',
  migration: null,
  step: null,
  runId: null,
  planView: 'rows',
  goTo: (screen) => set({ screen }),
  openMigration: (migration) => set((place) => ({ screen: 'way', migration, step: place.migration === migration ? place.step : null })),
  openStep: (step) => set({ screen: 'way', step, planView: 'rows' }),
  openNameReview: () => set({ screen: 'way', step: 'dry_run', planView: 'review' }),
  selectRun: (runId) => set({ runId }),
}));
