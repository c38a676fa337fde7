import type { Migration } from './migration.ts';

export const events: Migration = {
  number: 6,
  name: 'events',
  sql: `
create table events (
  id uuid primary key,
  migration_id text not null references migrations (id),
  user_id uuid not null,
  cohort text not null,
  key text collate "C" not null,
  name text not null,
  properties jsonb not null,
  state text not null check (state in ('recorded', 'held', 'void')),
  test_run_id uuid references test_sets (run_id),
  recorded_at timestamptz not null default now(),
  foreign key (cohort, key) references cohort_members (cohort, key),
  check (state = 'recorded' or test_run_id is not null)
);
comment on column events.state is 'held: made by validation, not delivered; void: put back by re-arm, never delivered.';
create unique index events_recorded_once on events (migration_id, user_id, name) where state = 'recorded';
create index events_by_key on events (migration_id, key);

create table outbox (
  id uuid primary key,
  event_id uuid not null references events (id),
  destination text not null,
  unique_id text not null,
  payload jsonb not null,
  state text not null check (state in ('held', 'pending', 'delivered', 'dead', 'void')),
  attempts bigint not null default 0,
  next_attempt_at timestamptz not null default now(),
  last_error text,
  created_at timestamptz not null default now(),
  delivered_at timestamptz,
  unique (destination, unique_id),
  unique (event_id, destination)
);
comment on column outbox.payload is 'Address and time are frozen here at commit; a later change of the customer does not alter what is sent.';
create index outbox_due on outbox (next_attempt_at) where state = 'pending';
`,
};
