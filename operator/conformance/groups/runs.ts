import { endpoints } from '../../../shared/contract/admin/endpoints.ts';
import type { Run } from '../../../shared/contract/admin/runs.ts';
import type { RunItem } from '../../../shared/core/run-item.ts';
import { isEnded, type RunState } from '../../../shared/core/run-state.ts';
import type { Trial } from '../trial.ts';
import { Broken, expectThat, NotChecked } from '../verdicts.ts';

const WAIT_SECONDS = 20;
/** While a run is coming to stand no items need come any more: what is waited for is its state. */
const STATE_WAIT_SECONDS = 1;
/** A run of 24 rows that has not come there after so much waiting for nothing is not coming. */
const PATIENCE_SECONDS = 300;

/** Everything a run has told so far, and where it stands. */
export type Followed = { readonly items: readonly RunItem[]; readonly state: RunState };

/** Reads a run's items until `isEnough`. @throws Broken when the run does not come there, NotChecked when its sequence has a gap */
export async function follow(trial: Trial, runId: string, isEnough: (seen: Followed) => boolean): Promise<Followed> {
  const items: RunItem[] = [];
  let wait = WAIT_SECONDS;
  for (let waited = 0; waited < PATIENCE_SECONDS; ) {
    const page = await trial.done(endpoints.listRunItems, { params: { run_id: runId }, query: { after: String(items.length), limit: '1000', wait: String(wait) } });
    if (page.items.length === 0) waited += wait;
    wait = page.state === 'pausing' || page.state === 'stopping' ? STATE_WAIT_SECONDS : WAIT_SECONDS;
    for (const item of page.items) {
      if (item.seq !== items.length + 1) throw gapAt(trial, items.length, item.seq);
      items.push(item);
    }
    const seen = { items, state: page.state };
    if (isEnough(seen)) return seen;
    if (page.next_cursor === null) throw new Broken(`The run ended as ${page.state} with ${items.length} items before what was waited for.`);
  }
  throw new Broken('The run did not come to where it was waited for.');
}

/** A gap is the fault of one clause; whatever was to be seen in those items is not. */
function gapAt({ verdicts }: Trial, before: number, after: number): NotChecked {
  verdicts.enter('execution.seq', 'broken', `After item ${before} came item ${after}.`);
  return new NotChecked('The items of the run have a gap.');
}

/** Reads a run to its end. @throws Broken */
export function followToEnd(trial: Trial, runId: string): Promise<Followed> {
  return follow(trial, runId, ({ state }) => isEnded(state));
}

export function getRun(trial: Trial, runId: string): Promise<Run> {
  return trial.done(endpoints.getRun, { params: { run_id: runId } });
}

/** Asks something of a run. @throws Broken when it is not taken with 202, NotChecked when the run has ended already */
export async function askRun(trial: Trial, runId: string, call: 'pauseRun' | 'resumeRun' | 'stopRun'): Promise<void> {
  const answer = await trial.send(endpoints[call], { params: { run_id: runId }, body: {} });
  if (answer.status === 409 && isEnded((await getRun(trial, runId)).state)) throw new NotChecked('The run had ended before it could be asked.');
  expectThat(answer.status === 202, `${answer.request.method} ${answer.request.path} answered ${answer.status}, not 202.`);
}
