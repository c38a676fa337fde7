import { sql } from 'kysely';
import type { AdminTx, PlannerTx, RunnerTx, WriteTx } from './transactions.ts';

type AnyTx = WriteTx | PlannerTx;

/**
 * One transaction may pass through several roles, each for its part: what belongs together (a run and the
 * Idempotency-Key that asked for it) commits together, and still no part can do more than its role.
 */
export async function asPlanner(tx: AnyTx): Promise<PlannerTx> {
  await sql`set local role drydock_planner`.execute(tx);
  return tx as unknown as PlannerTx;
}

/** Acts for one run from here on, within its plan. */
export async function asRunner(tx: AnyTx, runId: string): Promise<RunnerTx> {
  await sql`set local role drydock_runner`.execute(tx);
  await sql`select set_config('drydock.run_id', ${runId}, true)`.execute(tx);
  return tx as unknown as RunnerTx;
}

export async function asAdmin(tx: AnyTx): Promise<AdminTx> {
  await sql`set local role drydock_admin`.execute(tx);
  return tx as unknown as AdminTx;
}
