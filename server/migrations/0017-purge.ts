import type { Migration } from './migration.ts';

/**
 * A role of its own for taking personal data of a finished migration away: it deletes what runs left behind, closes the
 * migration, and can touch no customer, no receipt, no approval and no line of the audit log.
 */
export const purge: Migration = {
  number: 17,
  name: 'purge',
  sql: `
alter table migrations add column purged_at timestamptz, add column purged_by text, add check ((purged_at is null) = (purged_by is null));
comment on column migrations.purged_at is 'Since then its personal data is gone, and with it who has completed: nothing more may be written for it.';

grant usage on schema public to drydock_purger;
grant select on migrations, feature_flags, cohorts, cohort_members, cohort_uploads, plans, plan_bodies, plan_kinds, plan_rows, runs, run_items, snapshots,
  members, events, outbox, acknowledgements, test_sets, test_members, idempotency_keys, receipts,
  rollback_plans, rollback_rows, reverted_snapshots, removed_profiles to drydock_purger;
grant select (run_id, user_id) on validation_changes to drydock_purger;
grant select (id, run_id, user_id) on validation_keys to drydock_purger;
grant select (id, migration_id, validation_key_id, ended_at, expires_at, kind) on sessions to drydock_purger;
grant delete on cohort_members, plan_rows, run_items, snapshots, members, events, outbox, acknowledgements, test_members, validation_keys,
  validation_changes, sessions, idempotency_keys, rollback_rows, reverted_snapshots, removed_profiles to drydock_purger;
grant update (selection) on rollback_plans to drydock_purger;
grant update (decisions, source_file) on plans to drydock_purger;
grant update (only_keys) on runs to drydock_purger;
grant update (purged_at, purged_by) on migrations to drydock_purger;
grant insert on audit_log to drydock_purger;
-- Taking a share lock needs a right to change; the column that may change says nothing.
grant update (changed_at) on feature_flags to drydock_purger;
create policy plan_rows_purge on plan_rows for delete to drydock_purger using (true);

create function drydock_guard_purge() returns trigger language plpgsql as $$
begin
  if current_user = 'drydock_purger' and exists (
    select from old_rows o join migrations m on m.id = o.migration_id where m.purged_at is null
  ) then
    raise exception 'only what belongs to a purged migration is taken away' using errcode = 'DD003';
  end if;
  return null;
end $$;
create trigger members_purge_guard after delete on members referencing old table as old_rows for each statement execute function drydock_guard_purge();
create trigger snapshots_purge_guard after delete on snapshots referencing old table as old_rows for each statement execute function drydock_guard_purge();
create trigger events_purge_guard after delete on events referencing old table as old_rows for each statement execute function drydock_guard_purge();

create function drydock_guard_purge_of_sessions() returns trigger language plpgsql as $$
begin
  if current_user = 'drydock_purger' and exists (
    select from old_rows o left join migrations m on m.id = o.migration_id
    where o.ended_at is null and o.expires_at > now() and (o.migration_id is null or m.purged_at is null)
  ) then
    raise exception 'a session in which somebody is at work stays' using errcode = 'DD003';
  end if;
  return null;
end $$;
create trigger sessions_purge_guard after delete on sessions referencing old table as old_rows for each statement execute function drydock_guard_purge_of_sessions();
`,
};
