import type { Migration } from './migration.ts';

/**
 * The guards of step 16 that the one of step 22 left out, person by person (`offset 0` keeps it so): as joins they read the whole
 * preview for each batch, so that a rollback of twice as many people took four times as long. They refuse what they refused before,
 * with the same SQLSTATEs.
 */
export const rollbackGuardsByLookUp: Migration = {
  number: 26,
  name: 'rollback-guards-by-look-up',
  sql: `
create or replace function drydock_guard_users_delete() returns trigger language plpgsql as $$
declare
  run runs;
begin
  if current_user = 'drydock_runner' then
    run := drydock_current_run();
    if exists (
      select from old_rows o
      where not exists (
        select from rollback_rows r where r.rollback_no = run.rollback_no and r.user_id = o.id and r.outcome = 'reverted' and r.removes_profile
        offset 0
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

create or replace function drydock_guard_rollback_links() returns trigger language plpgsql as $$
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
      offset 0
    )
  ) then
    raise exception 'a rollback links the Stripe id of before the run and no other' using errcode = 'DD002';
  end if;
  return null;
end $$;

create or replace function drydock_guard_removed() returns trigger language plpgsql as $$
declare
  run runs := drydock_current_run();
begin
  if exists (
    select from new_rows n
    where n.removed_by <> run.id or n.migration_id <> run.migration_id or not exists (
      select from rollback_rows r where r.rollback_no = run.rollback_no and r.key = n.key and r.outcome = 'reverted' and r.removes_profile
      offset 0
    )
  ) then
    raise exception 'a rollback notes the profiles that its own plan removes' using errcode = 'DD002';
  end if;
  return null;
end $$;

create or replace function drydock_guard_reverted() returns trigger language plpgsql as $$
declare
  run runs := drydock_current_run();
begin
  if exists (
    select from new_rows n
    where n.reverted_by <> run.id or not exists (
      select from rollback_rows r
      where r.rollback_no = run.rollback_no and r.user_id = n.user_id and r.outcome = 'reverted' and n.run_id = any (r.snapshot_runs)
      offset 0
    )
  ) then
    raise exception 'a rollback marks what its own plan puts back' using errcode = 'DD002';
  end if;
  return null;
end $$;
`,
};
