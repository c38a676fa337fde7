import type { Approval } from '../../shared/contract/admin/approvals.ts';
import { receiptSchema, type Receipt, type Run } from '../../shared/contract/admin/runs.ts';
import type { OperatorError } from '../../shared/contract/operator/reply.ts';
import type { RunItem } from '../../shared/core/run-item.ts';
import { isEnded } from '../../shared/core/run-state.ts';
import type { JournalReader } from '../journal/journal.ts';
import { problem } from '../problems.ts';
import { approvalsInJournal } from '../runs/kept-approvals.ts';
import { keptReceipt } from '../runs/kept-receipt.ts';
import { itemBatches, itemOfLine, mirroredItems } from '../runs/mirrored-items.ts';
import type { RunMirror } from '../runs/run-mirror.ts';
import { factsOf, type GatheredReport } from './gather-report.ts';
import { rollbackStory } from './run-story.ts';

export interface KeptOf {
  readonly journal: JournalReader;
  readonly mirror: Pick<RunMirror, 'allSeen'>;
  readonly environment: { readonly id: string; readonly name: string };
}

/**
 * Everything around a run that its report tells, of what the journal has of it, for when the server is away. What the
 * server alone knows is left open.
 * @throws OperatorError `report_not_kept` where not all of it is here
 */
export function gatherKeptReport({ journal, mirror, environment }: KeptOf, runId: string): GatheredReport {
  const seen = mirror.allSeen(environment.id);
  const run = seen.find((one) => one.run_id === runId);
  if (run === undefined) throw notKept('This journal knows nothing of that run.');
  if (!isEnded(run.state)) throw notKept(`When the run was last seen it was ${run.state}.`);
  if (run.kind === 'dry_run') throw notKept('The rows of a dry run are kept by the server alone.');
  const kept = keptReceipt(journal, runId);
  const receipt = kept === undefined ? undefined : readReceipt(kept.receipt);
  if (kept === undefined || receipt === undefined || receipt.environment.id !== environment.id) throw notKept("The server's receipt of it was not kept, or its people were erased.");
  const { around } = kept;
  const approvals = decisionsKept(journal, run, receipt);
  if (around === undefined || approvals === undefined) throw notKept('Who decided on it was not kept.');
  const items = mirroredItems(journal, runId);
  if (items < receipt.items) throw notKept(`${items} of its ${receipt.items} rows are recorded.`);
  const others = seen.filter((one) => one.migration === run.migration);
  return { ...factsOf({ journal, environment, run, receipt, others, kept, around, approvals }), asOf: around.seen_at };
}

/** Undefined where there is something to decide on and what was decided is not here. */
function decisionsKept(journal: JournalReader, run: Run, receipt: Receipt): readonly Approval[] | undefined {
  const isDecidedOn = run.plan_hash !== null || rollbackStory(journal, run.run_id) !== undefined || receipt.approved_by.length > 0;
  return approvalsInJournal(journal, run.run_id) ?? (isDecidedOn ? undefined : []);
}

/** A run's items as the journal has them, a batch at a time. */
export async function* itemsKept(journal: JournalReader, runId: string): AsyncGenerator<readonly RunItem[]> {
  for (const { lines } of itemBatches(journal, runId)) yield lines.map(itemOfLine);
}

/** The refusal of a report that can be made neither with the server nor without it. */
export function notKept(why: string): OperatorError {
  return problem('report_not_kept', 'The server cannot be reached, and too little of this run is kept here to report it', `${why} No report was written. Export it when the server can be reached again, or on the machine that watched the run to its end.`);
}

function readReceipt(text: string): Receipt | undefined {
  try {
    return receiptSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
