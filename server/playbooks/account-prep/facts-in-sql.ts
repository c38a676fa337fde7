import { type RawBuilder, sql } from 'kysely';
import { MIGRATION_COMPLETE } from '../../auth/migration-complete.ts';
import type { Decision } from '../../../shared/core/decisions.ts';
import { addresses, customers, stripeLinks } from '../../directory/customer-relations.ts';
import { directory } from '../../directory/directory.ts';
import { jsonText } from '../../store/json-text.ts';
import type { ReadTx } from '../../store/transactions.ts';

/** Whose facts are wanted: all rows of a cohort, for a migration, under what people decided about some of them. */
export type FactsOrder = {
  readonly migration: string;
  readonly cohort: string;
  readonly decisions: ReadonlyMap<string, Decision['as']>;
};

/** By look-ups of the cohort's keys, or by joining whole tables. For a few records saying how costs more than looking: that is kept. */
export type GatherForm = 'look_up_few' | 'look_up' | 'join';

/** Up to so many records it hardly matters how they are joined, only how they are looked up, so one way is kept for all. */
const FEW_RECORDS = 500;

/** From this many records on, and this share of all customers, joining whole tables costs less than looking each record up. */
const JOIN_FROM_RECORDS = 2_000;
const JOIN_FROM_SHARE = 0.1;

/** Which form costs less. The estimate of the database will do: near the border both cost about the same. */
export async function gatherFormFor(tx: ReadTx, recordCount: number): Promise<GatherForm> {
  if (recordCount <= FEW_RECORDS) return 'look_up_few';
  if (recordCount < JOIN_FROM_RECORDS) return 'look_up';
  const { rows } = await sql<{ users: number }>`
    select greatest(reltuples, pg_relation_size(oid) / 200)::float8 as users from pg_class where oid = ${directory.customersTable}::regclass`.execute(tx);
  return recordCount >= (rows[0]?.users ?? 0) * JOIN_FROM_SHARE ? 'join' : 'look_up';
}

/**
 * What the planner wants to know of each record, one row a record: the same as `gatherFacts` finds, as a relation for
 * `decidedRows`. It is read by the cohort's keys and says of others no more than how many have a name (A2).
 *
 * | column | of |
 * |---|---|
 * | `row_no`, `key`, `name_key`, `stripe`, `decision` | the record |
 * | `by_email`, `name_count`, `name_user`, `holder` | who has its address, its name (not asked where the address is known), its Stripe id |
 * | `target` and the `t_` columns | the customer it means, and that customer as they are |
 */
export function factsQuery(order: FactsOrder, form: GatherForm): RawBuilder<unknown> {
  return form === 'join' ? joinedFacts(order) : lookedUpFacts(order);
}

/** Name matches do not count profiles that this migration itself created. */
function notCreatedHere(migration: string): RawBuilder<boolean> {
  return sql`not exists (select from runs r where r.id = u.created_by_run and r.migration_id = ${migration})`;
}

function decisionsOf({ decisions }: FactsOrder): RawBuilder<unknown> {
  const list = [...decisions].map(([key, decision]) => ({ key, decision }));
  return sql`jsonb_to_recordset(${jsonText(list)}::text::jsonb) as d (key text, decision text)`;
}

/** `limit` keeps the look-ups from being turned into joins, which at some sizes the database takes for cheaper and is wrong. */
function lookedUpFacts(order: FactsOrder): RawBuilder<unknown> {
  return sql`
    select c.row_no, c.key, c.name_key, c.record ->> 'stripe_customer_id' as stripe, d.decision,
      e.user_id as by_email, n.name_count, n.name_user, s.user_id as holder,
      t.target, t.t_name_key, t.t_role, t.t_must_reset, t.t_stripe, t.t_tag, t.t_file, t.t_armed_by, t.t_completed,
      case when e.user_id is null and t.target is not null then array(select m.email from ${addresses} m where m.user_id = t.target order by m.email) end as t_emails
    from cohort_members c
    left join ${decisionsOf(order)} on d.key = c.key
    left join lateral (select i.user_id from ${addresses} i where i.email = c.key limit 1) e on true
    left join lateral (
      select count(*)::int as name_count, case when count(*) = 1 then min(u.id::text)::uuid end as name_user
      from ${customers} u where e.user_id is null and u.name_key = c.name_key and ${notCreatedHere(order.migration)}
    ) n on true
    left join lateral (select l.user_id from ${stripeLinks} l where l.stripe_customer_id = c.record ->> 'stripe_customer_id' limit 1) s on true
    left join lateral (
      select u.id as target, u.name_key as t_name_key, u.role as t_role, u.must_reset_password as t_must_reset,
        (select l.stripe_customer_id from ${stripeLinks} l where l.user_id = u.id) as t_stripe,
        u.migration_cohort as t_tag, u.migration_source_file as t_file,
        (select a.migration_id from members a where a.user_id = u.id and a.state = 'armed') as t_armed_by,
        exists (
          select from events v
          where v.migration_id = ${order.migration} and v.user_id = u.id and v.name = ${MIGRATION_COMPLETE} and v.state = 'recorded'
        ) as t_completed
      from ${customers} u where u.id = coalesce(e.user_id, case when d.decision is distinct from 'create' then n.name_user end) limit 1
    ) t on true
    where c.cohort = ${order.cohort}`;
}

/** The match alone, by joining whole tables: whom each record means, and nothing yet of how they are. The columns of `factsQuery` up to `target`. */
export function joinedMatch(order: FactsOrder): RawBuilder<unknown> {
  return sql`
    with known as (
      select c.row_no, c.key, c.name_key, c.record ->> 'stripe_customer_id' as stripe, d.decision, e.user_id as by_email
      from cohort_members c
      left join ${decisionsOf(order)} on d.key = c.key
      left join ${addresses} e on e.email = c.key
      where c.cohort = ${order.cohort}
    ),
    names as (
      select u.name_key, count(*)::int as name_count, case when count(*) = 1 then min(u.id::text)::uuid end as name_user
      from ${customers} u
      where u.name_key in (select k.name_key from known k where k.by_email is null) and ${notCreatedHere(order.migration)}
      group by u.name_key
    )
    select k.*, coalesce(n.name_count, 0) as name_count, n.name_user, s.user_id as holder,
      coalesce(k.by_email, case when k.decision is distinct from 'create' then n.name_user end) as target
    from known k
    left join names n on k.by_email is null and n.name_key = k.name_key
    left join ${stripeLinks} s on s.stripe_customer_id = k.stripe`;
}

function joinedFacts(order: FactsOrder): RawBuilder<unknown> {
  return sql`
    with found as (${joinedMatch(order)})
    select f.row_no, f.key, f.name_key, f.stripe, f.decision, f.by_email, f.name_count, f.name_user, f.holder,
      f.target, u.name_key as t_name_key, u.role as t_role, u.must_reset_password as t_must_reset, l.stripe_customer_id as t_stripe,
      u.migration_cohort as t_tag, u.migration_source_file as t_file, a.migration_id as t_armed_by,
      v.user_id is not null as t_completed,
      case when f.by_email is null and f.target is not null then coalesce(m.emails, '{}') end as t_emails
    from found f
    left join ${customers} u on u.id = f.target
    left join ${stripeLinks} l on l.user_id = f.target
    left join members a on a.user_id = f.target and a.state = 'armed'
    left join events v on v.user_id = f.target and v.migration_id = ${order.migration} and v.name = ${MIGRATION_COMPLETE} and v.state = 'recorded'
    left join (
      select w.user_id, array_agg(w.email order by w.email) as emails from ${addresses} w
      where w.user_id in (select o.target from found o where o.by_email is null) group by w.user_id
    ) m on f.by_email is null and m.user_id = f.target
    order by f.row_no`;
}
