import { create } from 'zustand';
import type { StepName } from '../steps/steps.ts';

export type Screen = 'migrations' | 'way' | 'runs' | 'reports' | 'journal' | 'settings' | 'about';

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
  /** The run that the verification opens with; null: the latest execution. */
  readonly runToVerify: string | null;
  /** Whom the rollback opens with; null: whoever was chosen there. */
  readonly toRollBack: readonly string[] | null;
  goTo(screen: Screen): void;
  openMigration(migration: string): void;
  openStep(step: StepName | null): void;
  /** Opens the dry run at its name-only review. */
  openNameReview(): void;
  choosePlanView(view: PlanView): void;
  selectRun(runId: string | null): void;
  /** Opens one run of a migration to be read back. */
  openVerification(migration: string, runId: string): void;
  /** Opens the rollback of a migration with these customers chosen; none: with whoever was chosen there. */
  openRollback(migration: string, emails: readonly string[]): void;
  /** The rollback has taken over whom it was opened with. */
  takeToRollBack(): void;
}

/** Where in the window the person is. */
export const usePlace = create<Place>((set) => ({
  screen: 'way',
  migration: null,
  step: null,
  runId: null,
  planView: 'rows',
  runToVerify: null,
  toRollBack: null,
  goTo: (screen) => set({ screen }),
  openMigration: (migration) => set((place) => ({ screen: 'way', migration, step: place.migration === migration ? place.step : null })),
  openStep: (step) => set({ screen: 'way', step, runToVerify: null }),
  openNameReview: () => set({ screen: 'way', step: 'dry_run', planView: 'review' }),
  choosePlanView: (planView) => set({ planView }),
  selectRun: (runId) => set({ runId }),
  openVerification: (migration, runId) => set({ screen: 'way', migration, step: 'verification', runToVerify: runId }),
  openRollback: (migration, emails) => set({ screen: 'way', migration, step: 'roll_back', toRollBack: emails.length === 0 ? null : emails }),
  takeToRollBack: () => set({ toRollBack: null }),
}));
