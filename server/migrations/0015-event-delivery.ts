import type { Migration } from './migration.ts';

/** What delivery needs (A13): claims that lapse, a budget that all server processes share, and a guard that keeps validation in. */
export const eventDelivery: Migration = {
  number: 15,
  name: 'event-delivery',
  sql: `
alter table outbox add column claim_id uuid, add column failed_at timestamptz;
comment on column outbox.claim_id is 'Who is sending it now. The claim lapses at next_attempt_at, so a killed process keeps nothing back.';
create index outbox_dead on outbox (created_at, id) where state = 'dead';

create table event_destinations (
  name text primary key,
  held_until timestamptz,
  held_because text,
  check ((held_until is null) = (held_because is null))
);
comment on table event_destinations is 'Its row is the lock under which the budget is given out; a hold stops sending in every process.';

create table event_grants (
  destination text not null references event_destinations (name),
  granted_at timestamptz not null,
  granted bigint not null check (granted > 0)
);
comment on table event_grants is 'How many sends were allowed when; what is older than the longest limit is dropped.';
create index event_grants_by_time on event_grants (destination, granted_at);

create function drydock_guard_outbox() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.state <> new.state and not (
    (old.state = 'held' and new.state = 'void')
    or (old.state = 'pending' and new.state in ('delivered', 'dead'))
    or (old.state = 'dead' and new.state in ('pending', 'delivered'))
  ) then
    raise exception 'what is % does not become %', old.state, new.state using errcode = 'DD003';
  end if;
  if new.state in ('pending', 'delivered', 'dead') and not exists (select from events e where e.id = new.event_id and e.state = 'recorded') then
    raise exception 'an event of validation is not delivered' using errcode = 'DD003';
  end if;
  return null;
end $$;
create trigger outbox_guard after insert or update of state, event_id on outbox for each row execute function drydock_guard_outbox();

grant select, insert on event_destinations to drydock_admin;
grant update (held_until, held_because) on event_destinations to drydock_admin;
grant select, insert, delete on event_grants to drydock_admin;
grant update (claim_id, failed_at) on outbox to drydock_admin;
`,
};
