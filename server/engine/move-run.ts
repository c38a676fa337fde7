import { sql } from 'kysely';
import type { RunCounts } from '../../shared/core/run-counts.ts';
import { isAtWork, isEnded, nextRunState, type RunEvent, type RunStep } from '../../shared/core/run-state.ts';
import { spentBy } from '../../shared/core/approval.ts';
import { jsonText } from '../store/json-text.ts';
import type { AdminTx, RunnerTx } from '../store/transactions.ts';
import type { StoredRun } from './run-store.ts';

/**
 * Moves a locked run along the one table of transitions. A run that ends so that its approvals are used up spends
 * them here, in the same transaction. Gives what the table says; a refused step changes nothing.
 */
export async function moveRun(tx: RunnerTx | AdminTx, run: StoredRun, event: RunEvent, detail?: string): Promise<RunStep> {
  const step = nextRunState(run.state, event);
  if (step.kind !== 'moved') return step;
  const message = detail === undefined ? step.why : `${step.why} ${detail}`;
  await sql`update runs set state = ${step.state}, message = ${message},
      failures_seen = case when state = 'halted' then coalesce((counts ->> 'failed')::bigint, 0) else failures_seen end,
      worked_seconds = case when ${isAtWork(step.state)} or working_since is null then worked_seconds
        else worked_seconds + extract(epoch from clock_timestamp() - working_since)::float8 end,
      working_since = case when ${isAtWork(step.state)} then coalesce(working_since, clock_timestamp()) end,
      started_at = case when ${step.state === 'running'} then coalesce(started_at, clock_timestamp()) else started_at end,
      ended_at = case when ${isEnded(step.state)} then clock_timestamp() else ended_at end
    where id = ${run.id}::uuid`.execute(tx);
  await spendApprovals(tx, run, step.state);
  return step;
}

/** Records how far a run has come. Only a batch may, and it holds the run. */
export async function advanceRun(tx: RunnerTx, runId: string, at: { readonly cursor: number; readonly nextSeq: number; readonly counts: RunCounts }): Promise<void> {
  await sql`update runs set cursor = ${at.cursor}, next_seq = ${at.nextSeq}, counts = ${jsonText(at.counts)}::text::jsonb
    where id = ${runId}::uuid`.execute(tx);
}

async function spendApprovals(tx: RunnerTx | AdminTx, run: StoredRun, state: StoredRun['state']): Promise<void> {
  const hash = run.kind === 'execution' ? run.planHash : run.rollbackHash;
  if (hash === null) return;
  const because = spentBy({ kind: 'execution_moved', state, stagePercent: run.stagePercent ?? 100 });
  if (because === null) return;
  await sql`update approvals set spent_at = clock_timestamp(), spent_because = ${because}
    where plan_hash = ${hash} and decision = 'approve' and spent_at is null`.execute(tx);
}
