import type { Migration } from './migration.ts';

/**
 * Plans of a million rows. A plan's rows are keyed by a small number and by their place, and carry the text that is hashed;
 * whom a row is about is told by its cohort at the same place. What many rows share (match, action, warnings) is kept once, as
 * a kind, so that every filter is a range of one narrow index.
 *
 * A foreign key a row would cost more than planning it. Instead rows can only be filed into a plan that is being made in the
 * same transaction (policies below), and the trigger that ends the making judges all of them in one statement; after that
 * the plan takes no more.
 */
export const numberedPlans: Migration = {
  number: 13,
  name: 'numbered-plans',
  sql: `
create function drydock_canonical_json(value jsonb) returns text language plpgsql immutable as $$
begin
  case jsonb_typeof(value)
    when 'object' then
      return '{' || coalesce((select string_agg(to_json(key)::text || ':' || drydock_canonical_json(member), ',' order by key collate "C")
        from jsonb_each(value) as o (key, member)), '') || '}';
    when 'array' then
      return '[' || coalesce((select string_agg(drydock_canonical_json(element), ',' order by place)
        from jsonb_array_elements(value) with ordinality as a (element, place)), '') || ']';
    else
      return value::text;
  end case;
end $$;

create table plan_bodies (
  plan_no bigint generated always as identity primary key,
  made_in xid8 not null default pg_current_xact_id()
);
comment on table plan_bodies is 'The number that a plan''s rows are filed under. They are filed first: only then is the plan''s hash known.';

create table plan_kinds (
  plan_no bigint not null references plan_bodies (plan_no),
  kind_no integer not null,
  match text not null,
  action text not null,
  warnings text[] not null,
  row_count bigint not null check (row_count >= 0),
  primary key (plan_no, kind_no),
  unique (plan_no, match, action, warnings)
);
comment on table plan_kinds is 'What many rows of a plan have in common; a few dozen of them, however many rows there are.';

create table numbered_plan_rows (
  plan_no bigint not null,
  row_no bigint not null,
  kind_no integer not null,
  user_id uuid,
  row text not null,
  constraint plan_rows_in_order primary key (plan_no, row_no)
);
comment on column numbered_plan_rows.row_no is 'The place in the cohort, where the key of the row is.';
comment on column numbered_plan_rows.row is 'The whole row as canonical JSON: what goes over the wire and into the plan hash, precondition included.';

alter table plans add column plan_no bigint;
update plans p set plan_no = o.plan_no
  from (select plan_hash, row_number() over (order by created_at, plan_hash) as plan_no from plans) o where o.plan_hash = p.plan_hash;
insert into plan_bodies (plan_no) overriding system value select plan_no from plans;
select setval(pg_get_serial_sequence('plan_bodies', 'plan_no'), coalesce(max(plan_no), 1), max(plan_no) is not null) from plan_bodies;
alter table plans alter column plan_no set not null;
alter table plans add constraint plans_by_number unique (plan_no);
alter table plans add constraint plans_of_a_body foreign key (plan_no) references plan_bodies (plan_no);

insert into plan_kinds (plan_no, kind_no, match, action, warnings, row_count)
  select p.plan_no, row_number() over (partition by p.plan_no order by r.match, r.action, r.warnings), r.match, r.action, r.warnings, count(*)
  from plan_rows r join plans p using (plan_hash) group by p.plan_no, r.match, r.action, r.warnings;
insert into numbered_plan_rows (plan_no, row_no, kind_no, user_id, row)
  select p.plan_no, r.row_no, k.kind_no, r.user_id, drydock_canonical_json(r.row)
  from plan_rows r join plans p using (plan_hash)
  join plan_kinds k on k.plan_no = p.plan_no and k.match = r.match and k.action = r.action and k.warnings = r.warnings
  order by p.plan_no, r.row_no;

alter table acknowledgements drop constraint acknowledgements_plan_hash_key_fkey;
alter table acknowledgements add column plan_no bigint, add column row_no bigint;
update acknowledgements a set plan_no = p.plan_no, row_no = r.row_no
  from plans p join plan_rows r on r.plan_hash = p.plan_hash where p.plan_hash = a.plan_hash and r.key = a.key;
alter table acknowledgements alter column plan_no set not null, alter column row_no set not null, drop column plan_hash;

drop table plan_rows;
alter table plans drop constraint plans_plan_hash_cohort_key;
alter table numbered_plan_rows rename to plan_rows;
create index plan_rows_by_target on plan_rows (plan_no, user_id) where user_id is not null;
create index plan_rows_by_kind on plan_rows (plan_no, kind_no, row_no);
alter table acknowledgements add constraint acknowledgements_of_a_row foreign key (plan_no, row_no) references plan_rows (plan_no, row_no);

create function drydock_open_plan() returns bigint language sql stable as $$
  select b.plan_no from plan_bodies b
  where b.made_in = pg_current_xact_id_if_assigned() and not exists (select from plans p where p.plan_no = b.plan_no)
  order by b.plan_no desc limit 1
$$;
comment on function drydock_open_plan() is 'The plan that is being made in this transaction, while it has no hash yet.';

alter table plan_rows enable row level security;
create policy plan_rows_read on plan_rows for select using (true);
create policy plan_rows_file on plan_rows for insert with check (plan_no = (select drydock_open_plan()));
alter table plan_kinds enable row level security;
create policy plan_kinds_read on plan_kinds for select using (true);
create policy plan_kinds_file on plan_kinds for insert with check (plan_no = (select drydock_open_plan()));

-- Both sides are the rows of one plan and of one cohort, so hashing is never more than the plan; a look-up a row would be.
create function drydock_seal_plan() returns trigger language plpgsql set enable_nestloop = off as $$
declare
  filed bigint;
  in_cohort bigint;
  of_a_kind bigint;
begin
  if not exists (select from plan_bodies b where b.plan_no = new.plan_no and b.made_in = pg_current_xact_id()) then
    raise exception 'a plan gets its hash in the transaction that filed its rows' using errcode = 'DD003';
  end if;
  select count(*), count(c.row_no), count(k.kind_no) into filed, in_cohort, of_a_kind
  from plan_rows p
  left join cohort_members c on c.cohort = new.cohort and c.row_no = p.row_no
  left join plan_kinds k on k.plan_no = new.plan_no and k.kind_no = p.kind_no
  where p.plan_no = new.plan_no;
  if in_cohort <> filed or of_a_kind <> filed then
    raise exception 'a row of plan % is not in its cohort, or of no kind', new.plan_no using errcode = 'foreign_key_violation';
  end if;
  if filed <> new.row_count or filed <> (select coalesce(sum(row_count), 0) from plan_kinds where plan_no = new.plan_no) then
    raise exception 'plan % has % rows, not as many as it says', new.plan_no, filed using errcode = 'check_violation';
  end if;
  return null;
end $$;
create trigger plans_seal after insert on plans for each row execute function drydock_seal_plan();

grant select on plan_bodies, plan_kinds, plan_rows to drydock_planner, drydock_runner, drydock_admin;
grant insert on plan_bodies, plan_kinds, plan_rows to drydock_planner;
`,
};
