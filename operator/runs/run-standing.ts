import type { Approval } from '../../shared/contract/admin/approvals.ts';
import type { Run } from '../../shared/contract/admin/runs.ts';
import type { RunGate } from '../../shared/core/gates.ts';
import { isEnded } from '../../shared/core/run-state.ts';
import type { ConnectedEnvironment } from '../environments/environments.ts';
import type { Journal, JournalReader } from '../journal/journal.ts';
import { reportGates } from '../reports/report-gates.ts';
import { rollbackStory } from '../reports/run-story.ts';
import { decidedAtServer, testRunAtServer } from './decided-at-server.ts';
import { lastCheck, newestPlan } from './journal-records.ts';
import { approvalsInJournal, keepApprovals } from './kept-approvals.ts';
import { gatesInJournal, keepGates } from './kept-gates.ts';
import { approversInReceipt } from './kept-receipt.ts';

/** Who decided on what a run did, and which gates it passed. Null: not known, here or at the server. */
export interface RunStanding {
  readonly approvals: readonly Approval[] | null;
  readonly gates: readonly RunGate[] | null;
}

/** As the server said it just now. */
export interface LiveStanding extends RunStanding {
  /** What the approvals are of: a plan, or the preview of a rollback. */
  readonly decidedHash: string | undefined;
}

/** As the server has it now; `others` are the runs of the same migration. @throws OperatorError as the calls do */
export async function liveStanding(environment: ConnectedEnvironment, journal: JournalReader, run: Run, others: readonly Run[]): Promise<LiveStanding> {
  const rollback = run.kind === 'rollback' ? rollbackStory(journal, run.run_id) : undefined;
  const decided = await decidedAtServer(environment, { run, approvedBy: approversInReceipt(journal, run.run_id) ?? [], rollbackHash: rollback?.rollbackHash });
  const plan = newestPlan(journal, environment, (found) => found.plan.plan_hash === run.plan_hash && found.plan.migration === run.migration)?.plan;
  const gates = reportGates({
    policy: environment.session.policy,
    run,
    approvals: decided?.approvals ?? [],
    testRun: await testRunAtServer(environment, run, others),
    plan,
    check: run.cohort === null ? undefined : lastCheck(journal, { cohort: run.cohort })?.check,
    rollback,
  });
  // Whether a rollback that was begun elsewhere had its approval is told by its receipt alone.
  return { decidedHash: decided?.hash, approvals: decided?.approvals ?? null, gates: decided === undefined ? gates.filter(({ name }) => name !== 'approval') : gates };
}

/** As the journal has it. */
export function keptStanding(journal: JournalReader, runId: string): RunStanding {
  return { approvals: approvalsInJournal(journal, runId) ?? null, gates: gatesInJournal(journal, runId)?.gates ?? null };
}

/** Journals what is known of it; what is there already enters no second time. @throws OperatorError as the journal does */
export function keepStanding(journal: Journal, environmentId: string, run: Run, { decidedHash, approvals, gates }: LiveStanding): void {
  if (approvals !== null && decidedHash !== undefined) keepApprovals(journal, environmentId, run.run_id, decidedHash, approvals);
  if (gates !== null) keepGates(journal, environmentId, run.run_id, { ended: isEnded(run.state), gates });
}

/** Whether it is there as it stood when the run had ended, or, while it goes on, as it stood at all. */
export function isStandingKept(journal: JournalReader, run: Run): boolean {
  const kept = gatesInJournal(journal, run.run_id);
  return kept !== undefined && (kept.ended || !isEnded(run.state));
}
