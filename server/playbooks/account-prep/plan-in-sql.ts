import { type RawBuilder, sql } from 'kysely';
import type { PlanSettings } from '../../../shared/playbooks/account-prep/settings.ts';
import { jsonText } from '../../store/json-text.ts';
import { keptAs } from '../../store/kept-statements.ts';
import type { PlannerTx, ReadTx } from '../../store/transactions.ts';
import { judgedRows, noRivalQueries, rivalQueries } from './decisions-in-sql.ts';
import { factsQuery, type FactsOrder, type GatherForm } from './facts-in-sql.ts';
import { kindOfNumber, type RowKind } from './kind-numbers.ts';
import { rowText, shownUser } from './row-text-in-sql.ts';

/** What to plan. `only` narrows the result, never the judgement. */
export type CohortOrder = Omit<FactsOrder, 'migration'> & { readonly settings: PlanSettings; readonly only: ReadonlySet<string> | undefined };

/** How many rows there are of a kind. */
export type KindCount = RowKind & { readonly kindNo: number; readonly rowCount: number };

/** Enough for the hash tables of a million records; taken for the transaction that plans them, and by nothing else. */
const JOIN_MEMORY = '256MB';

/**
 * Plans a whole cohort where it lies (A5 to A9) and files its rows under a plan's number: the same rows as the pure
 * `planCohort` gives, as canonical text. Nothing of them passes through this process but the counts.
 */
export async function filePlannedRows(tx: PlannerTx, planNo: number, order: CohortOrder, form: GatherForm): Promise<readonly KindCount[]> {
  return onFacts(tx, order, form, async (facts, facts_) => {
    // Facts come in the order of the file and no step of the judgement turns it, so the rows are filed in order without being sorted.
    const narrowed = order.only === undefined ? sql`true` : sql`j.key in (select jsonb_array_elements_text(${jsonText([...order.only])}::text::jsonb))`;
    const kept = form === 'look_up_few' ? keptAs(order.only === undefined ? 'plan-rows' : 'plan-some-rows') : sql``;
    const { rows } = await sql<{ kind_no: number; row_count: number }>`${kept}
      with ${facts_} ${rivalQueries(facts)},
      filed as (
        insert into plan_rows (plan_no, row_no, kind_no, user_id, row)
        select ${planNo}, j.row_no, j.kind_no, ${shownUser()}, ${rowText(order.settings)}
        from (${judgedRows(facts, order.settings)}) j where ${narrowed}
        returning kind_no
      )
      select kind_no, count(*)::int as row_count from filed group by kind_no order by kind_no`.execute(tx);
    return rows.map((row) => ({ ...kindOfNumber(row.kind_no), kindNo: row.kind_no, rowCount: row.row_count }));
  });
}

/**
 * The rows of a cohort as they would be planned now, each by itself, as `planRow` does without conflicts: handed to `use` as
 * a relation `replanned (row_no, row)`, whose `with` clause comes first.
 */
export async function onReplannedRows<T>(tx: ReadTx, order: CohortOrder, form: GatherForm, use: (replanned: RawBuilder<unknown>) => Promise<T>): Promise<T> {
  return onFacts(tx, order, form === 'look_up_few' ? 'look_up' : form, async (facts, facts_) =>
    use(sql`${facts_} ${noRivalQueries},
      replanned as (select j.row_no, ${rowText(order.settings)} as row from (${judgedRows(facts, order.settings)}) j)`));
}

/**
 * Gathers, then lets `decide` read what was gathered. A few rows are gathered in the deciding statement; many lie in a table
 * of this transaction first: it is filled by all cores, and its size is known to whoever plans the next statement.
 */
async function onFacts<T>(tx: ReadTx, order: CohortOrder, form: GatherForm, decide: (facts: RawBuilder<unknown>, definition: RawBuilder<unknown>) => Promise<T>): Promise<T> {
  const query = factsQuery({ ...order, migration: order.settings.migration }, form);
  await prepareGathering(tx, form);
  if (form !== 'join') {
    const decided = await decide(sql`facts`, sql`facts as materialized (${query}),`);
    // What is done with few records goes on as it was prepared; each question more would be felt.
    if (form === 'look_up') await sql`set local enable_seqscan to default`.execute(tx);
    return decided;
  }
  await sql`create temporary table gathered_facts on commit drop as ${query}`.execute(tx);
  await sql`analyze gathered_facts`.execute(tx);
  const result = await decide(sql`gathered_facts`, sql``);
  await sql`drop table gathered_facts`.execute(tx);
  await sql`set local work_mem to default`.execute(tx);
  await sql`set local enable_nestloop to default`.execute(tx);
  return result;
}

/**
 * What the form asks of the database, for this transaction. Nobody has counted a cohort that has just come, so joining must
 * not be taken for looking up; and what looks up must not read a table through because it is small now, or was when the statement
 * was kept: reading even an empty one through asks the system for its size each time.
 */
export async function prepareGathering(tx: ReadTx, form: GatherForm): Promise<void> {
  // Compiling expressions of this length costs more than it saves, at any size.
  const local = (name: string, value: string): RawBuilder<unknown> => sql`set_config(${sql.lit(name)}, ${sql.lit(value)}, true)`;
  const settings = {
    look_up_few: [local('plan_cache_mode', 'force_generic_plan'), local('enable_seqscan', 'off')],
    look_up: [local('enable_seqscan', 'off')],
    join: [local('work_mem', JOIN_MEMORY), local('enable_nestloop', 'off')],
  }[form];
  await sql`select ${sql.join([local('jit', 'off'), ...settings])}`.execute(tx);
}
