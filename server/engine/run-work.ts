import type { RunCounts } from '../../shared/core/run-counts.ts';
import type { RunnerTx } from '../store/transactions.ts';
import type { StoredRun } from './run-store.ts';

/** What a batch has come to. Its outcomes are kept as items of the run by then, `settled` of them from `run.nextSeq` on. */
export type BatchOutcome = {
  /** The place behind which the next batch begins. */
  readonly cursor: number;
  /** Rows that this batch settled. */
  readonly settled: number;
  /** The counts of the run with those of this batch. */
  readonly counts: RunCounts;
  /** Whether nothing is left behind the cursor. */
  readonly isLast: boolean;
};

/**
 * What the one loop does for a kind of run, batch by batch. The loop holds the run's row, has judged its state and its
 * flag, and afterwards keeps how far it came; a work settles rows and writes their items in the transaction it is given.
 */
export type RunWork = {
  /** Whether the migration's feature flag must be on (A15). What puts customers back never waits for it. */
  readonly needsFlag: boolean;
  /** Settles at most `limit` rows behind `run.cursor`, judged again under lock. Throws what the database throws. */
  readonly settleNext: (tx: RunnerTx, run: StoredRun, limit: number) => Promise<BatchOutcome>;
};
