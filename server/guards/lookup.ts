import { sql } from 'kysely';
import type { ReadTx } from '../store/transactions.ts';
import type { RunKind } from '../../shared/core/run-kind.ts';
import type { RunState } from '../../shared/core/run-state.ts';
import type { Caller } from './token.ts';

/** A migration as the guards found it. The flag is judged again where something is written. */
export type GuardedMigration = {
  readonly id: string;
  readonly playbook: string;
  readonly title: string;
  readonly flag: string;
  readonly flagEnabled: boolean;
  readonly boundCohort: string | null;
  /** Its personal data is gone, and nothing more may be written for it. */
  readonly isPurged: boolean;
};

export type GuardedRun = { readonly id: string; readonly kind: RunKind; readonly state: RunState };

export type Found = {
  /** True where the subject's tokens of this age were revoked. */
  readonly isRevoked: boolean;
  readonly migration: GuardedMigration | undefined;
  readonly run: GuardedRun | undefined;
};

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether a text can be one of our ids at all; others are unknown without asking the database. */
export function isId(text: string): boolean {
  return UUID.test(text);
}

/** In one statement: whether the token still counts, and what the path names. A run leads to its migration. */
export async function lookUp(tx: ReadTx, caller: Caller, migrationId: string | undefined, runId: string | undefined): Promise<Found> {
  const issuedAt = caller.issuedAtSeconds ?? 0;
  const run = runId !== undefined && isId(runId) ? runId : null;
  const { rows } = await sql<{
    is_revoked: boolean;
    id: string | null;
    playbook: string;
    title: string;
    flag: string;
    enabled: boolean;
    bound_cohort: string | null;
    is_purged: boolean;
    run_id: string | null;
    run_kind: RunKind;
    run_state: RunState;
  }>`
    select exists (select from revoked_tokens t where t.sub = ${caller.sub} and t.issued_before >= to_timestamp(${issuedAt}::float8)) as is_revoked,
      m.id, m.playbook, m.title, m.flag, coalesce(f.enabled, false) as enabled, m.bound_cohort, m.purged_at is not null as is_purged,
      r.id as run_id, r.kind as run_kind, r.state as run_state
    from (select 1) as one
    left join runs r on r.id = ${run}::uuid
    left join migrations m on m.id = coalesce(${migrationId ?? null}::text, r.migration_id)
    left join feature_flags f on f.name = m.flag`.execute(tx);
  const [row] = rows;
  if (row === undefined) throw new Error('A select without a condition gave no row.');
  return {
    isRevoked: row.is_revoked,
    migration:
      row.id === null
        ? undefined
        : {
            id: row.id,
            playbook: row.playbook,
            title: row.title,
            flag: row.flag,
            flagEnabled: row.enabled,
            boundCohort: row.bound_cohort,
            isPurged: row.is_purged,
          },
    run: row.run_id === null ? undefined : { id: row.run_id, kind: row.run_kind, state: row.run_state },
  };
}
