import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import { jsonText } from '../../store/json-text.ts';
import type { ReadTx } from '../../store/transactions.ts';

/** Whom a rollback is for: some members of the cohort, by folded address, or everybody whom the migration's runs wrote. */
export const rollbackSelectionSchema = z.union([z.strictObject({ all: z.literal(true) }), z.strictObject({ emails: z.array(z.string()) })]);
export type RollbackSelection = { readonly all: true } | { readonly emails: readonly string[] };

/** The selection in one order, whatever order it was asked in. */
export function selectionInOrder(selection: RollbackSelection): { all: true } | { emails: string[] } {
  return 'all' in selection ? { all: true } : { emails: [...new Set(selection.emails)].sort() };
}

/** Whether two selections are of the same people, in whatever order they are named. */
export function isSameSelection(one: RollbackSelection, other: RollbackSelection): boolean {
  if ('all' in one || 'all' in other) return 'all' in one && 'all' in other;
  const [some, others] = [new Set(one.emails), new Set(other.emails)];
  return some.size === others.size && [...some].every((email) => others.has(email));
}

/**
 * The people of a rollback, one row each with `ord`, `cohort`, `key`, `row_no` and `user_id`: whoever was written last
 * comes first, so that a Stripe id is free again, as a rule, before the customer who had it earlier gets it back; the preview
 * puts the others in turn (`decisionsInTurn`). A customer whom
 * several runs wrote stands once, under the key of the last of them.
 */
export function rollbackPeople(migrationId: string, selection: RollbackSelection): RawBuilder<unknown> {
  const asked = 'emails' in selection ? sql`(select jsonb_array_elements_text(${jsonText(selection.emails)}::text::jsonb))` : null;
  const ofAsked = asked === null ? sql`` : sql`and s.user_id in (select a.user_id from snapshots a where a.migration_id = ${migrationId} and a.key in ${asked})`;
  return sql`
    with touched as (
      select s.user_id, s.cohort, s.key, r.created_at as written_at, exists (select from reverted_snapshots v where v.run_id = s.run_id and v.user_id = s.user_id) as is_put_back
      from snapshots s join runs r on r.id = s.run_id
      where s.migration_id = ${migrationId} ${ofAsked}
    ), by_user as (
      select distinct on (user_id) * from touched order by user_id, is_put_back, written_at desc, key
    ), by_key as (
      select distinct on (key) * from by_user order by key, is_put_back, written_at desc, user_id
    ), written as (
      select k.cohort, k.key, c.row_no, k.user_id, k.written_at from by_key k join cohort_members c on c.cohort = k.cohort and c.key = k.key
      ${asked === null ? sql`` : sql`union all ${unwritten(migrationId, asked)}`}
    )
    select row_number() over (order by w.written_at desc nulls last, w.row_no, w.key) as ord, w.cohort, w.key, w.row_no, w.user_id from written w`;
}

/** Members that were asked for and that no run has written. */
function unwritten(migrationId: string, asked: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    select c.cohort, c.key, c.row_no, null::uuid, null::timestamptz
    from (select distinct on (c.key) c.* from cohort_members c join ${cohortsOf(migrationId)} o on o.cohort = c.cohort
      where c.key in ${asked} order by c.key, o.is_bound desc, c.cohort) c
    where not exists (select from snapshots s where s.migration_id = ${migrationId} and s.key = c.key)`;
}

/** The cohorts that a migration has to do with: the one that it is bound to, and those that it has plans of. */
function cohortsOf(migrationId: string): RawBuilder<unknown> {
  return sql`(
    select p.cohort, bool_or(p.cohort = m.bound_cohort) as is_bound from plans p join migrations m on m.id = p.migration_id
    where p.migration_id = ${migrationId} group by p.cohort
    union
    select m.bound_cohort, true from migrations m where m.id = ${migrationId} and m.bound_cohort is not null
      and not exists (select from plans p where p.migration_id = m.id and p.cohort = m.bound_cohort)
  )`;
}

/** Which of these addresses are no members of any cohort of the migration: nobody outside one is ever touched (A16). */
export async function outsidersAmong(tx: ReadTx, migrationId: string, emails: readonly string[]): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ key: string }>`
    select w.key from jsonb_array_elements_text(${jsonText(emails)}::text::jsonb) as w (key)
    where not exists (select from cohort_members c join ${cohortsOf(migrationId)} o on o.cohort = c.cohort where c.key = w.key)`.execute(tx);
  return new Set(rows.map((row) => row.key));
}
