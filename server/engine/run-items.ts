import { sql } from 'kysely';
import { assertNever } from '../../shared/core/assert-never.ts';
import type { Facts } from '../../shared/core/facts.ts';
import { runItemSchema, type RunItem } from '../../shared/core/run-item.ts';
import { jsonText } from '../store/json-text.ts';
import type { PlannerTx, ReadTx, RunnerTx } from '../store/transactions.ts';
import type { Settled } from './settled.ts';

type RunPlace = { readonly id: string; readonly cohort: string | null; readonly nextSeq: number };

/** Gives settled rows their places in the run, without gap and without double, and keeps them. */
export async function insertItems(tx: RunnerTx | PlannerTx, run: RunPlace, settled: readonly Settled[]): Promise<readonly RunItem[]> {
  if (settled.length === 0) return [];
  const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(tx);
  const at = (rows[0]?.now ?? new Date(0)).toISOString();
  const items = settled.map((one, index) => itemOf(one, run.nextSeq + index, at));
  const batch = items.map((item, index) => ({ seq: item.seq, cohort: settled[index]?.row.cohort ?? run.cohort, row_no: item.row, key: item.email, user_id: item.user_id, outcome: item.outcome, item }));
  await sql`insert into run_items (run_id, seq, row_no, cohort, key, user_id, outcome, item)
    select ${run.id}::uuid, i.seq, i.row_no, i.cohort, i.key, i.user_id, i.outcome, i.item
    from jsonb_to_recordset(${jsonText(batch)}::text::jsonb)
      as i (seq bigint, cohort text, row_no bigint, key text, user_id uuid, outcome text, item jsonb)`.execute(tx);
  return items;
}

/** Items behind a place, in order. */
export async function readItems(tx: ReadTx, runId: string, afterSeq: number, limit: number): Promise<RunItem[]> {
  const { rows } = await sql<{ item: unknown }>`select item from run_items where run_id = ${runId}::uuid and seq > ${afterSeq}
    order by seq limit ${limit}`.execute(tx);
  return rows.map(({ item }) => runItemSchema.parse(item));
}

/** What became of a row, at its place in a run. */
export function itemOf(settled: Settled, seq: number, at: string): RunItem {
  const { row } = settled;
  const common = { seq, row: row.row, email: row.email, user_id: settled.userId, before: null, after: null, at };
  switch (settled.outcome) {
    case 'applied':
      return { ...common, outcome: 'applied', before: copyOf(settled.before), after: copyOf(settled.after) };
    case 'reverted':
      return { ...common, outcome: 'reverted', before: copyOf(settled.before), after: copyOf(settled.after), ...reasonOf(settled) };
    case 'no_change':
    case 'skipped':
    case 'nothing_to_revert':
      return { ...common, outcome: settled.outcome, ...reasonOf(settled) };
    case 'drifted':
      return { ...common, outcome: 'drifted', planned: copyOf(settled.planned), now: copyOf(settled.now), ...reasonOf(settled) };
    case 'kept_changed_since':
      return { ...common, outcome: 'kept_changed_since', planned: copyOf(settled.planned), now: copyOf(settled.now), ...reasonOf(settled) };
    case 'failed':
      return { ...common, outcome: 'failed', code: settled.code, message: settled.message, field: settled.field };
    default:
      return assertNever(settled);
  }
}

function reasonOf({ reason }: { readonly reason?: string | undefined }): { reason?: string } {
  return reason === undefined ? {} : { reason };
}

function copyOf(facts: Facts): RunItem['before'] & object {
  return Object.fromEntries(Object.entries(facts).map(([name, fact]) => [name, isList(fact) ? [...fact] : fact]));
}

function isList(fact: Facts[string]): fact is readonly string[] {
  return Array.isArray(fact);
}
