import type { Migration } from './migration.ts';

/** What a run needs to be judged fairly after it stood still, and to take the failed rows of its plan alone. */
export const paceOfRuns: Migration = {
  number: 12,
  name: 'pace-of-runs',
  sql: `
alter table runs
  add column retry_failed boolean not null default false,
  add column failures_seen bigint not null default 0,
  add column worked_seconds double precision not null default 0,
  add column working_since timestamptz;
comment on column runs.retry_failed is 'The run takes only rows whose latest outcome in earlier executions of its plan is failed.';
comment on column runs.failures_seen is 'Failures that a person had before them when they resumed a halted run; they do not halt it again.';
comment on column runs.worked_seconds is 'Time at work before working_since; time that a run stood still is in neither.';
update runs set worked_seconds = greatest(0, extract(epoch from coalesce(ended_at, now()) - started_at)) where started_at is not null;
update runs set working_since = now() where state in ('running', 'pausing', 'stopping');
create index run_items_failed on run_items (run_id, row_no) where outcome = 'failed';
grant update (failures_seen, worked_seconds, working_since) on runs to drydock_admin;
`,
};
