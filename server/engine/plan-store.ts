import { sql } from 'kysely';
import { canonicalJson } from '../../shared/core/canonical-json.ts';
import type { Decision } from '../../shared/core/decisions.ts';
import { decisionSchema } from '../../shared/core/decisions.ts';
import { planRowSchema, type PlanRow } from '../../shared/core/plan-row.ts';
import { planSummarySchema, type PlanSummary } from '../../shared/core/plan-summary.ts';
import { jsonText } from '../store/json-text.ts';
import type { PlannerTx, ReadTx } from '../store/transactions.ts';

/** A plan as it is kept, without its rows. */
export type StoredPlan = {
  /** What its rows are filed under in this database; means nothing outside. */
  readonly planNo: number;
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

export type NewPlan = Omit<StoredPlan, 'planNo'> & {
  readonly playbookVersion: string;
  readonly sourceSha256: string;
  readonly settings: Readonly<Record<string, unknown>>;
};

const INSERT_ROWS = 2000;

/** Opens a plan in this transaction: rows are filed under its number, and its hash, which they decide, ends the making. */
export async function openPlan(tx: PlannerTx): Promise<number> {
  const { rows } = await sql<{ plan_no: number }>`insert into plan_bodies default values returning plan_no`.execute(tx);
  const [body] = rows;
  if (body === undefined) throw new Error('A plan got no number.');
  return Number(body.plan_no);
}

/**
 * Ends the making of a plan: from here on it has its hash and takes no more rows. The database judges its rows by its cohort
 * and its counts. Resolves to false, with nothing kept, where the same plan is there already.
 */
export async function sealPlan(tx: PlannerTx, planNo: number, plan: NewPlan): Promise<boolean> {
  const added = await sql`
    insert into plans (plan_no, plan_hash, migration_id, playbook_version, cohort, source_file, source_sha256, credential_id, settings, decisions,
      is_partial, row_count, summary)
    values (${planNo}, ${plan.planHash}, ${plan.migrationId}, ${plan.playbookVersion}, ${plan.cohort}, ${plan.sourceFile}, ${plan.sourceSha256},
      ${plan.credentialId}::uuid, ${jsonText(plan.settings)}::text::jsonb, ${jsonText(plan.decisions)}::text::jsonb, ${plan.isPartial},
      ${plan.rowCount}, ${jsonText(plan.summary)}::text::jsonb)
    on conflict (plan_hash) do nothing returning plan_no`.execute(tx);
  return added.rows.length > 0;
}

/** Keeps a plan under its hash. The same plan made twice is one plan. */
export async function keepPlan(tx: PlannerTx, plan: NewPlan, rows: readonly PlanRow[]): Promise<void> {
  await sql`savepoint plan_in_making`.execute(tx);
  const planNo = await openPlan(tx);
  await fileRows(tx, planNo, rows);
  const isNew = await sealPlan(tx, planNo, plan);
  if (!isNew) await sql`rollback to savepoint plan_in_making`.execute(tx);
  await sql`release savepoint plan_in_making`.execute(tx);
}

async function fileRows(tx: PlannerTx, planNo: number, rows: readonly PlanRow[]): Promise<void> {
  const kinds = new Map<string, { kind_no: number; match: string; action: string; warnings: readonly string[]; row_count: number }>();
  const filed = rows.map((row) => {
    const name = JSON.stringify([row.match, row.action, row.warnings]);
    const kind = kinds.get(name) ?? { kind_no: kinds.size + 1, match: row.match, action: row.action, warnings: row.warnings, row_count: 0 };
    kinds.set(name, { ...kind, row_count: kind.row_count + 1 });
    return { row_no: row.row, kind_no: kind.kind_no, user_id: row.user_id, row: canonicalJson(row) };
  });
  await sql`insert into plan_kinds (plan_no, kind_no, match, action, warnings, row_count)
    select ${planNo}, k.kind_no, k.match, k.action, array(select jsonb_array_elements_text(k.warnings)), k.row_count
    from jsonb_to_recordset(${jsonText([...kinds.values()])}::text::jsonb)
      as k (kind_no integer, match text, action text, warnings jsonb, row_count bigint)`.execute(tx);
  for (let start = 0; start < filed.length; start += INSERT_ROWS) {
    await sql`insert into plan_rows (plan_no, row_no, kind_no, user_id, row)
      select ${planNo}, r.row_no, r.kind_no, r.user_id, r.row
      from jsonb_to_recordset(${jsonText(filed.slice(start, start + INSERT_ROWS))}::text::jsonb)
        as r (row_no bigint, kind_no integer, user_id uuid, row text)`.execute(tx);
  }
}

/** A plan of this migration by its hash; one of another migration is no plan here. */
export async function findPlan(tx: ReadTx, migrationId: string, planHash: string): Promise<StoredPlan | undefined> {
  const { rows } = await sql<{
    plan_no: number;
    cohort: string;
    source_file: string | null;
    credential_id: string | null;
    decisions: unknown;
    is_partial: boolean;
    row_count: number;
    summary: unknown;
  }>`select plan_no, cohort, source_file, credential_id, decisions, is_partial, row_count, summary
    from plans where plan_hash = ${planHash} and migration_id = ${migrationId}`.execute(tx);
  const [plan] = rows;
  if (plan === undefined) return undefined;
  return {
    planNo: Number(plan.plan_no),
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
  const { rows } = await sql<{ row: string }>`
    select p.row from plans h join plan_rows p on p.plan_no = h.plan_no
    where h.plan_hash = ${planHash} and p.row_no > ${afterRow}
      and (${keys === undefined} or p.row_no in (
        select c.row_no from cohort_members c where c.cohort = h.cohort and c.key in (select jsonb_array_elements_text(${jsonText(keys ?? [])}::text::jsonb))))
    order by p.row_no limit ${limit}`.execute(tx);
  return rows.map(planRowOf);
}

/** All rows of a plan, in file order. */
export async function readAllPlanRows(tx: ReadTx, planHash: string): Promise<PlanRow[]> {
  return readPlanRows(tx, planHash, 0, Number.MAX_SAFE_INTEGER);
}

/** Which of these places of a plan were matched by name alone. */
export async function placesMatchedByName(tx: ReadTx, planHash: string, places: readonly number[]): Promise<ReadonlySet<number>> {
  const { rows } = await sql<{ row_no: number }>`
    select p.row_no from plans h join plan_rows p on p.plan_no = h.plan_no
    join plan_kinds k on k.plan_no = p.plan_no and k.kind_no = p.kind_no and k.match = 'MATCH_NAME_UNIQUE'
    where h.plan_hash = ${planHash} and p.row_no in (select w::bigint from jsonb_array_elements_text(${jsonText(places)}::text::jsonb) as w)`.execute(tx);
  return new Set(rows.map((row) => Number(row.row_no)));
}

/** The matches and actions that a plan has, and how many rows of each. */
export async function readPlanKinds(tx: ReadTx, planHash: string): Promise<readonly (Pick<PlanRow, 'match' | 'action'> & { readonly rowCount: number })[]> {
  const { rows } = await sql<Pick<PlanRow, 'match' | 'action'> & { row_count: number }>`
    select k.match, k.action, sum(k.row_count)::bigint as row_count from plans h join plan_kinds k on k.plan_no = h.plan_no
    where h.plan_hash = ${planHash} group by k.match, k.action`.execute(tx);
  return rows.map(({ match, action, row_count: rowCount }) => ({ match, action, rowCount: Number(rowCount) }));
}

/** A row as it is kept: the canonical text that went into the plan hash. */
export function planRowOf({ row }: { readonly row: string }): PlanRow {
  return planRowSchema.parse(JSON.parse(row));
}
