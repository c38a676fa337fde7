import type { Migration } from './migration.ts';

/**
 * Rollback (A20): what is previewed is kept and can only be sealed, a rollback run may touch exactly the people that its
 * preview would put back, and what was put back is remembered, so that it is put back once.
 */
export const rollback: Migration = {
  number: 16,
  name: 'rollback',
  sql: `
create table rollback_plans (
  rollback_no bigint generated always as identity primary key,
  rollback_hash text unique check (rollback_hash ~ '^[0-9a-f]{64}$'),
  migration_id text not null references migrations (id),
  selection jsonb not null,
  counts jsonb not null default '{}',
  row_count bigint not null default 0,
  created_at timestamptz not null default now()
);
comment on column rollback_plans.rollback_hash is 'Null while its rows are filed; with its hash the plan is sealed.';

create table rollback_rows (
  rollback_no bigint not null references rollback_plans (rollback_no),
  place bigint not null check (place >= 1),
  cohort text not null,
  key text collate "C" not null,
  row_no bigint not null,
  user_id uuid,
  outcome text not null check (outcome in ('reverted', 'kept_changed_since', 'nothing_to_revert')),
  removes_profile boolean not null default false,
  snapshot_runs uuid[] not null default '{}',
  decision jsonb not null,
  primary key (rollback_no, place),
  unique (rollback_no, key),
  foreign key (cohort, key) references cohort_members (cohort, key)
);
create unique index rollback_rows_by_user on rollback_rows (rollback_no, user_id) where user_id is not null;
comment on column rollback_rows.snapshot_runs is 'Whose snapshots of the customer are put back, oldest first; the state to go back to is the first one''s.';

create table rollback_requests (
  rollback_no bigint not null references rollback_plans (rollback_no),
  requested_by text not null,
  requested_at timestamptz not null default now(),
  primary key (rollback_no, requested_by)
);
comment on table rollback_requests is 'Who previewed it: a requester, whom policy may bar from approving.';

alter table runs add column rollback_no bigint references rollback_plans (rollback_no);
alter table runs add constraint runs_rollback_has_plan check ((kind = 'rollback') = (rollback_no is not null));
create index runs_by_rollback on runs (rollback_no) where rollback_no is not null;

create table reverted_snapshots (
  run_id uuid not null,
  user_id uuid not null,
  reverted_by uuid not null references runs (id),
  reverted_at timestamptz not null default clock_timestamp(),
  primary key (run_id, user_id),
  foreign key (run_id, user_id) references snapshots (run_id, user_id)
);

create table removed_profiles (
  migration_id text not null references migrations (id),
  key text collate "C" not null,
  cohort text not null,
  removed_by uuid not null references runs (id),
  removed_at timestamptz not null default clock_timestamp(),
  primary key (migration_id, key),
  foreign key (cohort, key) references cohort_members (cohort, key)
);
comment on table removed_profiles is 'Members whose profile a rollback removed: with it their row of members went, and they are still shown as put back.';

create function drydock_refuse_outside_rollback(run runs, target_users uuid[]) returns void language plpgsql stable as $$
declare
  outsider uuid;
begin
  select t.id into outsider from unnest(target_users) as t (id)
  where not exists (
    select from rollback_rows r where r.rollback_no = run.rollback_no and r.user_id = t.id and r.outcome = 'reverted'
  )
  limit 1;
  if outsider is not null then
    raise exception 'user % is not put back by the plan of rollback %', outsider, run.id using errcode = 'DD002';
  end if;
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
  )
  and not exists (
    select from users u
    join cohort_members c on c.cohort = the_plan.cohort and c.key = u.created_for
    join plan_rows p on p.plan_no = the_plan.plan_no and p.row_no = c.row_no
    join plan_kinds k on k.plan_no = the_plan.plan_no and k.kind_no = p.kind_no and k.action = 'CREATE_NEW'
    join runs made_by on made_by.id = u.created_by_run and made_by.plan_hash = run.plan_hash
    where u.id = t.id and (run.only_keys is null or c.key = any (run.only_keys))
  )
  limit 1;
  if outsider is not null then
    raise exception 'user % is not a row of the plan of run %', outsider, run.id using errcode = 'DD002';
  end if;
end $$;

create function drydock_guard_users_delete() returns trigger language plpgsql as $$
declare
  run runs;
begin
  if current_user = 'drydock_runner' then
    run := drydock_current_run();
    if exists (
      select from old_rows o
      where not exists (
        select from rollback_rows r where r.rollback_no = run.rollback_no and r.user_id = o.id and r.outcome = 'reverted' and r.removes_profile
      )
    ) then
      raise exception 'only a rollback removes a profile, and only one that its plan removes' using errcode = 'DD002';
    end if;
    if exists (select from old_rows where created_by_run is null or password_hash is not null) then
      raise exception 'a profile that no run made, or that has a password, stays' using errcode = 'DD003';
    end if;
  end if;
  return null;
end $$;
create trigger users_delete_guard after delete on users referencing old table as old_rows
  for each statement execute function drydock_guard_users_delete();

create function drydock_guard_rollback_disarms() returns trigger language plpgsql as $$
begin
  if current_user = 'drydock_runner' and (drydock_current_run()).kind = 'rollback' and exists (select from new_rows where state <> 'rolled_back') then
    raise exception 'a rollback disarms and does nothing else to a member' using errcode = 'DD003';
  end if;
  return null;
end $$;
create trigger members_rollback_guard after update on members referencing new table as new_rows
  for each statement execute function drydock_guard_rollback_disarms();

create function drydock_guard_rollback_links() returns trigger language plpgsql as $$
declare
  run runs;
begin
  if current_user <> 'drydock_runner' then
    return null;
  end if;
  run := drydock_current_run();
  if run.kind = 'rollback' and exists (
    select from new_rows n
    where not exists (
      select from rollback_rows r
      where r.rollback_no = run.rollback_no and r.user_id = n.user_id and r.decision -> 'to' ->> 'stripe_customer_id' = n.stripe_customer_id
    )
  ) then
    raise exception 'a rollback links the Stripe id of before the run and no other' using errcode = 'DD002';
  end if;
  return null;
end $$;
create trigger stripe_links_rollback_guard after insert on stripe_links referencing new table as new_rows
  for each statement execute function drydock_guard_rollback_links();
create trigger stripe_links_rollback_update_guard after update on stripe_links referencing new table as new_rows
  for each statement execute function drydock_guard_rollback_links();

create function drydock_guard_rollback_rows() returns trigger language plpgsql as $$
begin
  if exists (select from new_rows n join rollback_plans p on p.rollback_no = n.rollback_no where p.rollback_hash is not null) then
    raise exception 'a previewed rollback does not change' using errcode = 'DD003';
  end if;
  return null;
end $$;
create trigger rollback_rows_sealed after insert on rollback_rows referencing new table as new_rows
  for each statement execute function drydock_guard_rollback_rows();

create function drydock_guard_rollback_plans() returns trigger language plpgsql as $$
begin
  if old.rollback_hash is not null then
    raise exception 'a previewed rollback does not change' using errcode = 'DD003';
  end if;
  return new;
end $$;
create trigger rollback_plans_sealed before update on rollback_plans for each row execute function drydock_guard_rollback_plans();

create function drydock_guard_reverted() returns trigger language plpgsql as $$
declare
  run runs := drydock_current_run();
begin
  if exists (
    select from new_rows n
    where n.reverted_by <> run.id or not exists (
      select from rollback_rows r
      where r.rollback_no = run.rollback_no and r.user_id = n.user_id and r.outcome = 'reverted' and n.run_id = any (r.snapshot_runs)
    )
  ) then
    raise exception 'a rollback marks what its own plan puts back' using errcode = 'DD002';
  end if;
  return null;
end $$;
create trigger reverted_snapshots_guard after insert on reverted_snapshots referencing new table as new_rows
  for each statement execute function drydock_guard_reverted();

create function drydock_guard_removed() returns trigger language plpgsql as $$
declare
  run runs := drydock_current_run();
begin
  if exists (
    select from new_rows n
    where n.removed_by <> run.id or n.migration_id <> run.migration_id or not exists (
      select from rollback_rows r where r.rollback_no = run.rollback_no and r.key = n.key and r.outcome = 'reverted' and r.removes_profile
    )
  ) then
    raise exception 'a rollback notes the profiles that its own plan removes' using errcode = 'DD002';
  end if;
  return null;
end $$;
create trigger removed_profiles_guard after insert on removed_profiles referencing new table as new_rows
  for each statement execute function drydock_guard_removed();

create or replace function drydock_guard_planner_runs() returns trigger language plpgsql as $$
begin
  if current_user = 'drydock_planner' and (new.kind not in ('dry_run', 'verification') or new.state <> 'completed') then
    raise exception 'planning files finished dry runs and verifications only' using errcode = 'DD003';
  end if;
  return new;
end $$;

create or replace function drydock_guard_planner_items() returns trigger language plpgsql as $$
begin
  if current_user = 'drydock_planner' and exists (select from new_rows n join runs r on r.id = n.run_id where r.kind not in ('dry_run', 'verification')) then
    raise exception 'planning lists the rows of dry runs and verifications only' using errcode = 'DD003';
  end if;
  return null;
end $$;

grant select on rollback_plans, rollback_rows, rollback_requests, reverted_snapshots, removed_profiles to drydock_planner, drydock_runner, drydock_admin;
grant insert on rollback_plans, rollback_rows, rollback_requests to drydock_planner;
grant update (rollback_hash, counts, row_count) on rollback_plans to drydock_planner;
grant insert on reverted_snapshots, removed_profiles to drydock_runner;
`,
};
