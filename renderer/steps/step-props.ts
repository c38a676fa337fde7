import type { Migration } from '../../shared/contract/admin/migrations.ts';
import type { AdminSession } from '../../shared/contract/admin/session.ts';
import type { Way } from '../../shared/contract/operator/way.ts';

/** What each step is given. */
export interface StepProps {
  readonly way: Way;
  readonly migration: Migration;
  readonly session: AdminSession;
  /** The execution to report on: this plan's, or the latest of an earlier one. */
  readonly executedRunId: string | undefined;
  /** The latest execution of the migration, whoever did it: it can be verified and put back. */
  readonly anyExecutionId: string | undefined;
}
