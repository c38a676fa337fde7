import { dueForRearm, rearmTestSet } from '../auth/rearm.ts';
import type { Store } from '../store/store.ts';

/** So long after the last step of a validation its customers are put back, whether or not anybody asks (A14). */
const QUIET_MINUTES = 15;

/**
 * Makes the work that puts back test customers whom nobody put back. Done by several processes at once it does no harm. One
 * test run that cannot be put back keeps no other waiting; the work then throws an `AggregateError` at its end.
 */
export function autoRearm({ store }: { readonly store: Store }): () => Promise<void> {
  return async () => {
    const due = await store.inReadTx(async (tx) => dueForRearm(tx, QUIET_MINUTES));
    const failures: unknown[] = [];
    for (const runId of due) {
      await store.inRunnerTx(runId, async (tx) => rearmTestSet(tx, runId)).catch((error: unknown) => void failures.push(error));
    }
    if (failures.length > 0) throw new AggregateError(failures, 'Some test customers could not be put back.');
  };
}
