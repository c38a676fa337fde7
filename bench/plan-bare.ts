/** What a plan reads and says, written by hand for psql: the baseline of `plan` and `plan-small`. */

const facts = `
  u.id as target, u.must_reset_password, u.role, l.stripe_customer_id as has_stripe, u.migration_cohort, u.migration_source_file, a.migration_id as armed_by`;

/** The same content as a plan row: match, target, fields before and after, what was relied on. */
const content = `
  jsonb_build_object('row', m.row_no, 'email', m.key, 'match', case when m.by_email is not null then 'MATCH_EMAIL' when m.by_name is not null then 'MATCH_NAME_UNIQUE' else 'NO_NAME_MATCH' end,
    'action', case when m.target is null then 'CREATE_NEW' else 'UPDATE_EXISTING' end, 'user_id', m.target,
    'changes', jsonb_build_array(
      jsonb_build_object('field', 'auth.must_reset_password', 'before', m.must_reset_password, 'after', true),
      jsonb_build_object('field', 'stripe_customer_id', 'before', m.has_stripe, 'after', m.stripe),
      jsonb_build_object('field', 'migration.cohort', 'before', m.migration_cohort, 'after', 'bench-csv'),
      jsonb_build_object('field', 'migration.source_file', 'before', m.migration_source_file, 'after', 'cohort.csv')),
    'warnings', case when m.by_email is null and m.target is not null then '["name_only_match"]'::jsonb else '[]'::jsonb end,
    'precondition', jsonb_build_object('email_owner', m.by_email, 'stripe_holder', m.holder, 'armed_by', m.armed_by, 'role', m.role,
      'auth.must_reset_password', m.must_reset_password, 'stripe_customer_id', m.has_stripe, 'migration.cohort', m.migration_cohort, 'migration.source_file', m.migration_source_file, 'completed', false))`;

const matched = (from: string): string => `
  select c.row_no, c.key, c.stripe, e.user_id as by_email, n.id as by_name, s.user_id as holder
  from ${from} c
  left join user_emails e on e.email = c.key
  left join (select name_key, min(id::text)::uuid as id from users group by name_key having count(*) = 1) n on e.user_id is null and n.name_key = c.name_key
  left join stripe_links s on s.stripe_customer_id = c.stripe`;

/** COPY in. */
export const copyIn = (file: string): string => `
create table bare_cohort (row_no bigint not null, key text collate "C" not null, name_key text collate "C" not null, stripe text collate "C" not null, record jsonb not null);
\\copy bare_cohort from '${file}'
create unique index on bare_cohort (key);
analyze bare_cohort;`;

/** The match alone. */
export const matchAlone = `create table bare_match as ${matched('bare_cohort')};`;

/** Joins, and the result written to a table. */
export const planned = `
create table bare_plan as
select m.row_no, m.target as user_id, ${content} as row
from (select q.*, ${facts} from (${matched('bare_cohort')}) q
  left join users u on u.id = coalesce(q.by_email, q.by_name)
  left join stripe_links l on l.user_id = u.id
  left join members a on a.user_id = u.id and a.state = 'armed') m;
alter table bare_plan add primary key (row_no);`;

/** One record by itself, with parameters: address, name key, Stripe id, place. */
export const oneRow = `
select m.row_no, m.target as user_id, ${content} as row
from (select q.*, ${facts} from (
    select $4::bigint as row_no, $1::text as key, $3::text as stripe, e.user_id as by_email, n.id as by_name, s.user_id as holder
    from (select 1) one
    left join user_emails e on e.email = $1
    left join lateral (select min(id::text)::uuid as id from users where e.user_id is null and name_key = $2 having count(*) = 1) n on true
    left join stripe_links s on s.stripe_customer_id = $3
  ) q
  left join users u on u.id = coalesce(q.by_email, q.by_name)
  left join stripe_links l on l.user_id = u.id
  left join members a on a.user_id = u.id and a.state = 'armed') m`;
