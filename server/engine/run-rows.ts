import { sql } from 'kysely';
import type { PlanRow } from '../../shared/core/plan-row.ts';
import { jsonText } from '../store/json-text.ts';
import type { ReadTx } from '../store/transactions.ts';
import { planRowOf } from './plan-store.ts';
import type { StoredRun } from './run-store.ts';

/** What says which rows of its plan a run takes. `id` is null before there is one. */
export type RowsOfRun = Pick<StoredRun, 'migrationId' | 'planHash' | 'onlyKeys' | 'stagePercent' | 'retryFailed'> & { readonly id: string | null };

const BUCKETS = 4_294_967_296;

/**
 * Whether a key is in the stage, in SQL: the same numbers in the same order as `shared/core/stages.ts`, so the same
 * people. A small stage of a large plan is picked in the database; the others never reach Node (C8).
 */
export function isKeyInStage(migrationId: string, key: ReturnType<typeof sql>, percent: number) {
  return sql<boolean>`((('x' || left(encode(sha256(convert_to(${`${migrationId}\n`}::text || ${key}, 'UTF8')), 'hex'), 8))::bit(32)::bigint::float8
    / ${BUCKETS}::float8) * 100) < ${percent}::float8`;
}

/**
 * The rows that a run takes, as `w (row_no, row)`, behind a place. A run that retries begins from the failed items, of
 * which there are few, and not from the plan.
 */
function rowsOf(run: RowsOfRun, afterRow: number) {
  const isStaged = run.stagePercent !== null && run.stagePercent < 100;
  const stage = isStaged ? isKeyInStage(run.migrationId, sql`c.key`, run.stagePercent) : sql`true`;
  const named = run.onlyKeys === null ? sql`true` : sql`c.key in (select jsonb_array_elements_text(${jsonText(run.onlyKeys)}::text::jsonb))`;
  const keys = isStaged || run.onlyKeys !== null ? sql`join cohort_members c on c.cohort = h.cohort and c.row_no = p.row_no` : sql``;
  if (!run.retryFailed) {
    return sql`select p.row_no, p.row from plans h join plan_rows p on p.plan_no = h.plan_no ${keys}
      where h.plan_hash = ${run.planHash} and p.row_no > ${afterRow} and ${stage} and ${named}`;
  }
  return sql`select p.row_no, p.row from run_items f
    join runs r on r.id = f.run_id
    join plans h on h.plan_hash = r.plan_hash
    join plan_rows p on p.plan_no = h.plan_no and p.row_no = f.row_no ${keys}
    where r.plan_hash = ${run.planHash} and r.kind = 'execution' and r.id is distinct from ${run.id}::uuid
      and f.outcome = 'failed' and f.row_no > ${afterRow}
      and not exists (
        select from runs l join run_items i on i.run_id = l.id and i.key = f.key
        where l.plan_hash = r.plan_hash and l.kind = 'execution' and l.id is distinct from ${run.id}::uuid and (l.created_at, l.id) > (r.created_at, r.id)
      )
      and ${stage} and ${named}`;
}

/** The next rows of a run behind its cursor, in file order, and whether they are the last. */
export async function nextRows(tx: ReadTx, run: StoredRun, limit: number): Promise<{ readonly rows: readonly PlanRow[]; readonly isLast: boolean }> {
  const found = await sql<{ row: string }>`${rowsOf(run, run.cursor)} order by row_no limit ${limit + 1}`.execute(tx);
  return { rows: found.rows.slice(0, limit).map(planRowOf), isLast: found.rows.length <= limit };
}

/** How many rows a run takes. */
export async function countRows(tx: ReadTx, run: RowsOfRun): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*)::int as count from (${rowsOf(run, 0)}) as w`.execute(tx);
  return Number(rows[0]?.count ?? 0);
}
