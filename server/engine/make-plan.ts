import { sql } from 'kysely';
import type { Decision } from '../../shared/core/decisions.ts';
import type { PlanRow } from '../../shared/core/plan-row.ts';
import { summarizePlan } from '../../shared/core/plan-summary.ts';
import { startPlanHash } from '../../shared/core/plan-hash.ts';
import { accountPrep } from '../../shared/playbooks/account-prep/playbook.ts';
import { planWholeCohort, type CohortRow } from '../playbooks/account-prep/plan-batch.ts';
import type { PlannerTx, ReadTx } from '../store/transactions.ts';
import { startSha256 } from './cohort-store.ts';
import { keepPlan, type StoredPlan } from './plan-store.ts';

export type PlanOrder = {
  readonly environmentId: string;
  readonly migration: { readonly id: string; readonly cohortTag: string };
  readonly cohort: string;
  readonly rows: readonly CohortRow[];
  readonly sourceFile: string;
  readonly sourceSha256: string;
  readonly only: ReadonlySet<string> | undefined;
  readonly decisions: ReadonlyMap<string, Decision['as']>;
};

export type MadePlan = Omit<StoredPlan, 'planNo'> & { readonly rows: readonly PlanRow[] };

/** The credential that the migration's temporary password opens with now; null where there is none, or it has expired. */
export async function liveCredential(tx: ReadTx, migrationId: string): Promise<string | null> {
  const { rows } = await sql<{ id: string }>`select id from temp_credentials
    where migration_id = ${migrationId} and revoked_at is null and suspended_at is null and (expires_at is null or expires_at > now())`.execute(tx);
  return rows[0]?.id ?? null;
}

/** Plans a cohort and files the plan under its hash (A5, N1). Reads customers, writes none. */
export async function makePlan(tx: PlannerTx, order: PlanOrder): Promise<MadePlan> {
  const settings = { migration: order.migration.id, cohortTag: order.migration.cohortTag, sourceFile: order.sourceFile };
  const publicSettings = { cohort_tag: order.migration.cohortTag };
  const rows = await planWholeCohort(tx, order.rows, { settings, decisions: order.decisions, only: order.only });
  const decisions = [...order.decisions].map(([email, as]) => ({ email, as }));
  const credentialId = await liveCredential(tx, order.migration.id);
  const hash = startPlanHash(startSha256(), {
    environmentId: order.environmentId,
    migration: order.migration.id,
    playbook: accountPrep.id,
    playbookVersion: accountPrep.version,
    cohort: order.cohort,
    sourceFile: order.sourceFile,
    sourceSha256: order.sourceSha256,
    settings: publicSettings,
    credentialId,
    only: order.only === undefined ? null : [...order.only],
    decisions,
  });
  for (const row of rows) hash.add(row);
  const plan = {
    planHash: hash.digestHex(),
    migrationId: order.migration.id,
    cohort: order.cohort,
    sourceFile: order.sourceFile,
    credentialId,
    decisions,
    isPartial: order.only !== undefined,
    rowCount: rows.length,
    summary: summarizePlan(rows),
  };
  await keepPlan(tx, { ...plan, playbookVersion: accountPrep.version, sourceSha256: order.sourceSha256, settings: publicSettings }, rows);
  return { ...plan, rows };
}
