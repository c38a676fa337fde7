import type { Run } from '../../shared/contract/admin/runs.ts';
import type { RunSurroundings } from '../../shared/contract/operator/runs.ts';
import type { Journal } from '../journal/journal.ts';
import { approversInReceipt, keptReceipt } from './kept-receipt.ts';
import { callsOfRun } from './run-calls.ts';
import type { RunMirror } from './run-mirror.ts';
import { relatedRuns } from './run-selection.ts';
import { type RunStanding, keptStanding } from './run-standing.ts';

/** What stands around a run. With `live`, what the server says now of decisions and gates; else what was mirrored. */
export function surroundingsOf(journal: Journal, mirror: RunMirror, run: Run, others: readonly Run[], live?: RunStanding): RunSurroundings {
  const approvedBy = approversInReceipt(journal, run.run_id);
  const { approvals, gates } = live ?? keptStanding(journal, run.run_id);
  return {
    gates: gates === null ? null : [...gates],
    approvals: approvals === null ? null : [...approvals],
    approved_by: approvedBy === undefined ? null : [...approvedBy],
    related: relatedRuns(run, others),
    calls: callsOfRun(journal, run.run_id),
    snapshots: { ...mirror.mirroredSnapshots(run.run_id) },
    receipt_kept: keptReceipt(journal, run.run_id) !== undefined,
    erased: isErased(journal, run.run_id),
    offline: live === undefined,
  };
}

/** Whether the key of its people's data was destroyed here. */
function isErased(journal: Journal, runId: string): boolean {
  const scope = journal.scopeOfRun(runId);
  return scope !== undefined && !journal.hasKey(scope);
}
