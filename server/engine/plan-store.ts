import { sql } from 'kysely';
import type { Decision } from '../../shared/core/decisions.ts';
import { decisionSchema } from '../../shared/core/decisions.ts';
import { planRowSchema, type PlanRow } from '../../shared/core/plan-row.ts';
import { planSummarySchema, type PlanSummary } from '../../shared/core/plan-summary.ts';
import { jsonText } from '../store/json-text.ts';
import type { PlannerTx, ReadTx } from '../store/transactions.ts';

/** A plan as it is kept, without its rows. */
export type StoredPlan = {
  readonly planHash: string;
  readonly migrationId: string;
  readonly cohort: string;
  readonly sourceFile: string;
  readonly credentialId: string | null;
  readonly decisions: readonly Decision[];
  readonly isPartial: boolean;
  readonly rowCount: number;
  readonly summary: PlanSummary;
};

export type NewPlan = StoredPlan & {
  readonly playbookVersion: string;
  readonly sourceSha256: string;
  readonly settings: Readonly<Record<string, unknown>>;
};

const INSERT_ROWS = 2000;

/** Keeps a plan under its hash. The same plan made twice is one plan. */
export async function keepPlan(tx: PlannerTx, plan: NewPlan, rows: readonly PlanRow[]): Promise<void> {
  const added = await sql`
    insert into plans (plan_hash, migration_id, playbook_version, cohort, source_file, source_sha256, credential_id, settings, decisions,
      is_partial, row_count, summary)
    values (${plan.planHash}, ${plan.migrationId}, ${plan.playbookVersion}, ${plan.cohort}, ${plan.sourceFile}, ${plan.sourceSha256},
      ${plan.credentialId}::uuid, ${jsonText(plan.settings)}::text::jsonb, ${jsonText(plan.decisions)}::text::jsonb, ${plan.isPartial},
      ${plan.rowCount}, ${jsonText(plan.summary)}::text::jsonb)
    on conflict (plan_hash) do nothing returning plan_hash`.execute(tx);
  if (added.rows.length === 0) return;
  for (let start = 0; start < rows.length; start += INSERT_ROWS) {
    const batch = rows.slice(start, start + INSERT_ROWS).map((row) => ({
      row_no: row.row,
      key: row.email,
      email_match: row.email_match,
      match: row.match,
      action: row.action,
      user_id: row.user_id,
      warnings: row.warnings,
      row,
    }));
    await sql`insert into plan_rows (plan_hash, cohort, row_no, key, email_match, match, action, user_id, warnings, row)
      select ${plan.planHash}, ${plan.cohort}, r.row_no, r.key, r.email_match, r.match, r.action, r.user_id,
        array(select jsonb_array_elements_text(r.warnings)), r.row
      from jsonb_to_recordset(${jsonText(batch)}::text::jsonb)
        as r (row_no bigint, key text, email_match text, match text, action text, user_id uuid, warnings jsonb, row jsonb)`.execute(tx);
  }
}

/** A plan of this migration by its hash; one of another migration is no plan here. */
export async function findPlan(tx: ReadTx, migrationId: string, planHash: string): Promise<StoredPlan | undefined> {
  const { rows } = await sql<{
    cohort: string;
    source_file: string | null;
    credential_id: string | null;
    decisions: unknown;
    is_partial: boolean;
    row_count: number;
    summary: unknown;
  }>`select cohort, source_file, credential_id, decisions, is_partial, row_count, summary
    from plans where plan_hash = ${planHash} and migration_id = ${migrationId}`.execute(tx);
  const [plan] = rows;
  if (plan === undefined) return undefined;
  return {
    planHash,
    migrationId,
    cohort: plan.cohort,
    sourceFile: plan.source_file ?? '',
    credentialId: plan.credential_id,
    decisions: decisionSchema.array().parse(plan.decisions),
    isPartial: plan.is_partial,
    rowCount: Number(plan.row_count),
    summary: planSummarySchema.parse(plan.summary),
  };
}

/** Rows of a plan behind a place, in file order. `keys` narrows them. */
export async function readPlanRows(tx: ReadTx, planHash: string, afterRow: number, limit: number, keys?: readonly string[]): Promise<PlanRow[]> {
  const { rows } = await sql<{ row: unknown }>`
    select row from plan_rows where plan_hash = ${planHash} and row_no > ${afterRow}
      and (${keys === undefined} or key in (select jsonb_array_elements_text(${jsonText(keys ?? [])}::text::jsonb)))
    order by row_no limit ${limit}`.execute(tx);
  return rows.map(({ row }) => planRowSchema.parse(row));
}

/** All rows of a plan, in file order. */
export async function readAllPlanRows(tx: ReadTx, planHash: string): Promise<PlanRow[]> {
  return readPlanRows(tx, planHash, 0, Number.MAX_SAFE_INTEGER);
}
