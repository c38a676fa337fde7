import type { Migration } from './migration.ts';

/**
 * The guards of steps 8, 14 and 16 at a cost that grows with the rows of a statement and with nothing else. What was is compared
 * with what is by set difference, each side read once; joined, the rows of a batch were compared each with each, and so were
 * those of whoever else changes many customers in one statement. Whether somebody is of a plan is looked up person by
 * person (`offset 0` keeps it so); as a join it read every customer that a run has made, for each batch. They refuse what
 * they refused before, with the same SQLSTATEs.
 */
export const guardsInOnePass: Migration = {
  number: 22,
  name: 'guards-in-one-pass',
  sql: `
create or replace function drydock_guard_users_update() returns trigger language plpgsql as $$
declare
  run runs;
begin
  if current_user <> 'drydock_runner' then
    if exists (
        select from (
          (select id, migration_cohort, migration_source_file, created_by_run, created_for from new_rows
            except select id, migration_cohort, migration_source_file, created_by_run, created_for from old_rows)
          union all
          (select id, migration_cohort, migration_source_file, created_by_run, created_for from old_rows
            except select id, migration_cohort, migration_source_file, created_by_run, created_for from new_rows)
        ) changed
        where num_nonnulls(migration_cohort, migration_source_file, created_by_run, created_for) > 0)
      or exists (select id from new_rows where must_reset_password except select id from old_rows where must_reset_password) then
      perform drydock_current_run();
    end if;
    return null;
  end if;
  run := drydock_current_run();
  if exists (select id from old_rows except select id from new_rows) then
    raise exception 'a user keeps its id' using errcode = 'DD003';
  end if;
  if exists (
    select from (
      select id, password_hash, password_last_set_at, password_set_method from new_rows
      except select id, password_hash, password_last_set_at, password_set_method from old_rows
    ) changed
    where not exists (select from validation_changes v where v.run_id = run.id and v.user_id = changed.id and v.restored_at is null)
  ) then
    raise exception 'a run puts back a password that its validation changed, and touches no other' using errcode = 'DD003';
  end if;
  perform drydock_refuse_outside_plan(array(select id from new_rows));
  return null;
end $$;

create or replace function drydock_guard_members_update() returns trigger language plpgsql as $$
declare
  run runs;
begin
  if exists (select migration_id, user_id, armed_by_run, key from new_rows except select migration_id, user_id, armed_by_run, key from old_rows)
    or exists (select migration_id, user_id from new_rows where state = 'armed' except select migration_id, user_id from old_rows where state = 'armed') then
    perform drydock_current_run();
  end if;
  if current_user = 'drydock_runner' then
    run := drydock_current_run();
    if exists (select from new_rows where migration_id <> run.migration_id) then
      raise exception 'a run changes members of its own migration only' using errcode = 'DD002';
    end if;
    perform drydock_refuse_outside_plan(array(select user_id from new_rows));
  end if;
  return null;
end $$;

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
    select from plan_rows p
    where p.plan_no = the_plan.plan_no and p.user_id = t.id
      and (run.only_keys is null or exists (
        select from cohort_members c where c.cohort = the_plan.cohort and c.row_no = p.row_no and c.key = any (run.only_keys)))
    offset 0
  )
  and not exists (
    select from users u
    join cohort_members c on c.cohort = the_plan.cohort and c.key = u.created_for
    join plan_rows p on p.plan_no = the_plan.plan_no and p.row_no = c.row_no
    join plan_kinds k on k.plan_no = the_plan.plan_no and k.kind_no = p.kind_no and k.action = 'CREATE_NEW'
    join runs made_by on made_by.id = u.created_by_run and made_by.plan_hash = run.plan_hash
    where u.id = t.id and (run.only_keys is null or c.key = any (run.only_keys))
    offset 0
  )
  limit 1;
  if outsider is not null then
    raise exception 'user % is not a row of the plan of run %', outsider, run.id using errcode = 'DD002';
  end if;
end $$;

create or replace function drydock_refuse_outside_rollback(run runs, target_users uuid[]) returns void language plpgsql stable as $$
declare
  outsider uuid;
begin
  select t.id into outsider from unnest(target_users) as t (id)
  where not exists (
    select from rollback_rows r where r.rollback_no = run.rollback_no and r.user_id = t.id and r.outcome = 'reverted' offset 0
  )
  limit 1;
  if outsider is not null then
    raise exception 'user % is not put back by the plan of rollback %', outsider, run.id using errcode = 'DD002';
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
      offset 0
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
      where c.cohort = the_plan.cohort and c.key = n.key offset 0)
  ) then
    raise exception 'an arming is not a row of the plan of run %', run.id using errcode = 'DD002';
  end if;
  perform drydock_refuse_outside_plan(array(select user_id from new_rows));
  return null;
end $$;
`,
};
