import type { RunKind } from '../../shared/core/run-kind.ts';
import { executionWork } from './execution-work.ts';
import { rollbackWork } from './rollback-work.ts';
import type { RunWork } from './run-work.ts';

/** The kinds of runs that the loop takes batches of; the others are over when their call is answered. */
const works: ReadonlyMap<RunKind, RunWork> = new Map([
  ['execution', executionWork],
  ['rollback', rollbackWork],
]);

export const kindsInBatches: readonly RunKind[] = [...works.keys()];

/** What a batch of such a run does; undefined for a kind that has no batches. */
export function workOf(kind: RunKind): RunWork | undefined {
  return works.get(kind);
}
