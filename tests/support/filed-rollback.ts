import { hash, randomUUID } from 'node:crypto';
import { jsonText } from '../../server/store/json-text.ts';
import type { TestStore } from './test-store.ts';

export type FiledRollbackRow = {
  readonly key: string;
  readonly userId: string;
  readonly outcome: 'reverted' | 'kept_changed_since';
  readonly removesProfile?: boolean;
  /** The Stripe id that is put back. */
  readonly stripeCustomerId?: string;
  /** Whose snapshots are put back. */
  readonly snapshotRuns?: readonly string[];
};

/** Files a previewed rollback of members of a cohort, and a run on it that is at work; gives the run's id. */
export async function fileTestRollback(test: TestStore, migration: string, cohort: string, rows: readonly FiledRollbackRow[]): Promise<string> {
  const runId = randomUUID();
  const [plan] = await test.asLogin(`insert into rollback_plans (migration_id, selection) values ($1, '{"all":true}') returning rollback_no`, [migration]);
  const rollbackNo = plan?.['rollback_no'];
  for (const [place, row] of rows.entries()) {
    await test.asLogin(
      `insert into rollback_rows (rollback_no, place, cohort, key, row_no, user_id, outcome, removes_profile, decision, snapshot_runs)
       values ($1, $2, $3, $4, $2, $5, $6, $7, $8::text::jsonb, array(select r::uuid from jsonb_array_elements_text($9::text::jsonb) r))`,
      [rollbackNo, place + 1, cohort, row.key, row.userId, row.outcome, row.removesProfile ?? false, jsonText({ to: { stripe_customer_id: row.stripeCustomerId ?? null } }), jsonText(row.snapshotRuns ?? [])],
    );
  }
  await test.asLogin('update rollback_plans set rollback_hash = $1, row_count = $2 where rollback_no = $3', [hash('sha256', runId), rows.length, rollbackNo]);
  await test.asLogin(`insert into runs (id, migration_id, kind, cohort, state, requested_by, rollback_no) values ($1, $2, 'rollback', $3, 'running', 'test', $4)`, [runId, migration, cohort, rollbackNo]);
  return runId;
}
