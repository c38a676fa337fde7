import type { Migration } from './migration.ts';

export const settings: Migration = {
  number: 1,
  name: 'settings',
  sql: `
create table environment (
  only_row boolean primary key default true check (only_row),
  id text not null check (id <> ''),
  created_at timestamptz not null default now()
);
comment on table environment is 'Which environment this database belongs to; a server of another one refuses to start.';

create table feature_flags (
  name text primary key,
  enabled boolean not null default false,
  changed_at timestamptz not null default now(),
  changed_by text
);

create table migrations (
  id text primary key,
  playbook text not null,
  title text not null,
  flag text not null references feature_flags (name),
  cohort_tag text not null,
  settings jsonb not null default '{}',
  bound_cohort text,
  bound_by text,
  created_at timestamptz not null default now()
);

create table temp_credentials (
  id uuid primary key,
  migration_id text not null references migrations (id),
  hmac text not null check (hmac ~ '^[0-9a-f]{64}$'),
  created_at timestamptz not null default now(),
  created_by text not null,
  expires_at timestamptz,
  revoked_at timestamptz,
  revoked_by text
);
comment on table temp_credentials is 'One word for a whole cohort, kept as an HMAC under a key outside the database. Expiry is judged by the database clock.';
create unique index temp_credentials_one_live on temp_credentials (migration_id) where revoked_at is null;
`,
};
