import type { Migration } from './migration.ts';

const readableUserColumns =
  'id, full_name, name_key, role, must_reset_password, password_last_set_at, password_set_method, migration_cohort, migration_source_file, created_by_run, created_for, created_at';
const readableCredentialColumns = 'id, migration_id, created_at, created_by, expires_at, revoked_at, revoked_by';
const readableSessionColumns = 'id, user_id, kind, migration_id, credential_id, validation_key_id, created_at, expires_at, ended_at, ended_because';

/** What each role may do. Nothing is granted to everybody, and `drydock_app` gets no table at all. */
export const grants: Migration = {
  number: 9,
  name: 'grants',
  sql: `
grant usage on schema public to drydock_planner, drydock_runner, drydock_sign_in, drydock_admin;

-- Everybody who acts may say what was done, and read what all need.
grant insert on audit_log to drydock_planner, drydock_runner, drydock_sign_in, drydock_admin;
grant select, insert on idempotency_keys to drydock_planner, drydock_runner, drydock_admin;
grant select on environment, feature_flags, migrations, cohorts, cohort_members, cohort_uploads, plans, plan_rows, runs, run_items, snapshots,
  members, user_emails, stripe_links, events, outbox, approvals, acknowledgements, test_sets, test_members
  to drydock_planner, drydock_runner, drydock_admin;
grant select (${readableUserColumns}) on users to drydock_planner, drydock_admin;
grant select (${readableCredentialColumns}) on temp_credentials to drydock_planner, drydock_runner, drydock_admin;

-- A dry run files cohort, plan and itself; nothing that a customer would notice.
grant insert on cohorts, cohort_members, cohort_uploads, plans, plan_rows, runs, run_items to drydock_planner;

-- A run: within its plan, as the triggers see to.
grant select on users, validation_keys, validation_changes to drydock_runner;
grant select (${readableSessionColumns}) on sessions to drydock_runner;
grant insert, delete on users to drydock_runner;
grant update (must_reset_password, migration_cohort, migration_source_file, password_hash, password_last_set_at, password_set_method) on users to drydock_runner;
grant insert, delete on user_emails to drydock_runner;
grant insert, update, delete on stripe_links to drydock_runner;
grant insert, update, delete on members to drydock_runner;
grant insert on run_items, snapshots, acknowledgements to drydock_runner;
grant insert, update on runs, test_sets, test_members, validation_keys to drydock_runner;
grant update (restored_at) on validation_changes to drydock_runner;
grant update (ended_at, ended_because) on sessions to drydock_runner;
grant update (state) on events, outbox to drydock_runner;
grant update (spent_at, spent_because) on approvals to drydock_runner;
grant update (bound_cohort, bound_by) on migrations to drydock_runner;
-- A batch reads the flag under a share lock, and locking needs a right to change; the column that may change says nothing.
grant update (changed_at) on feature_flags to drydock_runner, drydock_sign_in;
grant update (created_by) on temp_credentials to drydock_sign_in;

-- Sign-in: may disarm and set a password, never arm.
grant select on users, user_emails, stripe_links, members, migrations, feature_flags, temp_credentials, sessions, validation_keys, validation_changes,
  test_sets, test_members, events, sign_in_attempts, sign_in_addresses, sign_in_spread to drydock_sign_in;
grant update (password_hash, must_reset_password, password_last_set_at, password_set_method) on users to drydock_sign_in;
grant update (state, signed_in_at, completed_at) on members to drydock_sign_in;
grant insert on sessions, events, outbox, validation_changes to drydock_sign_in;
grant update (ended_at, ended_because) on sessions to drydock_sign_in;
grant update (used_at) on validation_keys to drydock_sign_in;
grant update (prior, left_as, prior_password_hash, left_password_hash, changed_at) on validation_changes to drydock_sign_in;
grant update (last_validation_at, passed_at) on test_sets to drydock_sign_in;
grant update (signed_in_at, held_at_reset_at, password_set_at, event_recorded_at) on test_members to drydock_sign_in;
grant insert, update, delete on sign_in_attempts, sign_in_addresses, sign_in_spread to drydock_sign_in;

-- Administration: everything around the customers, and no customer.
grant select (${readableSessionColumns}) on sessions to drydock_admin;
grant select, insert on signers, receipt_keys, receipts, journal_heads, revoked_tokens to drydock_admin;
grant select on audit_log, validation_keys to drydock_admin;
grant insert on environment, feature_flags, migrations, temp_credentials, cohorts, cohort_members, cohort_uploads, approvals, runs, acknowledgements to drydock_admin;
grant update (enabled, changed_at, changed_by) on feature_flags to drydock_admin;
grant update (playbook, title, flag, cohort_tag, settings, bound_cohort, bound_by) on migrations to drydock_admin;
grant update (expires_at, revoked_at, revoked_by) on temp_credentials to drydock_admin;
grant update (spent_at, spent_because) on approvals to drydock_admin;
grant update (state, asked, message, started_at, ended_at, redaction_key) on runs to drydock_admin;
grant update (revoked_at, revoked_by) on signers to drydock_admin;
grant update (valid_before) on receipt_keys to drydock_admin;
grant update (issued_before, revoked_at) on revoked_tokens to drydock_admin;
grant update (state, attempts, next_attempt_at, last_error, delivered_at) on outbox to drydock_admin;
`,
};
