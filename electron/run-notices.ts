import type { Run } from '../shared/contract/admin/runs.ts';
import { assertNever } from '../shared/core/assert-never.ts';
import type { RunKind } from '../shared/core/run-kind.ts';
import { isAtWork, isHeldByFlag, takesBatches } from '../shared/core/run-state.ts';

export type RunStanding = Pick<Run, 'run_id' | 'kind' | 'state' | 'message' | 'rows_done' | 'rows_total'>;

/** How runs stood when the operator was asked. */
export interface RunsSeen {
  readonly runs: readonly RunStanding[];
  /** The server refuses the token, or there is none any more. */
  readonly isRefused: boolean;
  /** The practice server, which ends with the app. */
  readonly isPractice: boolean;
}

/** What a person is told who is not looking: in words of ours alone, for it stands on a screen that anyone may see. */
export interface RunNotice {
  readonly runId: string;
  readonly title: string;
  readonly body: string;
}

const kindTitles: Readonly<Record<RunKind, string>> = { dry_run: 'Dry run', test_run: 'Test run', execution: 'Execution', verification: 'Verification', rollback: 'Rollback' };

/** Whether the server works on it, or is about to. */
export function isGoing({ state }: Pick<RunStanding, 'state'>): boolean {
  return isAtWork(state) || takesBatches(state);
}

/** What has come of runs that were going when they were last seen: an end, a halt, a stop that waits for somebody. Nothing at the first look. */
export function noticesBetween(before: RunsSeen | undefined, now: RunsSeen): readonly RunNotice[] {
  if (before === undefined) return [];
  const going = before.runs.filter(isGoing);
  const changed = now.runs.flatMap((run) => (going.some(({ run_id }) => run_id === run.run_id) ? (noticeOf(run) ?? []) : []));
  const [first] = now.runs.filter(isGoing);
  if (!now.isRefused || before.isRefused || first === undefined) return changed;
  return [...changed, { runId: first.run_id, title: 'Drydock needs a new token', body: `${kindTitles[first.kind]} goes on at the server; it cannot be watched from here until there is one.` }];
}

function noticeOf(run: RunStanding): RunNotice | undefined {
  const { run_id: runId, kind, state } = run;
  const rows = `${run.rows_done} of ${run.rows_total} rows settled.`;
  const told = (what: string, body: string): RunNotice => ({ runId, title: `${kindTitles[kind]} ${what}`, body });
  switch (state) {
    case 'completed':
      return told('completed', rows);
    case 'completed_with_failures':
      return told('completed, some rows failed', `${rows} Look at the failures.`);
    case 'failed':
      return told('failed', `It could not go on. ${rows}`);
    case 'stopped':
      return told('stopped', rows);
    case 'halted':
      return told('halted and needs you', `More rows failed than its limit allows. ${rows}`);
    case 'paused':
      // Whoever paused it by hand knows.
      return isHeldByFlag(run.message) ? told('paused and needs you', `The feature flag is off. ${rows}`) : undefined;
    case 'queued':
    case 'running':
    case 'pausing':
    case 'stopping':
      return undefined;
    default:
      return assertNever(state);
  }
}

/** What the taskbar shows. */
export type RunProgress = { readonly share: number; readonly mode: 'normal' | 'paused' | 'error' | 'indeterminate' } | undefined;

/** The progress of the run that goes, else of one that waits for somebody; undefined where there is neither. */
export function progressOf({ runs }: Pick<RunsSeen, 'runs'>): RunProgress {
  const shown = runs.find(isGoing) ?? runs.find(({ state }) => state === 'halted' || state === 'paused');
  if (shown === undefined) return undefined;
  const share = shown.rows_total === 0 ? 0 : shown.rows_done / shown.rows_total;
  if (shown.state === 'halted') return { share, mode: 'error' };
  if (shown.state === 'paused') return { share, mode: 'paused' };
  return { share, mode: shown.rows_total === 0 ? 'indeterminate' : 'normal' };
}
