import type { Migration } from './migration.ts';

export const customers: Migration = {
  number: 4,
  name: 'customers',
  sql: `
create table users (
  id uuid primary key,
  full_name text not null,
  name_key text collate "C" not null,
  role text not null default 'customer' check (role in ('customer', 'staff')),
  password_hash text,
  must_reset_password boolean not null default false,
  password_last_set_at timestamptz,
  password_set_method text,
  migration_cohort text,
  migration_source_file text,
  created_by_run uuid references runs (id),
  created_for text collate "C",
  created_at timestamptz not null default now(),
  check ((created_by_run is null) = (created_for is null))
);
comment on column users.name_key is 'Computed by the one fold function of the code and stored; no database lower() decides who is who.';
comment on column users.created_for is 'The cohort key whose plan row created this profile.';
create index users_by_name_key on users (name_key);

create table user_emails (
  email text collate "C" primary key check (email ~ '^[!-~]+$' and email !~ '[A-Z]' and octet_length(email) <= 254),
  user_id uuid not null references users (id),
  kind text not null check (kind in ('primary', 'added')),
  added_by_run uuid references runs (id),
  check (kind <> 'added' or added_by_run is not null)
);
comment on column user_emails.email is 'Folded; the primary key makes an address belong to one user, whatever the code does.';
create unique index user_emails_one_primary on user_emails (user_id) where kind = 'primary';
create index user_emails_by_user on user_emails (user_id);

create table stripe_links (
  stripe_customer_id text collate "C" primary key check (stripe_customer_id <> ''),
  user_id uuid not null unique references users (id)
);

create table members (
  migration_id text not null references migrations (id),
  user_id uuid not null references users (id),
  cohort text not null,
  key text collate "C" not null,
  state text not null check (state in ('armed', 'completed', 'rolled_back')),
  armed_by_run uuid not null references runs (id),
  prepared_at timestamptz not null default now(),
  signed_in_at timestamptz,
  completed_at timestamptz,
  rolled_back_at timestamptz,
  primary key (migration_id, user_id),
  foreign key (cohort, key) references cohort_members (cohort, key),
  check ((state = 'completed') = (completed_at is not null)),
  check (state <> 'rolled_back' or rolled_back_at is not null)
);
comment on table members is 'Being armed is a row here; the temporary password itself belongs to the migration.';
create unique index members_one_a_key on members (migration_id, key) where state <> 'rolled_back';
create unique index members_one_arming on members (user_id) where state = 'armed';
create index members_by_state on members (migration_id, state, key);
`,
};
