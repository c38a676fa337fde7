import type { Facts } from '../../shared/core/facts.ts';
import type { PlanRow } from '../../shared/core/plan-row.ts';
import type { RowFailure } from './row-failure.ts';

/** The cohort row that an item is about. */
export type SettledPlace = Pick<PlanRow, 'row' | 'email'> & {
  /** Where the rows of a run are of more than one cohort. */
  readonly cohort?: string;
};

type PlannedAndNow = { readonly planned: Facts; readonly now: Facts };
type BeforeAndAfter = { readonly before: Facts; readonly after: Facts };

/** What became of a row, before it has its place in the run. */
export type Settled = { readonly row: SettledPlace; readonly userId: string | null } & (
  | ({ readonly outcome: 'applied' } & BeforeAndAfter)
  | ({ readonly outcome: 'reverted'; readonly reason: string | undefined } & BeforeAndAfter)
  | { readonly outcome: 'no_change' | 'skipped' | 'nothing_to_revert'; readonly reason: string | undefined }
  | ({ readonly outcome: 'drifted'; readonly reason?: string } & PlannedAndNow)
  | ({ readonly outcome: 'kept_changed_since'; readonly reason: string | undefined } & PlannedAndNow)
  | ({ readonly outcome: 'failed' } & RowFailure)
);
