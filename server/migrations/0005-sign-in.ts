import type { Migration } from './migration.ts';

export const signIn: Migration = {
  number: 5,
  name: 'sign-in',
  sql: `
create table test_sets (
  run_id uuid primary key references runs (id),
  migration_id text not null references migrations (id),
  cohort text not null references cohorts (sha256),
  plan_hash text not null references plans (plan_hash),
  credential_id uuid not null references temp_credentials (id),
  state text not null default 'open' check (state in ('open', 'closed')),
  last_validation_at timestamptz,
  passed_at timestamptz,
  restored_at timestamptz,
  created_at timestamptz not null default now()
);
create unique index test_sets_one_open on test_sets (migration_id, cohort) where state = 'open';

create table test_members (
  run_id uuid not null references test_sets (run_id),
  user_id uuid not null,
  cohort text not null,
  key text collate "C" not null,
  kind text not null,
  prepared_at timestamptz not null default now(),
  signed_in_at timestamptz,
  held_at_reset_at timestamptz,
  password_set_at timestamptz,
  event_recorded_at timestamptz,
  restored_at timestamptz,
  kept_changed_since boolean not null default false,
  primary key (run_id, user_id),
  unique (run_id, key),
  foreign key (cohort, key) references cohort_members (cohort, key)
);
comment on table test_members is 'What the server itself saw after the test run applied a row; no claim of a client enters.';

create table validation_keys (
  id uuid primary key,
  run_id uuid not null,
  user_id uuid not null,
  key_hash text not null unique check (key_hash ~ '^[0-9a-f]{64}$'),
  issued_at timestamptz not null default now(),
  used_at timestamptz,
  voided_at timestamptz,
  foreign key (run_id, user_id) references test_members (run_id, user_id)
);

create table validation_changes (
  run_id uuid not null,
  user_id uuid not null,
  prior jsonb not null,
  left_as jsonb not null,
  prior_password_hash text,
  left_password_hash text not null,
  changed_at timestamptz not null default now(),
  restored_at timestamptz,
  primary key (run_id, user_id),
  foreign key (run_id, user_id) references test_members (run_id, user_id)
);
comment on table validation_changes is 'What tagged sessions changed of a test user, so that re-arm can put exactly that back.';

create table sessions (
  id uuid primary key,
  token_hash text not null unique check (token_hash ~ '^[0-9a-f]{64}$'),
  user_id uuid not null references users (id) on delete cascade,
  kind text not null check (kind in ('full', 'restricted', 'tagged_restricted', 'tagged_full')),
  migration_id text references migrations (id),
  credential_id uuid references temp_credentials (id),
  validation_key_id uuid references validation_keys (id),
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  ended_at timestamptz,
  ended_because text,
  check ((kind in ('tagged_restricted', 'tagged_full')) = (validation_key_id is not null)),
  check (kind in ('full', 'tagged_full') or migration_id is not null)
);
comment on column sessions.credential_id is 'The credential that was live when a restricted session opened; it must still be live when the password is set.';
create index sessions_by_user on sessions (user_id) where ended_at is null;

create table sign_in_attempts (
  account text primary key,
  attempts timestamptz[] not null
);
comment on table sign_in_attempts is 'Times of the latest attempts by keyed hash of the address tried, known or not.';

create table sign_in_addresses (
  address text primary key,
  window_started_at timestamptz not null,
  attempt_count bigint not null
);

create table sign_in_spread (
  address text not null,
  account text not null,
  seen_at timestamptz not null,
  primary key (address, account)
);
comment on table sign_in_spread is 'Accounts refused, or opened with a temporary password, from one network address: the breaker counts them.';
`,
};
