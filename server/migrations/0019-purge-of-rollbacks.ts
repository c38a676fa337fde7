import type { Migration } from './migration.ts';

/** Whom a rollback was asked for by address goes with a purge; for everybody else a previewed rollback stays as it is. */
export const purgeOfRollbacks: Migration = {
  number: 19,
  name: 'purge-of-rollbacks',
  sql: `
create or replace function drydock_guard_rollback_plans() returns trigger language plpgsql as $$
begin
  if current_user = 'drydock_purger' and exists (select from migrations m where m.id = old.migration_id and m.purged_at is not null)
    and (new.rollback_hash, new.counts, new.row_count, new.migration_id) is not distinct from (old.rollback_hash, old.counts, old.row_count, old.migration_id) then
    return new;
  end if;
  if old.rollback_hash is not null then
    raise exception 'a previewed rollback does not change' using errcode = 'DD003';
  end if;
  return new;
end $$;
`,
};
