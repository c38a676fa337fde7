import type { Migration } from './migration.ts';

/**
 * What lets user tables other than ours stand behind the server (`docs/own-user-table.md`). The guards of everything else look
 * at `directory_profiles` and no longer at `users`; a directory of one's own replaces that view and attaches the trigger
 * functions below to its tables, each with the columns of its table under the names that the guard knows. They refuse what
 * the guards of our own tables refuse (steps 8, 16 and 22), with the same SQLSTATEs.
 */
export const directoriesOfOnesOwn: Migration = {
  number: 25,
  name: 'directories-of-ones-own',
  sql: `
create view directory_profiles as select id, created_by_run, created_for from users;
comment on view directory_profiles is 'Which run made which profile, for which key of its cohort; a directory of one''s own puts its table here.';
grant select on directory_profiles to drydock_runner;

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
    select from directory_profiles u
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

create function drydock_guard_own_customers() returns trigger language plpgsql as $guard$
declare
  columns text := tg_argv[0];
  run runs;
  found_some boolean;
  ids uuid[];
begin
  if current_user <> 'drydock_runner' then
    if tg_op = 'INSERT' then
      execute format('select exists (select from (select %s from new_rows) n where num_nonnulls(created_by_run, migration_cohort, migration_source_file) > 0)', columns) into found_some;
    elsif tg_op = 'UPDATE' then
      execute format($q$
        with was as not materialized (select %1$s from old_rows), becomes as not materialized (select %1$s from new_rows)
        select exists (
            select from (
              (select id, migration_cohort, migration_source_file, created_by_run, created_for from becomes
                except select id, migration_cohort, migration_source_file, created_by_run, created_for from was)
              union all
              (select id, migration_cohort, migration_source_file, created_by_run, created_for from was
                except select id, migration_cohort, migration_source_file, created_by_run, created_for from becomes)
            ) changed
            where num_nonnulls(migration_cohort, migration_source_file, created_by_run, created_for) > 0)
          or exists (select id from becomes where must_reset_password except select id from was where must_reset_password)$q$, columns) into found_some;
    end if;
    if found_some then
      perform drydock_current_run();
    end if;
    return null;
  end if;

  run := drydock_current_run();
  if tg_op = 'DELETE' then
    execute format($q$
      select exists (
        select from (select %s from old_rows) o
        where not exists (
          select from rollback_rows r where r.rollback_no = $1 and r.user_id = o.id and r.outcome = 'reverted' and r.removes_profile offset 0))$q$, columns)
      into found_some using run.rollback_no;
    if found_some then
      raise exception 'only a rollback removes a profile, and only one that its plan removes' using errcode = 'DD002';
    end if;
    execute format('select exists (select from (select %s from old_rows) o where created_by_run is null or password_hash is not null)', columns) into found_some;
    if found_some then
      raise exception 'a profile that no run made, or that has a password, stays' using errcode = 'DD003';
    end if;
    return null;
  end if;

  if tg_op = 'INSERT' then
    execute format('select exists (select from (select %s from new_rows) n where created_by_run is distinct from $1)', columns) into found_some using run.id;
    if found_some then
      raise exception 'a run creates profiles in its own name only' using errcode = 'DD002';
    end if;
    execute format($q$select exists (select from (select %s from new_rows) n where role <> 'customer')$q$, columns) into found_some;
    if found_some then
      raise exception 'a run creates customers only' using errcode = 'DD003';
    end if;
  else
    execute format('select exists (select id from (select %1$s from old_rows) o except select id from (select %1$s from new_rows) n)', columns) into found_some;
    if found_some then
      raise exception 'a user keeps its id' using errcode = 'DD003';
    end if;
    execute format($q$
      select exists (
        select from (
          select id, password_hash, password_last_set_at, password_set_method from (select %1$s from new_rows) n
          except select id, password_hash, password_last_set_at, password_set_method from (select %1$s from old_rows) o
        ) changed
        where not exists (select from validation_changes v where v.run_id = $1 and v.user_id = changed.id and v.restored_at is null))$q$, columns)
      into found_some using run.id;
    if found_some then
      raise exception 'a run puts back a password that its validation changed, and touches no other' using errcode = 'DD003';
    end if;
  end if;
  execute format('select array(select id from (select %s from new_rows) n)', columns) into ids;
  perform drydock_refuse_outside_plan(ids);
  return null;
end $guard$;

create function drydock_guard_own_addresses() returns trigger language plpgsql as $guard$
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
        select from cohort_members c
        join plan_rows p on p.plan_no = $1 and p.row_no = c.row_no
        join plan_kinds k on k.plan_no = $1 and k.kind_no = p.kind_no
        left join directory_profiles u on u.id = n.user_id
        where c.cohort = $2 and c.key = n.email
          and ($3 is null or c.key = any ($3))
          and ((n.kind = 'added' and n.added_by_run = $4 and p.user_id = n.user_id)
            or (n.kind = 'primary' and k.action = 'CREATE_NEW' and u.created_by_run = $4 and u.created_for = c.key))
        offset 0))$q$, columns)
    into found_some using the_plan.plan_no, the_plan.cohort, run.only_keys, run.id;
  if found_some then
    raise exception 'an address is not a row of the plan of run %', run.id using errcode = 'DD002';
  end if;
  return null;
end $guard$;

create function drydock_guard_own_stripe_links() returns trigger language plpgsql as $guard$
declare
  columns text := tg_argv[0];
  run runs;
  found_some boolean;
  ids uuid[];
begin
  if current_user <> 'drydock_runner' then
    return null;
  end if;
  run := drydock_current_run();
  if tg_op <> 'INSERT' then
    execute format('select array(select user_id from (select %s from old_rows) o where stripe_customer_id is not null)', columns) into ids;
    perform drydock_refuse_outside_plan(ids);
  end if;
  if tg_op <> 'DELETE' then
    execute format('select array(select user_id from (select %s from new_rows) n where stripe_customer_id is not null)', columns) into ids;
    perform drydock_refuse_outside_plan(ids);
    if run.kind = 'rollback' then
      execute format($q$
        select exists (
          select from (select %s from new_rows) n
          where stripe_customer_id is not null and not exists (
            select from rollback_rows r
            where r.rollback_no = $1 and r.user_id = n.user_id and r.decision -> 'to' ->> 'stripe_customer_id' = n.stripe_customer_id offset 0))$q$, columns)
        into found_some using run.rollback_no;
      if found_some then
        raise exception 'a rollback links the Stripe id of before the run and no other' using errcode = 'DD002';
      end if;
    end if;
  end if;
  return null;
end $guard$;
`,
};
