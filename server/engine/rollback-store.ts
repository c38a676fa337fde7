import { sql } from 'kysely';
import { z } from 'zod';
import { rollbackCountsSchema, type RollbackCounts } from '../../shared/contract/admin/rollback.ts';
import { factsSchema } from '../../shared/core/facts.ts';
import type { RunItem } from '../../shared/core/run-item.ts';
import { customerStateSchema } from '../../shared/playbooks/account-prep/customer-state.ts';
import type { RevertDecision } from '../../shared/playbooks/account-prep/revert.ts';
import type { DecidedPerson } from '../playbooks/account-prep/revert-facts.ts';
import { rollbackSelectionSchema, type RollbackSelection } from '../playbooks/account-prep/rollback-people.ts';
import { jsonText } from '../store/json-text.ts';
import type { PlannerTx, ReadTx } from '../store/transactions.ts';
import { itemOf } from './run-items.ts';
import type { Settled } from './settled.ts';

/** A previewed rollback as it is kept, without its rows. Once it has its hash, nothing can change it. */
export type RollbackPlan = {
  readonly rollbackNo: number;
  readonly rollbackHash: string;
  readonly migrationId: string;
  readonly selection: RollbackSelection;
  readonly counts: RollbackCounts;
  readonly rowCount: number;
  readonly createdAt: Date;
};

/** A row of a previewed rollback. */
export type RollbackRow = DecidedPerson & { readonly place: number };

const decisionSchema = z.discriminatedUnion('outcome', [
  z.object({
    outcome: z.literal('reverted'),
    runIds: z.array(z.string()),
    removesProfile: z.boolean(),
    to: customerStateSchema.nullable(),
    before: factsSchema,
    after: factsSchema,
    reason: z.string().nullable(),
  }),
  z.object({ outcome: z.literal('kept_changed_since'), planned: factsSchema, now: factsSchema, reason: z.string() }),
  z.object({ outcome: z.literal('nothing_to_revert'), reason: z.string() }),
]) satisfies z.ZodType<RevertDecision>;

/** Opens a plan that is not sealed yet; its rows are filed under the number that this gives. */
export async function openRollbackPlan(tx: PlannerTx, migrationId: string, selection: RollbackSelection): Promise<number> {
  const { rows } = await sql<{ rollback_no: number }>`insert into rollback_plans (migration_id, selection)
    values (${migrationId}, ${jsonText(selection)}::text::jsonb) returning rollback_no`.execute(tx);
  const [row] = rows;
  if (row === undefined) throw new Error('A plan was filed without a number.');
  return Number(row.rollback_no);
}

/** Files rows behind those that the plan has. */
export async function fileRollbackRows(tx: PlannerTx, rollbackNo: number, firstPlace: number, people: readonly DecidedPerson[]): Promise<void> {
  const batch = people.map(({ cohort, key, row, userId, decision }, index) => ({
    place: firstPlace + index,
    cohort,
    key,
    row_no: row,
    user_id: userId,
    outcome: decision.outcome,
    removes: decision.outcome === 'reverted' && decision.removesProfile,
    run_ids: decision.outcome === 'reverted' ? decision.runIds : [],
    decision,
  }));
  await sql`insert into rollback_rows (rollback_no, place, cohort, key, row_no, user_id, outcome, removes_profile, snapshot_runs, decision)
    select ${rollbackNo}, r.place, r.cohort, r.key, r.row_no, r.user_id, r.outcome, r.removes,
      array(select w::uuid from jsonb_array_elements_text(r.run_ids) with ordinality as x (w, n) order by n), r.decision
    from jsonb_to_recordset(${jsonText(batch)}::text::jsonb)
      as r (place bigint, cohort text, key text, row_no bigint, user_id uuid, outcome text, removes boolean, run_ids jsonb, decision jsonb)`.execute(tx);
}

/** Seals a plan under its hash. */
export async function sealRollbackPlan(tx: PlannerTx, rollbackNo: number, sealed: { readonly hash: string; readonly counts: RollbackCounts; readonly rowCount: number }): Promise<void> {
  await sql`update rollback_plans set rollback_hash = ${sealed.hash}, counts = ${jsonText(sealed.counts)}::text::jsonb, row_count = ${sealed.rowCount}
    where rollback_no = ${rollbackNo}`.execute(tx);
}

/** Keeps who previewed: whoever did is a requester of the rollback. */
export async function noteRequester(tx: PlannerTx, rollbackNo: number, sub: string): Promise<void> {
  await sql`insert into rollback_requests (rollback_no, requested_by) values (${rollbackNo}, ${sub}) on conflict do nothing`.execute(tx);
}

/** A previewed rollback of this migration by its hash. */
export async function findRollbackPlan(tx: ReadTx, migrationId: string, rollbackHash: string): Promise<RollbackPlan | undefined> {
  const { rows } = await sql<{ rollback_no: number; selection: unknown; counts: unknown; row_count: number; created_at: Date }>`
    select rollback_no, selection, counts, row_count, created_at from rollback_plans
    where rollback_hash = ${rollbackHash} and migration_id = ${migrationId}`.execute(tx);
  const [row] = rows;
  if (row === undefined) return undefined;
  return {
    rollbackNo: Number(row.rollback_no),
    rollbackHash,
    migrationId,
    selection: rollbackSelectionSchema.parse(row.selection),
    counts: rollbackCountsSchema.parse(row.counts),
    rowCount: Number(row.row_count),
    createdAt: row.created_at,
  };
}

type StoredRow = { place: number; cohort: string; key: string; row_no: number; user_id: string | null; decision: unknown };

/** Rows behind a place, in order. */
export async function readRollbackRows(tx: ReadTx, rollbackNo: number, afterPlace: number, limit: number): Promise<readonly RollbackRow[]> {
  const { rows } = await sql<StoredRow>`select place, cohort, key, row_no, user_id, decision from rollback_rows
    where rollback_no = ${rollbackNo} and place > ${afterPlace} order by place limit ${limit}`.execute(tx);
  return rows.map(rowOf);
}

/** Rows of these members, by their keys. */
export async function readRollbackRowsOf(tx: ReadTx, rollbackNo: number, keys: readonly string[]): Promise<ReadonlyMap<string, RollbackRow>> {
  const { rows } = await sql<StoredRow>`select r.place, r.cohort, r.key, r.row_no, r.user_id, r.decision
    from jsonb_array_elements_text(${jsonText(keys)}::text::jsonb) as w (key) join rollback_rows r on r.rollback_no = ${rollbackNo} and r.key = w.key`.execute(tx);
  return new Map(rows.map((row) => [row.key, rowOf(row)]));
}

/** Which of these customers the plan puts back. */
export async function putBackAmong(tx: ReadTx, rollbackNo: number, userIds: readonly string[]): Promise<ReadonlySet<string>> {
  if (userIds.length === 0) return new Set();
  const { rows } = await sql<{ user_id: string }>`select r.user_id
    from jsonb_array_elements_text(${jsonText(userIds)}::text::jsonb) as w (id) join rollback_rows r on r.rollback_no = ${rollbackNo} and r.user_id = w.id::uuid
    where r.outcome = 'reverted'`.execute(tx);
  return new Set(rows.map((row) => row.user_id));
}

/** The items of a preview, in the form that the run's will have. */
export function previewItems(plan: Pick<RollbackPlan, 'createdAt'>, rows: readonly RollbackRow[]): RunItem[] {
  return rows.map((row) => itemOf(settledOf(row, row.decision), row.place, plan.createdAt.toISOString()));
}

/** A decision as what became of a row. */
export function settledOf(person: Omit<DecidedPerson, 'decision'>, decision: RevertDecision): Settled {
  const { userId } = person;
  const row = { row: person.row, email: person.key, cohort: person.cohort };
  switch (decision.outcome) {
    case 'reverted':
      return { row, userId, outcome: 'reverted', before: decision.before, after: decision.after, reason: decision.reason ?? undefined };
    case 'kept_changed_since':
      return { row, userId, outcome: 'kept_changed_since', planned: decision.planned, now: decision.now, reason: decision.reason };
    case 'nothing_to_revert':
      return { row, userId, outcome: 'nothing_to_revert', reason: decision.reason };
  }
}

function rowOf(row: StoredRow): RollbackRow {
  return { place: Number(row.place), cohort: row.cohort, key: row.key, row: Number(row.row_no), userId: row.user_id, decision: decisionSchema.parse(row.decision) };
}
