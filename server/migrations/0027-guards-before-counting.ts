import type { Migration } from './migration.ts';

/** What asks, person by person, about rows of a plan, a preview or a cohort. */
const looksUp = [
  'drydock_refuse_outside_plan(uuid[])',
  'drydock_refuse_outside_rollback(runs, uuid[])',
  'drydock_guard_emails_insert()',
  'drydock_guard_own_addresses()',
  'drydock_guard_own_customers()',
  'drydock_guard_own_stripe_links()',
  'drydock_guard_members_insert()',
  'drydock_guard_users_delete()',
  'drydock_guard_rollback_links()',
  'drydock_guard_removed()',
  'drydock_guard_reverted()',
  'drydock_require_member_of_cohort()',
];

/**
 * The guards of steps 22, 23, 25 and 26 while the database has not counted the tables yet, or counted them when they were
 * small: it then read whole tables for each person of a batch, or a plan from its beginning up to that person. The order in
 * which a row of a plan is looked up is fixed here (`offset 0`), and no guard may read a table through. The collations are
 * those of the columns: as parameters both texts would be of one, and the index of a cohort's keys would be walked to its
 * end. They refuse what they refused before, with the same SQLSTATEs.
 */
export const guardsBeforeCounting: Migration = {
  number: 27,
  name: 'guards-before-counting',
  sql: `
create function drydock_row_of_plan(of_plan bigint, of_cohort text, of_key text) returns table (user_id uuid, action text) language sql stable as $$
  select p.user_id, k.action
  from (select c.row_no from cohort_members c where c.cohort = of_cohort collate "default" and c.key = of_key collate "C" offset 0) c
  cross join lateral (select r.user_id, r.kind_no from plan_rows r where r.plan_no = of_plan and r.row_no = c.row_no offset 0) p
  cross join lateral (select q.action from plan_kinds q where q.plan_no = of_plan and q.kind_no = p.kind_no offset 0) k
$$;
comment on function drydock_row_of_plan(bigint, text, text) is 'What a plan does with a key of its cohort: one row, or none.';

create or replace function drydock_refuse_outside_plan(target_users uuid[]) returns void language plpgsql stable as $$
declare
  run runs := drydock_current_run();
  the_plan plans;
  outsider uuid;
begin
  if run.kind = 'rollback' then
    perform drydock_refuse_outside_rollback(run, target_users);
    return;
  end if;
  select * into the_plan from plans where plan_hash = run.plan_hash;
  select t.id into outsider
  from unnest(target_users) as t (id)
  where not exists (
    select from (select r.row_no from plan_rows r where r.plan_no = the_plan.plan_no and r.user_id = t.id offset 0) p
    where run.only_keys is null or exists (
      select from cohort_members c where c.cohort = the_plan.cohort and c.row_no = p.row_no and c.key = any (run.only_keys) offset 0)
    offset 0
  )
  and not exists (
    select from (select d.created_by_run, d.created_for from directory_profiles d where d.id = t.id offset 0) u
    cross join lateral drydock_row_of_plan(the_plan.plan_no, the_plan.cohort, u.created_for) p
    where p.action = 'CREATE_NEW'
      and exists (select from runs made_by where made_by.id = u.created_by_run and made_by.plan_hash = run.plan_hash)
      and (run.only_keys is null or u.created_for = any (run.only_keys))
    offset 0
  )
  limit 1;
  if outsider is not null then
    raise exception 'user % is not a row of the plan of run %', outsider, run.id using errcode = 'DD002';
  end if;
end $$;

create or replace function drydock_guard_emails_insert() returns trigger language plpgsql as $$
declare
  run runs;
  the_plan plans;
begin
  if current_user <> 'drydock_runner' and not exists (select from new_rows where kind = 'added') then
    return null;
  end if;
  run := drydock_current_run();
  select * into the_plan from plans where plan_hash = run.plan_hash;
  if exists (
    select from new_rows n
    where not exists (
      select from drydock_row_of_plan(the_plan.plan_no, the_plan.cohort, n.email) p
      where (run.only_keys is null or n.email = any (run.only_keys))
        and ((n.kind = 'added' and n.added_by_run = run.id and p.user_id = n.user_id)
          or (n.kind = 'primary' and p.action = 'CREATE_NEW' and exists (
            select from users u where u.id = n.user_id and u.created_by_run = run.id and u.created_for = n.email)))
      offset 0
    )
  ) then
    raise exception 'an address is not a row of the plan of run %', run.id using errcode = 'DD002';
  end if;
  return null;
end $$;

create or replace function drydock_guard_own_addresses() returns trigger language plpgsql as $guard$
declare
  columns text := tg_argv[0];
  run runs;
  the_plan plans;
  found_some boolean;
  ids uuid[];
begin
  if current_user <> 'drydock_runner' then
    if tg_op <> 'DELETE' then
      execute format($q$select exists (select from (select %s from new_rows) n where kind = 'added')$q$, columns) into found_some;
      if found_some and tg_op = 'UPDATE' then
        execute format($q$
          select exists (select * from (select %1$s from new_rows) n where kind = 'added' except select * from (select %1$s from old_rows) o)$q$, columns) into found_some;
      end if;
      if found_some then
        perform drydock_current_run();
      end if;
    end if;
    return null;
  end if;
  run := drydock_current_run();
  if tg_op = 'UPDATE' then
    raise exception 'a run adds addresses and takes away its own, and changes none' using errcode = 'DD003';
  end if;
  if tg_op = 'DELETE' then
    execute format('select array(select user_id from (select %s from old_rows) o)', columns) into ids;
    perform drydock_refuse_outside_plan(ids);
    return null;
  end if;
  select * into the_plan from plans where plan_hash = run.plan_hash;
  execute format($q$
    select exists (
      select from (select %s from new_rows) n
      where not exists (
        select from drydock_row_of_plan($1, $2, n.email) p
        where ($3 is null or n.email = any ($3))
          and ((n.kind = 'added' and n.added_by_run = $4 and p.user_id = n.user_id)
            or (n.kind = 'primary' and p.action = 'CREATE_NEW' and exists (
              select from directory_profiles u where u.id = n.user_id and u.created_by_run = $4 and u.created_for = n.email)))
        offset 0))$q$, columns)
    into found_some using the_plan.plan_no, the_plan.cohort, run.only_keys, run.id;
  if found_some then
    raise exception 'an address is not a row of the plan of run %', run.id using errcode = 'DD002';
  end if;
  return null;
end $guard$;

create or replace function drydock_guard_members_insert() returns trigger language plpgsql as $$
declare
  run runs := drydock_current_run();
  the_plan plans;
begin
  select * into the_plan from plans where plan_hash = run.plan_hash;
  if exists (select from new_rows where migration_id <> run.migration_id or armed_by_run <> run.id) then
    raise exception 'a run arms in its own name and migration only' using errcode = 'DD002';
  end if;
  if exists (
    select from new_rows n
    where n.cohort <> the_plan.cohort or not exists (select from drydock_row_of_plan(the_plan.plan_no, the_plan.cohort, n.key) offset 0)
  ) then
    raise exception 'an arming is not a row of the plan of run %', run.id using errcode = 'DD002';
  end if;
  perform drydock_refuse_outside_plan(array(select user_id from new_rows));
  return null;
end $$;

${looksUp.map((guard) => `alter function ${guard} set enable_seqscan = off;`).join('\n')}
`,
};
