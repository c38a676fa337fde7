import { sql } from 'kysely';
import type { AdminTx, RunnerTx } from '../store/transactions.ts';
import type { Endpoint } from '../../shared/contract/admin/endpoint.ts';
import type { RunKind } from '../../shared/core/run-kind.ts';
import { Refusal } from './refusal.ts';

/**
 * Reads a feature flag and holds it as it is until the transaction ends (A15): whoever switches it off waits for what
 * has begun, and nothing begins after that. A flag that nobody declared is off.
 */
export async function readFlagUnderLock(tx: RunnerTx | AdminTx, flag: string): Promise<boolean> {
  const { rows } = await sql<{ enabled: boolean }>`select enabled from feature_flags where name = ${flag} for share`.execute(tx);
  return rows[0]?.enabled === true;
}

/** Whether a call waits for the flag (A15). What is asked of a rollback never does: it works while the flag is off. */
export function needsFlag(endpoint: Pick<Endpoint, 'flagGated'>, run: { readonly kind: RunKind } | undefined): boolean {
  return endpoint.flagGated && run?.kind !== 'rollback';
}

/** Throws `Refusal('feature_disabled')` unless the flag is on, and stays so until the transaction ends. */
export async function requireFlag(tx: RunnerTx | AdminTx, flag: string): Promise<void> {
  if (!(await readFlagUnderLock(tx, flag))) throw new Refusal('feature_disabled');
}
