import { type RawBuilder, sql } from 'kysely';
import type { PlanAction } from '../../../shared/core/plan-row.ts';
import { OTHER_ROWS_NAMED, actionWordings, blockWordings, creationSentences, type BlockCode, type NoticeCode } from '../../../shared/playbooks/account-prep/wording.ts';
import type { PlanSettings } from '../../../shared/playbooks/account-prep/settings.ts';
import { actionNumber, matchNumber, warningNumber } from './kind-numbers.ts';

/** Fixed texts of the code, never anything that came from outside. */
const text = (fixed: string): RawBuilder<string> => sql.lit(fixed);
const code = (block: BlockCode): RawBuilder<string> => text(block);
const isName = sql<boolean>`f.by_email is null`;

/** Keeps a step of the judgement from being worked out again wherever the next ones mention it. */
const once = sql`offset 0`;

/**
 * The rows that stand in each other's way (A8): `rival_targets` and `rival_stripe_ids`, as `conflicts.ts` has it. Only what is
 * wanted twice is gathered into lists. `materialized`, because the database may take a cohort nobody has counted for one
 * record, and would then look for rivals in the whole cohort once for each record.
 */
export function rivalQueries(facts: RawBuilder<unknown>): RawBuilder<unknown> {
  const claims = sql`target is not null and (by_email is not null or decision is distinct from 'skip')`;
  return sql`
    rival_targets as materialized (
      select f.target,
        array_agg(f.row_no order by f.row_no) filter (where f.by_email is not null) as by_email,
        array_agg(f.row_no order by f.row_no) filter (where f.by_email is not null and f.decision is distinct from 'skip') as live_by_email,
        array_agg(f.row_no order by f.row_no) filter (where f.by_email is null) as by_name
      from ${facts} f
      where f.target in (select target from ${facts} where ${claims} group by target having count(*) > 1)
        and (f.by_email is not null or f.decision is distinct from 'skip')
      group by f.target
    ),
    rival_stripe_ids as materialized (
      select f.stripe, array_agg(f.row_no order by f.row_no) as rows from ${facts} f
      where f.decision is distinct from 'skip'
        and f.stripe in (select stripe from ${facts} where decision is distinct from 'skip' group by stripe having count(*) > 1)
      group by f.stripe
    )`;
}

/** No conflicts: what a batch or a check of single rows takes for granted. */
export const noRivalQueries = sql`
  rival_targets as (select null::uuid as target, null::bigint[] as by_email, null::bigint[] as live_by_email, null::bigint[] as by_name where false),
  rival_stripe_ids as (select null::text as stripe, null::bigint[] as rows where false)`;

/** Each row's match, action, block, rivals and kind, as `plan.ts` decides them; `facts` as `factsQuery` gives them. */
export function judgedRows(facts: RawBuilder<unknown>, settings: PlanSettings): RawBuilder<unknown> {
  const others = sql`array_remove`;
  const has = (list: RawBuilder<unknown>): RawBuilder<boolean> => sql`coalesce(cardinality(${list}), 0) > 0`;
  const liveByEmail = sql`${others}(r.live_by_email, f.row_no)`;
  const byName = sql`${others}(r.by_name, f.row_no)`;
  const sameStripe = sql`${others}(q.rows, f.row_no)`;
  const matched = sql`
    select f.*,
      case when f.by_email is not null then 'MATCH_EMAIL' when f.name_count = 0 then 'NO_NAME_MATCH' when f.name_count = 1 then 'MATCH_NAME_UNIQUE' else 'NAME_AMBIGUOUS' end as match,
      case when f.by_email is not null then ${matchNumber('MATCH_EMAIL')}::int when f.name_count = 0 then ${matchNumber('NO_NAME_MATCH')}::int
        when f.name_count = 1 then ${matchNumber('MATCH_NAME_UNIQUE')}::int else ${matchNumber('NAME_AMBIGUOUS')}::int end as match_no,
      (f.by_email is null and f.name_count = 1 and f.decision is not distinct from 'create') as declined,
      case
        when f.decision is not distinct from 'skip' then null
        when r.target is not null and f.by_email is not null and ${has(liveByEmail)} then ${code('target_wanted_twice_by_email')}
        when r.target is not null and ${isName} and ${has(sql`r.by_email`)} then ${code('target_kept_by_email_match')}
        when r.target is not null and ${isName} and ${has(byName)} then ${code('target_wanted_twice_by_name')}
        when q.stripe is not null and ${has(sameStripe)} then ${code('stripe_id_wanted_twice')}
      end as conflict,
      r.by_email as rivals_by_email, ${liveByEmail} as rivals_live, ${byName} as rivals_by_name, ${sameStripe} as rivals_by_stripe,
      (not f.t_must_reset or f.t_stripe is distinct from f.stripe or f.t_tag is distinct from ${settings.cohortTag}::text
        or f.t_file is distinct from ${settings.sourceFile}::text or ${isName}) as differs
    from ${facts} f
    left join rival_targets r on r.target = f.target
    left join rival_stripe_ids q on q.stripe = f.stripe ${once}`;
  const blocked = sql`
    select m.*,
      case
        when m.decision is not distinct from 'skip' then null
        when m.conflict is not null then m.conflict
        when m.target is null then case when m.holder is not null then ${code('stripe_id_linked_elsewhere')} end
        when m.t_completed then null
        when m.by_email is null and m.t_role <> 'customer' then ${code('name_match_is_staff')}
        when m.by_email is null and m.t_stripe <> m.stripe then ${code('name_match_has_other_stripe_id')}
        when m.t_armed_by <> ${settings.migration}::text then ${code('armed_by_other_migration')}
        when m.holder <> m.target then ${code('stripe_id_linked_elsewhere')}
      end as block,
      case m.conflict
        when ${code('target_wanted_twice_by_email')} then m.rivals_live
        when ${code('target_kept_by_email_match')} then m.rivals_by_email
        when ${code('target_wanted_twice_by_name')} then m.rivals_by_name
        when ${code('stripe_id_wanted_twice')} then m.rivals_by_stripe
      end as others
    from (${matched}) m ${once}`;
  const acted = sql`
    select b.*,
      case
        when b.decision is not distinct from 'skip' then 'SKIP'
        when b.block is not null then 'BLOCKED'
        when b.target is null then 'CREATE_NEW'
        when b.t_completed then 'COMPLETE'
        when not b.differs and b.t_armed_by is not distinct from ${settings.migration}::text then 'NO_CHANGE'
        else 'UPDATE_EXISTING'
      end as action
    from (${blocked}) b ${once}`;
  return sql`select a.*, a.match_no + ${actionBits()} + ${warningBits(settings)} as kind_no from (${acted}) a ${once}`;
}

function actionBits(): RawBuilder<number> {
  const of = (action: PlanAction): RawBuilder<unknown> => sql`when ${text(action)} then ${sql.lit(actionNumber(action))}`;
  return sql`case a.action ${of('SKIP')} ${of('BLOCKED')} ${of('CREATE_NEW')} ${of('COMPLETE')} ${of('NO_CHANGE')} ${of('UPDATE_EXISTING')} end`;
}

/** A bit for each warning of the row. */
function warningBits(settings: PlanSettings): RawBuilder<number> {
  const bit = (notice: NoticeCode, when: RawBuilder<unknown>): RawBuilder<number> => sql`case when ${when} then ${sql.lit(warningNumber(notice))} else 0 end`;
  const blockBits = Object.keys(blockWordings).flatMap((name) => (isBlockCode(name) ? [sql`when ${text(name)} then ${sql.lit(warningNumber(name))}`] : []));
  const updating = sql`case when a.action = 'UPDATE_EXISTING' then
    ${bit('name_only_match', sql`a.by_email is null`)}
    + ${bit('name_differs', sql`a.t_name_key <> a.name_key`)}
    + ${bit('stripe_id_replaced', sql`a.t_stripe <> a.stripe`)}
    + ${bit('staff_account', sql`a.t_role <> 'customer'`)}
    + ${bit('already_must_reset', sql`a.t_must_reset and a.t_armed_by is null`)}
    + ${bit('cohort_tag_replaced', sql`a.t_tag <> ${settings.cohortTag}::text`)}
    + ${bit('already_prepared', sql`a.t_armed_by = ${settings.migration}::text`)} else 0 end`;
  return sql`(${bit('decision_without_effect', sql`a.decision = 'create' and a.by_email is not null and a.action in ('UPDATE_EXISTING', 'NO_CHANGE', 'BLOCKED')`)}
    + ${updating}
    + ${bit('possible_duplicate', sql`a.action = 'CREATE_NEW' and a.name_count > 0`)}
    + case a.block ${sql.join(blockBits, sql` `)} else 0 end)`;
}

/** Why the row is not simply written, as a sentence; null where nothing needs saying. Reads a judged row `j`. */
export function reasonOf(): RawBuilder<string | null> {
  const sentences = Object.entries(blockWordings).map(([name, { sentence }]) => sql`when ${text(name)} then ${text(sentence.replace(/\.$/, ''))}`);
  const where = sql`case when coalesce(cardinality(j.others), 0) = 0 then ''
    else ' (row ' || array_to_string(j.others[1:${sql.lit(OTHER_ROWS_NAMED)}], ', ') || case when cardinality(j.others) > ${sql.lit(OTHER_ROWS_NAMED)} then ' ...' else '' end || ')' end`;
  const saying = (action: 'SKIP' | 'COMPLETE' | 'NO_CHANGE'): RawBuilder<unknown> => sql`when ${text(action)} then ${text(actionWordings[action].sentence)}`;
  return sql`case j.action
    when 'BLOCKED' then (case j.block ${sql.join(sentences, sql` `)} end) || ${where} || '.'
    ${saying('SKIP')} ${saying('COMPLETE')} ${saying('NO_CHANGE')}
    when 'CREATE_NEW' then case when j.declined then ${text(creationSentences.declined)} when j.name_count > 1 then j.name_count || ${text(creationSentences.ambiguous)} end
  end`;
}

function isBlockCode(name: string): name is BlockCode {
  return Object.hasOwn(blockWordings, name);
}
