import { create } from 'zustand';
import type { StepName } from '../steps/steps.ts';

export type Screen = 'migrations' | 'way' | 'runs' | 'reports' | 'journal' | 'settings';

/** The views of a plan: every row, the name matches to decide, and what was decided. */
export const planViews = ['rows', 'review', 'decisions'] as const;
export type PlanView = (typeof planViews)[number];

interface Place {
  readonly screen: Screen;
  readonly migration: string | null;
  /** Null: where the way stands. */
  readonly step: StepName | null;
  readonly runId: string | null;
  /** The view of the plan that is looked at, as it was left. */
  readonly planView: PlanView;
  goTo(screen: Screen): void;
  openMigration(migration: string): void;
  openStep(step: StepName | null): void;
  /** Opens the dry run at its name-only review. */
  openNameReview(): void;
  choosePlanView(view: PlanView): void;
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
  openStep: (step) => set({ screen: 'way', step }),
  openNameReview: () => set({ screen: 'way', step: 'dry_run', planView: 'review' }),
  choosePlanView: (planView) => set({ planView }),
  selectRun: (runId) => set({ runId }),
}));
