import type { Migration } from './migration.ts';

export const runs: Migration = {
  number: 3,
  name: 'runs',
  sql: `
create table runs (
  id uuid primary key,
  migration_id text not null references migrations (id),
  kind text not null check (kind in ('dry_run', 'test_run', 'execution', 'verification', 'rollback')),
  plan_hash text references plans (plan_hash),
  cohort text references cohorts (sha256),
  state text not null check (state in ('queued', 'running', 'pausing', 'paused', 'stopping', 'stopped', 'halted', 'completed',
    'completed_with_failures', 'failed')),
  asked text check (asked in ('pause', 'stop')),
  message text,
  requested_by text not null,
  only_keys text[],
  stage_percent double precision check (stage_percent > 0 and stage_percent <= 100),
  rows_per_second double precision check (rows_per_second > 0),
  failure_threshold double precision check (failure_threshold between 0 and 1),
  rows_total bigint not null default 0,
  cursor bigint not null default 0,
  next_seq bigint not null default 1 check (next_seq >= 1),
  counts jsonb not null default '{}',
  preceding_dry_run uuid references runs (id),
  redaction_key text,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  ended_at timestamptz
);
comment on column runs.cursor is 'The last plan row that is done; the next batch begins behind it.';
comment on column runs.next_seq is 'Taken under the lock on this row, so the items of a run have no gap and no double.';
comment on column runs.only_keys is 'When set, the run may touch these rows of its plan and no other.';
create unique index runs_one_active on runs (migration_id)
  where kind in ('test_run', 'execution', 'rollback')
    and state in ('queued', 'running', 'pausing', 'paused', 'stopping', 'halted');
create index runs_newest on runs (created_at desc, id desc);
create index runs_by_plan on runs (plan_hash);

create table run_items (
  run_id uuid not null references runs (id),
  seq bigint not null check (seq >= 1),
  row_no bigint,
  cohort text not null,
  key text collate "C" not null,
  user_id uuid,
  outcome text not null,
  item jsonb not null,
  recorded_at timestamptz not null default now(),
  primary key (run_id, seq),
  unique (run_id, key),
  foreign key (cohort, key) references cohort_members (cohort, key)
);
create index run_items_by_user on run_items (user_id) where user_id is not null;

create table snapshots (
  run_id uuid not null references runs (id),
  user_id uuid not null,
  migration_id text not null references migrations (id),
  cohort text not null,
  key text collate "C" not null,
  existed boolean not null,
  prior jsonb not null,
  left_as jsonb not null,
  taken_at timestamptz not null default now(),
  primary key (run_id, user_id),
  foreign key (cohort, key) references cohort_members (cohort, key)
);
create index snapshots_by_user on snapshots (migration_id, user_id);
comment on column snapshots.prior is 'The record before the run touched it, without credentials.';
comment on column snapshots.left_as is 'The same facts as the run left them: what differs from this later was changed by somebody else.';
`,
};
