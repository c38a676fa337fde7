import type { Migration } from './migration.ts';

/**
 * The guards of step 8 that ask whether something is a row of a run's plan (A16), for plans whose rows are numbered: who a row
 * is about is told by the cohort at the same place. They refuse what they refused before, with the same SQLSTATEs.
 */
export const guardsOfNumberedPlans: Migration = {
  number: 14,
  name: 'guards-of-numbered-plans',
  sql: `
create or replace function drydock_refuse_outside_plan(target_users uuid[]) returns void language plpgsql stable as $$
declare
  run runs := drydock_current_run();
  the_plan plans;
  outsider uuid;
begin
  select * into the_plan from plans where plan_hash = run.plan_hash;
  select t.id into outsider
  from unnest(target_users) as t (id)
  where not exists (
    select from plan_rows p
    where p.plan_no = the_plan.plan_no and p.user_id = t.id
      and (run.only_keys is null or exists (
        select from cohort_members c where c.cohort = the_plan.cohort and c.row_no = p.row_no and c.key = any (run.only_keys)))
  )
  and not exists (
    select from users u
    join cohort_members c on c.cohort = the_plan.cohort and c.key = u.created_for
    join plan_rows p on p.plan_no = the_plan.plan_no and p.row_no = c.row_no
    join plan_kinds k on k.plan_no = the_plan.plan_no and k.kind_no = p.kind_no and k.action = 'CREATE_NEW'
    join runs made_by on made_by.id = u.created_by_run and made_by.plan_hash = run.plan_hash
    where u.id = t.id and (run.only_keys is null or c.key = any (run.only_keys))
  )
  and not exists (
    select from snapshots s
    where run.kind = 'rollback' and s.migration_id = run.migration_id and s.user_id = t.id
      and (run.only_keys is null or s.key = any (run.only_keys))
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
      select from cohort_members c
      join plan_rows p on p.plan_no = the_plan.plan_no and p.row_no = c.row_no
      join plan_kinds k on k.plan_no = the_plan.plan_no and k.kind_no = p.kind_no
      left join users u on u.id = n.user_id
      where c.cohort = the_plan.cohort and c.key = n.email
        and (run.only_keys is null or c.key = any (run.only_keys))
        and ((n.kind = 'added' and n.added_by_run = run.id and p.user_id = n.user_id)
          or (n.kind = 'primary' and k.action = 'CREATE_NEW' and u.created_by_run = run.id and u.created_for = c.key))
    )
  ) then
    raise exception 'an address is not a row of the plan of run %', run.id using errcode = 'DD002';
  end if;
  return null;
end $$;

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
    where n.cohort <> the_plan.cohort or not exists (
      select from cohort_members c join plan_rows p on p.plan_no = the_plan.plan_no and p.row_no = c.row_no
      where c.cohort = the_plan.cohort and c.key = n.key)
  ) then
    raise exception 'an arming is not a row of the plan of run %', run.id using errcode = 'DD002';
  end if;
  perform drydock_refuse_outside_plan(array(select user_id from new_rows));
  return null;
end $$;
`,
};
