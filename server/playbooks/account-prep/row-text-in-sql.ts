import { type RawBuilder, sql } from 'kysely';
import { canonicalString } from '../../../shared/core/canonical-json.ts';
import type { PlanSettings } from '../../../shared/playbooks/account-prep/settings.ts';
import { reasonOf } from './decisions-in-sql.ts';
import { warningNumber, warningsInOrder } from './kind-numbers.ts';

/** JSON text of a value or null, escaped as `canonicalString` does. */
const json = (value: RawBuilder<unknown>): RawBuilder<string> => sql`coalesce(to_json(${value})::text, 'null')`;
/** Members that are there under a condition only. A list of members begins with a comma, which `right(..., -1)` takes off without counting its characters. */
const when = (condition: RawBuilder<unknown>, members: RawBuilder<unknown>): RawBuilder<string> => sql`case when ${condition} then ${members} else '' end`;

const writes = sql`j.action in ('CREATE_NEW', 'UPDATE_EXISTING', 'NO_CHANGE')`;
const blockedByEmail = sql`(j.action = 'BLOCKED' and j.by_email is not null)`;
const showsTarget = sql`(j.action in ('UPDATE_EXISTING', 'NO_CHANGE') or ${blockedByEmail})`;

/** Whom the row shows: nobody of a blocked or skipped row that has only the name. Reads a judged row `j`. */
export function shownUser(): RawBuilder<string | null> {
  return sql`case when j.action in ('UPDATE_EXISTING', 'NO_CHANGE', 'COMPLETE') or (j.action in ('BLOCKED', 'SKIP') and j.by_email is not null) then j.target end`;
}

/** The whole row as the canonical JSON that is hashed (N1): what `canonicalJson` makes of `planRow`. Reads a judged row `j`. */
export function rowText(settings: PlanSettings): RawBuilder<string> {
  return sql`'{"action":"' || j.action || '"'
    || case when j.match = 'NAME_AMBIGUOUS' then ',"candidates":' || j.name_count else '' end
    || ',"changes":[' || ${changes(settings)} || '],"email":' || to_json(j.key)::text
    || case when j.by_email is null then ',"email_match":"NO_EMAIL_MATCH"' else ',"email_match":"MATCH_EMAIL"' end
    || ',"match":"' || j.match || '","precondition":{' || ${precondition()} || '}'
    || coalesce(',"reason":' || to_json(${reasonOf()})::text, '')
    || ',"row":' || j.row_no || ',"user_id":' || coalesce('"' || ${shownUser()} || '"', 'null')
    || ',"warnings":[' || ${warnings()} || ']}'`;
}

function changes(settings: PlanSettings): RawBuilder<string> {
  const tag = sql`${canonicalString(settings.cohortTag)}::text`;
  const file = sql`${canonicalString(settings.sourceFile)}::text`;
  const change = (field: string, before: RawBuilder<unknown>, after: RawBuilder<unknown>): RawBuilder<string> =>
    sql`',{"after":' || ${after} || ',"before":' || ${before} || ${sql.lit(`,"field":"${field}"}`)}`;
  const none = sql.lit('null');
  const withRow = sql`to_json(array(select x.email from unnest(j.t_emails || array[j.key]) as x (email) order by x.email collate "C"))::text`;
  return sql`case j.action
    when 'CREATE_NEW' then right(${change('auth.must_reset_password', none, sql.lit('true'))} || ${change('stripe_customer_id', none, json(sql`j.stripe`))}
      || ${change('migration.cohort', none, tag)} || ${change('migration.source_file', none, file)}
      || ${change('emails', none, sql`'[' || to_json(j.key)::text || ']'`)}, -1)
    when 'UPDATE_EXISTING' then right(
      ${when(sql`not j.t_must_reset`, change('auth.must_reset_password', sql.lit('false'), sql.lit('true')))}
      || ${when(sql`j.t_stripe is distinct from j.stripe`, change('stripe_customer_id', json(sql`j.t_stripe`), json(sql`j.stripe`)))}
      || ${when(sql`j.t_tag is distinct from ${settings.cohortTag}::text`, change('migration.cohort', json(sql`j.t_tag`), tag))}
      || ${when(sql`j.t_file is distinct from ${settings.sourceFile}::text`, change('migration.source_file', json(sql`j.t_file`), file))}
      || ${when(sql`j.by_email is null`, change('emails', sql`to_json(j.t_emails)::text`, withRow))}, -1)
    else '' end`;
}

/** As `precondition.ts` has it, members in ASCII order. */
function precondition(): RawBuilder<string> {
  return sql`case when j.action = 'SKIP' then '' else right(
    ${when(showsTarget, sql`',"armed_by":' || ${json(sql`j.t_armed_by`)} || ',"auth.must_reset_password":' || j.t_must_reset::text`)}
    || ${when(sql`j.action = 'BLOCKED'`, sql`',"blocked_by":"' || j.block || '"'`)}
    || ${when(sql`${showsTarget} or j.action = 'COMPLETE'`, sql`',"completed":' || j.t_completed::text`)}
    || ',"email_owner":' || coalesce('"' || j.by_email || '"', 'null')
    || ${when(sql`${showsTarget} and j.by_email is null`, sql`',"emails":' || to_json(j.t_emails)::text`)}
    || ${when(showsTarget, sql`',"migration.cohort":' || ${json(sql`j.t_tag`)} || ',"migration.source_file":' || ${json(sql`j.t_file`)}`)}
    || ${when(sql`j.by_email is null and not j.declined`, sql`',"name_match":"' || j.match || '"'`)}
    || ${when(sql`j.by_email is null and j.target is not null and j.action <> 'BLOCKED'`, sql`',"name_owner":"' || j.target || '"'`)}
    || ${when(showsTarget, sql`',"role":' || ${json(sql`j.t_role`)} || ',"stripe_customer_id":' || ${json(sql`j.t_stripe`)}`)}
    || ${when(sql`${writes} or ${blockedByEmail}`, sql`case when j.holder is null then ',"stripe_holder":"nobody"' when j.holder = j.target then ',"stripe_holder":"target"' else ',"stripe_holder":"someone_else"' end`)}, -1) end`;
}

function warnings(): RawBuilder<string> {
  const each = warningsInOrder.map((code) => sql`case when j.kind_no & ${sql.lit(warningNumber(code))} <> 0 then ${sql.lit(`,"${code}"`)} else '' end`);
  return sql`case when j.kind_no < ${sql.lit(1 << 5)} then '' else right(${sql.join(each, sql` || `)}, -1) end`;
}
