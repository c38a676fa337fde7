import { type Approval, listApprovals } from '../../shared/contract/admin/approvals.ts';
import type { Run } from '../../shared/contract/admin/runs.ts';
import { getTestRun } from '../../shared/contract/admin/test-run.ts';
import type { RunGate } from '../../shared/core/gates.ts';
import { isEnded } from '../../shared/core/run-state.ts';
import type { ConnectedEnvironment } from '../environments/environments.ts';
import type { Journal, JournalReader } from '../journal/journal.ts';
import { reportGates } from '../reports/report-gates.ts';
import { rollbackStory } from '../reports/run-story.ts';
import { lastCheck, newestPlan } from './journal-records.ts';
import { approvalsInJournal, keepApprovals } from './kept-approvals.ts';
import { gatesInJournal, keepGates } from './kept-gates.ts';
import { relatedRuns } from './run-selection.ts';

const PAGE = '1000';

/** Who decided on what a run did, and which gates it passed. Null: not known, here or at the server. */
export interface RunStanding {
  readonly approvals: readonly Approval[] | null;
  readonly gates: readonly RunGate[] | null;
}

/** As the server has it now; `others` are the runs of the same migration. @throws OperatorError as the calls do */
export async function liveStanding(environment: ConnectedEnvironment, journal: JournalReader, run: Run, others: readonly Run[]): Promise<RunStanding> {
  const rollback = run.kind === 'rollback' ? rollbackStory(journal, run.run_id) : undefined;
  const hash = run.plan_hash ?? rollback?.rollbackHash;
  const approvals = hash === undefined ? null : await decisionsOn(environment, run.migration, hash);
  const plan = newestPlan(journal, environment, (found) => found.plan.plan_hash === run.plan_hash && found.plan.migration === run.migration)?.plan;
  const gates = reportGates({
    policy: environment.session.policy,
    run,
    approvals: approvals ?? [],
    testRun: await testRunOf(environment, run, others),
    plan,
    check: run.cohort === null ? undefined : lastCheck(journal, { cohort: run.cohort })?.check,
    rollback,
  });
  // Whether a rollback that was begun elsewhere had its approval is told by its receipt alone.
  return { approvals, gates: approvals === null ? gates.filter(({ name }) => name !== 'approval') : gates };
}

/** As the journal has it. */
export function keptStanding(journal: JournalReader, runId: string): RunStanding {
  return { approvals: approvalsInJournal(journal, runId) ?? null, gates: gatesInJournal(journal, runId)?.gates ?? null };
}

/** Journals what is known of it; what is there already enters no second time. @throws OperatorError as the journal does */
export function keepStanding(journal: Journal, environmentId: string, run: Run, { approvals, gates }: RunStanding): void {
  const hash = run.plan_hash ?? (run.kind === 'rollback' ? rollbackStory(journal, run.run_id)?.rollbackHash : undefined);
  if (approvals !== null && hash !== undefined) keepApprovals(journal, environmentId, run.run_id, hash, approvals);
  if (gates !== null) keepGates(journal, environmentId, run.run_id, { ended: isEnded(run.state), gates });
}

/** Whether it is there as it stood when the run had ended, or, while it goes on, as it stood at all. */
export function isStandingKept(journal: JournalReader, run: Run): boolean {
  const kept = gatesInJournal(journal, run.run_id);
  return kept !== undefined && (kept.ended || !isEnded(run.state));
}

async function decisionsOn(environment: ConnectedEnvironment, migration: string, hash: string): Promise<readonly Approval[]> {
  const all: Approval[] = [];
  for (let after: string | undefined; ; ) {
    const page = await environment.read(listApprovals, { params: { id: migration }, query: { plan_hash: hash, limit: PAGE, ...(after === undefined ? {} : { after }) } });
    all.push(...page.items);
    if (page.next_cursor === null || page.items.length === 0) return all;
    after = page.next_cursor;
  }
}

/** Itself, or the newest one of the cohort that an execution stood on. */
async function testRunOf(environment: ConnectedEnvironment, run: Run, others: readonly Run[]) {
  const before = relatedRuns(run, others).filter(({ relation, run: other }) => relation === 'test_run' && other.created_at <= run.created_at);
  const wanted = run.kind === 'test_run' ? run : run.kind === 'execution' ? before.at(-1)?.run : undefined;
  return wanted === undefined ? undefined : environment.read(getTestRun, { params: { id: run.migration, run_id: wanted.run_id }, query: {} });
}
