import type { Migration } from './migration.ts';

/** What names a person of a cohort by cohort and key. */
const namesAMember = ['members', 'snapshots', 'run_items', 'events', 'removed_profiles', 'rollback_rows'] as const;

/** What a purge takes away that is known by its run. */
const ofARun = ['run_items', 'acknowledgements', 'test_members', 'validation_keys', 'validation_changes', 'reverted_snapshots'] as const;

/**
 * Purging looked through six tables for each person it took away. Whether somebody is of a cohort is now asked once a
 * statement, on both sides, as for the cohorts themselves (step 18); and the purger's role meets a guard on everything that
 * it may delete, not on three tables of it.
 */
export const purgeAtScale: Migration = {
  number: 23,
  name: 'purge-at-scale',
  sql: `
create function drydock_require_member_of_cohort() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if exists (
    select from new_rows n where n.cohort is not null and not exists (
      select from cohort_members c where c.cohort = n.cohort and c.key = n.key offset 0)
  ) then
    raise exception 'a key of % is not in its cohort', tg_table_name using errcode = 'foreign_key_violation';
  end if;
  return null;
end $$;
${namesAMember
  .map(
    (table) => `alter table ${table} drop constraint ${table}_cohort_key_fkey;
create trigger ${table}_insert_cohort_key after insert on ${table} referencing new table as new_rows for each statement execute function drydock_require_member_of_cohort();
create trigger ${table}_update_cohort_key after update on ${table} referencing new table as new_rows for each statement execute function drydock_require_member_of_cohort();`,
  )
  .join('\n')}

create function drydock_keep_member_of_cohort() returns trigger language plpgsql security definer set search_path = public, pg_temp set enable_nestloop = off as $$
begin
  if ${namesAMember.map((table) => `exists (select from old_rows o join ${table} t on t.cohort = o.cohort and t.key = o.key)`).join('\n    or ')} then
    raise exception 'a member of a cohort is still referred to' using errcode = 'foreign_key_violation';
  end if;
  return null;
end $$;
create trigger cohort_members_delete_kept after delete on cohort_members referencing old table as old_rows for each statement execute function drydock_keep_member_of_cohort();
create trigger cohort_members_update_kept after update on cohort_members referencing old table as old_rows for each statement execute function drydock_keep_member_of_cohort();

create index acknowledgements_by_row on acknowledgements (plan_no, row_no);

create function drydock_guard_purge_of_run() returns trigger language plpgsql as $$
begin
  if current_user = 'drydock_purger' and exists (
    select from (select distinct run_id from old_rows where run_id is not null) o join runs r on r.id = o.run_id join migrations m on m.id = r.migration_id where m.purged_at is null
  ) then
    raise exception 'only what belongs to a purged migration is taken away' using errcode = 'DD003';
  end if;
  return null;
end $$;
${ofARun.map((table) => `create trigger ${table}_purge_guard after delete on ${table} referencing old table as old_rows for each statement execute function drydock_guard_purge_of_run();`).join('\n')}
create trigger removed_profiles_purge_guard after delete on removed_profiles referencing old table as old_rows for each statement execute function drydock_guard_purge();
create trigger email_confirmations_purge_guard after delete on email_confirmations referencing old table as old_rows for each statement execute function drydock_guard_purge();

create function drydock_guard_purge_of_keys() returns trigger language plpgsql as $$
begin
  if current_user = 'drydock_purger' and exists (
    select from old_rows o left join runs r on r.id = o.run_id left join migrations m on m.id = r.migration_id
      left join rollback_plans b on o.run_id is null and o.route like '%/rollback' and b.rollback_hash = o.response::jsonb ->> 'rollback_hash'
      left join migrations p on p.id = b.migration_id
    where case when o.run_id is null then p.purged_at is null and o.created_at > now() - interval '30 days' else m.purged_at is null end
  ) then
    raise exception 'an answer that may still be asked for again stays' using errcode = 'DD003';
  end if;
  return null;
end $$;
create trigger idempotency_keys_purge_guard after delete on idempotency_keys referencing old table as old_rows for each statement execute function drydock_guard_purge_of_keys();

create function drydock_guard_purge_of_plan_rows() returns trigger language plpgsql as $$
begin
  if current_user = 'drydock_purger' and exists (
    select from (select distinct plan_no from old_rows) o join plans p on p.plan_no = o.plan_no join migrations m on m.id = p.migration_id where m.purged_at is null
  ) then
    raise exception 'only what belongs to a purged migration is taken away' using errcode = 'DD003';
  end if;
  return null;
end $$;
create trigger plan_rows_purge_guard after delete on plan_rows referencing old table as old_rows for each statement execute function drydock_guard_purge_of_plan_rows();

create function drydock_guard_purge_of_rollback_rows() returns trigger language plpgsql as $$
begin
  if current_user = 'drydock_purger' and exists (
    select from (select distinct rollback_no from old_rows) o join rollback_plans p on p.rollback_no = o.rollback_no join migrations m on m.id = p.migration_id where m.purged_at is null
  ) then
    raise exception 'only what belongs to a purged migration is taken away' using errcode = 'DD003';
  end if;
  return null;
end $$;
create trigger rollback_rows_purge_guard after delete on rollback_rows referencing old table as old_rows for each statement execute function drydock_guard_purge_of_rollback_rows();

create function drydock_guard_purge_of_outbox() returns trigger language plpgsql as $$
begin
  if current_user = 'drydock_purger' and exists (
    select from old_rows o join events e on e.id = o.event_id join migrations m on m.id = e.migration_id where m.purged_at is null
  ) then
    raise exception 'only what belongs to a purged migration is taken away' using errcode = 'DD003';
  end if;
  return null;
end $$;
create trigger outbox_purge_guard after delete on outbox referencing old table as old_rows for each statement execute function drydock_guard_purge_of_outbox();

create function drydock_guard_purge_of_cohorts() returns trigger language plpgsql as $$
begin
  if current_user = 'drydock_purger' and exists (
    select from (select distinct cohort from old_rows) o
    where exists (select from cohort_uploads u join migrations m on m.id = u.migration_id where u.cohort = o.cohort and m.purged_at is null)
      or exists (select from plans p join migrations m on m.id = p.migration_id where p.cohort = o.cohort and m.purged_at is null)
  ) then
    raise exception 'a cohort that another migration has stays' using errcode = 'DD003';
  end if;
  return null;
end $$;
create trigger cohort_members_purge_guard after delete on cohort_members referencing old table as old_rows for each statement execute function drydock_guard_purge_of_cohorts();
`,
};
