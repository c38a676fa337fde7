import type { Migration } from './migration.ts';

export const cohortsAndPlans: Migration = {
  number: 2,
  name: 'cohorts-and-plans',
  sql: `
create table cohorts (
  sha256 text primary key check (sha256 ~ '^[0-9a-f]{64}$'),
  record_count bigint not null check (record_count >= 0),
  created_at timestamptz not null default now()
);

create table cohort_members (
  cohort text not null references cohorts (sha256),
  row_no bigint not null check (row_no >= 1),
  key text collate "C" not null,
  record jsonb not null,
  name_key text collate "C",
  primary key (cohort, key),
  unique (cohort, row_no)
);
comment on column cohort_members.key is 'The folded e-mail address (account-prep), or whatever identifies a record of another playbook.';

create table cohort_uploads (
  migration_id text not null references migrations (id),
  cohort text not null references cohorts (sha256),
  uploaded_by text not null,
  uploaded_at timestamptz not null default now(),
  primary key (migration_id, cohort, uploaded_by)
);
comment on table cohort_uploads is 'Who brought a cohort: a requester, whom policy may bar from approving.';

create table plans (
  plan_hash text primary key check (plan_hash ~ '^[0-9a-f]{64}$'),
  migration_id text not null references migrations (id),
  playbook_version text not null,
  cohort text not null references cohorts (sha256),
  source_file text,
  source_sha256 text,
  credential_id uuid references temp_credentials (id),
  settings jsonb not null default '{}',
  decisions jsonb not null default '[]',
  is_partial boolean not null default false,
  row_count bigint not null,
  summary jsonb not null,
  created_at timestamptz not null default now(),
  unique (plan_hash, cohort)
);
comment on column plans.is_partial is 'Planned for some keys only: such a plan can be test-run, never executed.';

create table plan_rows (
  plan_hash text not null,
  cohort text not null,
  row_no bigint not null,
  key text collate "C" not null,
  email_match text not null,
  match text not null,
  action text not null,
  user_id uuid,
  warnings text[] not null default '{}',
  row jsonb not null,
  primary key (plan_hash, row_no),
  unique (plan_hash, key),
  foreign key (plan_hash, cohort) references plans (plan_hash, cohort),
  foreign key (cohort, key) references cohort_members (cohort, key)
);
create index plan_rows_by_target on plan_rows (plan_hash, user_id) where user_id is not null;
create index plan_rows_by_action on plan_rows (plan_hash, action, row_no);
create index plan_rows_by_match on plan_rows (plan_hash, match, row_no);
comment on column plan_rows.row is 'The whole row as it goes over the wire and into the plan hash, precondition included.';
`,
};
