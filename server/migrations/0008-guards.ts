import type { Migration } from './migration.ts';

/**
 * Triggers that hold whatever the code does (A16): only a run may arm, add addresses or write migration columns, and
 * only within the rows of its plan. They judge whole statements (transition tables), so a batch pays one check, not one
 * a row. SQLSTATEs: DD001 no run, DD002 outside the plan, DD003 not this role's to change.
 */
export const guards: Migration = {
  number: 8,
  name: 'guards',
  sql: `
create function drydock_current_run() returns runs language plpgsql stable as $$
declare
  run_id text := nullif(current_setting('drydock.run_id', true), '');
  found_run runs;
begin
  if current_user <> 'drydock_runner' then
    raise exception 'only a run may change this, not %', current_user using errcode = 'DD003';
  end if;
  if run_id is null then
    raise exception 'no run is set in this transaction' using errcode = 'DD001';
  end if;
  select * into found_run from runs where id = run_id::uuid;
  if found_run.id is null then
    raise exception 'run % does not exist', run_id using errcode = 'DD001';
  end if;
  return found_run;
end $$;

create function drydock_refuse_outside_plan(target_users uuid[]) returns void language plpgsql stable as $$
declare
  run runs := drydock_current_run();
  outsider uuid;
begin
  select t.id into outsider
  from unnest(target_users) as t (id)
  where not exists (
    select from plan_rows p
    where p.plan_hash = run.plan_hash and p.user_id = t.id and (run.only_keys is null or p.key = any (run.only_keys))
  )
  and not exists (
    select from users u
    join plan_rows p on p.plan_hash = run.plan_hash and p.key = u.created_for and p.action = 'CREATE_NEW'
    join runs made_by on made_by.id = u.created_by_run and made_by.plan_hash = run.plan_hash
    where u.id = t.id and (run.only_keys is null or p.key = any (run.only_keys))
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

create function drydock_guard_users_insert() returns trigger language plpgsql as $$
declare
  run runs;
begin
  if current_user = 'drydock_runner' then
    run := drydock_current_run();
    if exists (select from new_rows where created_by_run is distinct from run.id) then
      raise exception 'a run creates profiles in its own name only' using errcode = 'DD002';
    end if;
    if exists (select from new_rows where role <> 'customer') then
      raise exception 'a run creates customers only' using errcode = 'DD003';
    end if;
    perform drydock_refuse_outside_plan(array(select id from new_rows));
  elsif exists (select from new_rows where created_by_run is not null or migration_cohort is not null or migration_source_file is not null) then
    perform drydock_current_run();
  end if;
  return null;
end $$;
create trigger users_insert_guard after insert on users referencing new table as new_rows
  for each statement execute function drydock_guard_users_insert();

create function drydock_guard_users_update() returns trigger language plpgsql as $$
declare
  run runs;
begin
  if current_user <> 'drydock_runner' then
    if exists (
      select from new_rows n join old_rows o using (id)
      where n.migration_cohort is distinct from o.migration_cohort
        or n.migration_source_file is distinct from o.migration_source_file
        or n.created_by_run is distinct from o.created_by_run
        or n.created_for is distinct from o.created_for
        or (n.must_reset_password and not o.must_reset_password)
    ) then
      perform drydock_current_run();
    end if;
    return null;
  end if;
  run := drydock_current_run();
  if exists (select from old_rows o where not exists (select from new_rows n where n.id = o.id)) then
    raise exception 'a user keeps its id' using errcode = 'DD003';
  end if;
  if exists (
    select from new_rows n join old_rows o using (id)
    where (n.password_hash is distinct from o.password_hash
        or n.password_last_set_at is distinct from o.password_last_set_at
        or n.password_set_method is distinct from o.password_set_method)
      and not exists (select from validation_changes v where v.run_id = run.id and v.user_id = n.id and v.restored_at is null)
  ) then
    raise exception 'a run puts back a password that its validation changed, and touches no other' using errcode = 'DD003';
  end if;
  perform drydock_refuse_outside_plan(array(select id from new_rows));
  return null;
end $$;
create trigger users_update_guard after update on users referencing old table as old_rows new table as new_rows
  for each statement execute function drydock_guard_users_update();

create function drydock_guard_owned_rows() returns trigger language plpgsql as $$
begin
  if current_user = 'drydock_runner' then
    if tg_op = 'DELETE' then
      perform drydock_refuse_outside_plan(array(select user_id from old_rows));
    else
      perform drydock_refuse_outside_plan(array(select user_id from new_rows));
    end if;
    if tg_op = 'UPDATE' then
      perform drydock_refuse_outside_plan(array(select user_id from old_rows));
    end if;
  end if;
  return null;
end $$;
create trigger stripe_links_insert_guard after insert on stripe_links referencing new table as new_rows
  for each statement execute function drydock_guard_owned_rows();
create trigger stripe_links_update_guard after update on stripe_links referencing old table as old_rows new table as new_rows
  for each statement execute function drydock_guard_owned_rows();
create trigger stripe_links_delete_guard after delete on stripe_links referencing old table as old_rows
  for each statement execute function drydock_guard_owned_rows();
create trigger user_emails_delete_guard after delete on user_emails referencing old table as old_rows
  for each statement execute function drydock_guard_owned_rows();

create function drydock_guard_emails_insert() returns trigger language plpgsql as $$
declare
  run runs;
begin
  if current_user <> 'drydock_runner' and not exists (select from new_rows where kind = 'added') then
    return null;
  end if;
  run := drydock_current_run();
  if exists (
    select from new_rows n
    where not exists (
      select from plan_rows p
      left join users u on u.id = n.user_id
      where p.plan_hash = run.plan_hash and p.key = n.email
        and (run.only_keys is null or p.key = any (run.only_keys))
        and ((n.kind = 'added' and n.added_by_run = run.id and p.user_id = n.user_id)
          or (n.kind = 'primary' and p.action = 'CREATE_NEW' and u.created_by_run = run.id and u.created_for = p.key))
    )
  ) then
    raise exception 'an address is not a row of the plan of run %', run.id using errcode = 'DD002';
  end if;
  return null;
end $$;
create trigger user_emails_insert_guard after insert on user_emails referencing new table as new_rows
  for each statement execute function drydock_guard_emails_insert();

create function drydock_guard_members_insert() returns trigger language plpgsql as $$
declare
  run runs := drydock_current_run();
begin
  if exists (select from new_rows where migration_id <> run.migration_id or armed_by_run <> run.id) then
    raise exception 'a run arms in its own name and migration only' using errcode = 'DD002';
  end if;
  if exists (
    select from new_rows n
    where not exists (select from plan_rows p where p.plan_hash = run.plan_hash and p.cohort = n.cohort and p.key = n.key)
  ) then
    raise exception 'an arming is not a row of the plan of run %', run.id using errcode = 'DD002';
  end if;
  perform drydock_refuse_outside_plan(array(select user_id from new_rows));
  return null;
end $$;
create trigger members_insert_guard after insert on members referencing new table as new_rows
  for each statement execute function drydock_guard_members_insert();

create function drydock_guard_members_update() returns trigger language plpgsql as $$
declare
  run runs;
begin
  if exists (
    select from new_rows n left join old_rows o on o.migration_id = n.migration_id and o.user_id = n.user_id
    where o.user_id is null or (n.state = 'armed' and o.state <> 'armed') or n.armed_by_run <> o.armed_by_run or n.key <> o.key
  ) then
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
create trigger members_update_guard after update on members referencing old table as old_rows new table as new_rows
  for each statement execute function drydock_guard_members_update();
create trigger members_delete_guard after delete on members referencing old table as old_rows
  for each statement execute function drydock_guard_owned_rows();

create function drydock_refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% only grows', tg_table_name using errcode = 'DD003';
end $$;
create trigger journal_heads_insert_only before update or delete on journal_heads
  for each statement execute function drydock_refuse_change();
create trigger audit_log_insert_only before update or delete on audit_log
  for each statement execute function drydock_refuse_change();

create function drydock_guard_planner_runs() returns trigger language plpgsql as $$
begin
  if current_user = 'drydock_planner' and (new.kind <> 'dry_run' or new.state <> 'completed') then
    raise exception 'planning files finished dry runs only' using errcode = 'DD003';
  end if;
  return new;
end $$;
create trigger runs_planner_guard before insert on runs for each row execute function drydock_guard_planner_runs();

create function drydock_guard_planner_items() returns trigger language plpgsql as $$
begin
  if current_user = 'drydock_planner' and exists (select from new_rows n join runs r on r.id = n.run_id where r.kind <> 'dry_run') then
    raise exception 'planning lists the rows of dry runs only' using errcode = 'DD003';
  end if;
  return null;
end $$;
create trigger run_items_planner_guard after insert on run_items referencing new table as new_rows
  for each statement execute function drydock_guard_planner_items();
`,
};
