import type { Migration } from './migration.ts';

/**
 * Members of a cohort are brought by thousands. The foreign key to their cohort looked it up for each of them; now each
 * statement asks once for each cohort that it names, and holds it as a foreign key would, so that nobody takes it away meanwhile.
 */
export const cohortsOfAMillion: Migration = {
  number: 18,
  name: 'cohorts-of-a-million',
  sql: `
create function drydock_require_cohort() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare
  named text;
begin
  for named in select distinct cohort from new_rows loop
    perform from cohorts where sha256 = named for key share;
    if not found then
      raise exception 'cohort % is not known', named using errcode = 'foreign_key_violation';
    end if;
  end loop;
  return null;
end $$;
create trigger cohort_members_insert_cohort after insert on cohort_members referencing new table as new_rows
  for each statement execute function drydock_require_cohort();
create trigger cohort_members_update_cohort after update on cohort_members referencing new table as new_rows
  for each statement execute function drydock_require_cohort();

create function drydock_keep_cohort() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if exists (select from cohort_members where cohort = old.sha256) and (tg_op = 'DELETE' or new.sha256 <> old.sha256) then
    raise exception 'cohort % has members', old.sha256 using errcode = 'foreign_key_violation';
  end if;
  return null;
end $$;
create trigger cohorts_keep after update or delete on cohorts for each row execute function drydock_keep_cohort();

alter table cohort_members drop constraint cohort_members_cohort_fkey;
`,
};
