import { sql } from 'kysely';
import type { RunnerTx } from '../store/transactions.ts';
import type { RowFailure } from './row-failure.ts';

/**
 * Does `work` on all of `rows` inside a savepoint. Where the database refuses them, halves are tried until the refused
 * rows stand alone and are told to `onRefused`: one bad row costs a few more statements, and never the others. What is no
 * fault of a row (`failureOf` gives nothing) is thrown on.
 */
export async function bisect<Row>(
  tx: RunnerTx,
  rows: readonly Row[],
  work: (rows: readonly Row[]) => Promise<void>,
  failureOf: (error: unknown) => RowFailure | undefined,
  onRefused: (row: Row, failure: RowFailure) => void,
): Promise<void> {
  if (rows.length === 0) return;
  await sql`savepoint some_rows`.execute(tx);
  try {
    await work(rows);
    await sql`release savepoint some_rows`.execute(tx);
  } catch (error) {
    const failure = failureOf(error);
    if (failure === undefined) throw error;
    await sql`rollback to savepoint some_rows`.execute(tx);
    await sql`release savepoint some_rows`.execute(tx);
    const [first] = rows;
    if (rows.length === 1 && first !== undefined) return onRefused(first, failure);
    const middle = Math.ceil(rows.length / 2);
    await bisect(tx, rows.slice(0, middle), work, failureOf, onRefused);
    await bisect(tx, rows.slice(middle), work, failureOf, onRefused);
  }
}
