import type { OperatorClient } from '../shared/contract/operator/client.ts';
import { OperatorError } from '../shared/contract/operator/reply.ts';
import type { ShownRun } from '../shared/contract/operator/runs.ts';
import { isEnded } from '../shared/core/run-state.ts';
import type { CommandContext } from './context.ts';
import { type ExitCode, exitCodeOfRun, exitCodes } from './exit-code.ts';
import { progressLine } from './progress.ts';
import { progressOf } from './run-lines.ts';

/** Follows a run until it ends or stands still, or the person stops watching. */
export async function watchRun(context: CommandContext, client: OperatorClient, first: ShownRun): Promise<ShownRun> {
  const progress = progressLine(context.terminal);
  const { interrupted } = context.terminal;
  const stopped = new Promise<undefined>((resolve) => interrupted.addEventListener('abort', () => resolve(undefined), { once: true }));
  let shown = first;
  try {
    while (!standsStill(shown) && !interrupted.aborted) {
      progress.show(progressOf(shown.run));
      const next = await Promise.race([client.call('runs.watch', { run_id: shown.run.run_id, known_items: shown.mirrored_items }), stopped]);
      if (next === undefined) break;
      shown = next;
    }
    return shown;
  } catch (thrown) {
    if (!(thrown instanceof OperatorError)) throw thrown;
    const { run_id: runId } = shown.run;
    throw new OperatorError({ ...thrown.problem, detail: `${thrown.problem.detail} Run ${runId} goes on; it can only not be watched. "drydock status ${runId}" shows where it stands.` });
  } finally {
    progress.clear();
  }
}

/** How a command ends that watched a run until here. */
export function exitCodeAfterWatching(last: ShownRun): ExitCode {
  return standsStill(last) ? exitCodeOfRun(last.run.state, last.run.counts) : exitCodes.interrupted;
}

function standsStill({ run }: ShownRun): boolean {
  return isEnded(run.state) || run.state === 'halted' || run.state === 'paused';
}
