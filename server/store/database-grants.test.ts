import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { declareTestMigration, addTestUser, armTestUsers, openTestStore, type TestStore } from '../../tests/support/test-store.ts';
import { databaseRoles, type DatabaseRole } from '../migrations/roles.ts';

type Actor = 'planner' | 'runner' | 'sign_in' | 'admin' | 'purger';

/**
 * What each role may write, table by table; what is not here, nobody may. A table or a right that a migration adds has
 * to be entered, by somebody who has asked whether it should be.
 */
const mayWrite: Readonly<Record<string, Partial<Record<Actor, string>>>> = {
  acknowledgements: { admin: 'insert', purger: 'delete', runner: 'insert' },
  approvals: { admin: 'insert update(spent_at spent_because)', runner: 'update(spent_at spent_because)' },
  audit_log: { admin: 'insert', planner: 'insert', purger: 'insert', runner: 'insert', sign_in: 'insert' },
  cohort_members: { admin: 'insert', planner: 'insert', purger: 'delete' },
  cohort_uploads: { admin: 'insert', planner: 'insert' },
  cohorts: { admin: 'insert', planner: 'insert' },
  email_confirmations: { purger: 'delete', sign_in: 'insert update(mail_attempts mail_error mail_next_at mail_state used_at) delete' },
  environment: { admin: 'insert' },
  directory_profiles: {},
  event_destinations: { admin: 'insert update(held_because held_until)' },
  event_grants: { admin: 'insert delete' },
  events: { purger: 'delete', runner: 'update(state)', sign_in: 'insert' },
  feature_flags: { admin: 'insert update(changed_at changed_by enabled)', purger: 'update(changed_at)', runner: 'update(changed_at)', sign_in: 'update(changed_at)' },
  idempotency_keys: { admin: 'insert', planner: 'insert', purger: 'delete', runner: 'insert' },
  journal_heads: { admin: 'insert' },
  members: { purger: 'delete', runner: 'insert update delete', sign_in: 'update(completed_at signed_in_at state)' },
  migrations: { admin: 'insert update(bound_by bound_cohort cohort_tag flag playbook settings title)', purger: 'update(purged_at purged_by)', runner: 'update(bound_by bound_cohort)' },
  outbox: { admin: 'update(attempts claim_id delivered_at failed_at last_error next_attempt_at state)', purger: 'delete', runner: 'update(state)', sign_in: 'insert' },
  plan_bodies: { planner: 'insert' },
  plan_kinds: { planner: 'insert' },
  plan_rows: { planner: 'insert', purger: 'delete' },
  plans: { planner: 'insert', purger: 'update(decisions source_file)' },
  receipt_keys: { admin: 'insert update(valid_before)' },
  receipts: { admin: 'insert' },
  removed_profiles: { purger: 'delete', runner: 'insert' },
  reverted_snapshots: { purger: 'delete', runner: 'insert' },
  revoked_tokens: { admin: 'insert update(issued_before revoked_at)' },
  rollback_plans: { planner: 'insert update(counts rollback_hash row_count)', purger: 'update(selection)' },
  rollback_requests: { planner: 'insert' },
  rollback_rows: { planner: 'insert', purger: 'delete' },
  run_items: { planner: 'insert', purger: 'delete', runner: 'insert' },
  runs: { admin: 'insert update(asked ended_at failures_seen message redaction_key started_at state worked_seconds working_since)', planner: 'insert', purger: 'update(only_keys)', runner: 'insert update' },
  schema_migrations: {},
  sessions: { purger: 'delete', runner: 'update(ended_at ended_because)', sign_in: 'insert update(ended_at ended_because)' },
  sign_in_addresses: { sign_in: 'insert update delete' },
  sign_in_attempts: { sign_in: 'insert update delete' },
  sign_in_spread: { sign_in: 'insert update delete' },
  signers: { admin: 'insert update(revoked_at revoked_by valid_until)' },
  snapshots: { purger: 'delete', runner: 'insert' },
  stripe_links: { runner: 'insert update delete' },
  temp_credential_rates: { sign_in: 'insert update delete' },
  temp_credentials: { admin: 'insert update(expires_at revoked_at revoked_by suspended_at suspended_because)', sign_in: 'update(created_by suspended_at suspended_because)' },
  test_members: { purger: 'delete', runner: 'insert update', sign_in: 'update(event_recorded_at held_at_reset_at password_set_at signed_in_at)' },
  test_sets: { runner: 'insert update', sign_in: 'update(last_validation_at passed_at)' },
  user_emails: { runner: 'insert delete' },
  users: { runner: 'insert update(migration_cohort migration_source_file must_reset_password password_hash password_last_set_at password_set_method) delete', sign_in: 'update(must_reset_password password_hash password_last_set_at password_set_method)' },
  validation_changes: { purger: 'delete', runner: 'update(restored_at)', sign_in: 'insert update(changed_at left_as left_password_hash prior prior_password_hash)' },
  validation_keys: { purger: 'delete', runner: 'insert update', sign_in: 'update(used_at)' },
};

/** Tables that say who a customer is: they are written by runs within their plan and by sign-in, and by nobody else. */
const CUSTOMER_TABLES = ['users', 'user_emails', 'stripe_links'];

let test: TestStore;
beforeAll(async () => {
  test = await openTestStore();
});
afterAll(async () => test.store.close());

/** One statement under a role, taken back whatever comes of it; gives how it ended. */
async function as(role: DatabaseRole, statement: string, values: readonly unknown[] = []): Promise<string> {
  return test.engine.withConnection('login', async (run) => {
    await run('begin');
    try {
      await run(`set local role ${role}`);
      await run(statement, values);
      return 'done';
    } catch (error) {
      return error instanceof Error && 'code' in error ? String(error.code) : String(error);
    } finally {
      await run('rollback');
    }
  });
}

/** What the database says each role may write. */
async function rightsFound(): Promise<Record<string, Record<string, string>>> {
  const rows = await test.asLogin(`
    select c.relname as table, replace(r.rolname, 'drydock_', '') as role, concat_ws(' ',
      case when has_any_column_privilege(r.oid, c.oid, 'insert') then 'insert' end,
      case when has_table_privilege(r.oid, c.oid, 'update') then 'update' when has_any_column_privilege(r.oid, c.oid, 'update') then
        (select 'update(' || string_agg(a.attname, ' ' order by a.attname collate "C") || ')' from pg_attribute a
          where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and has_column_privilege(r.oid, c.oid, a.attnum, 'update')) end,
      case when has_table_privilege(r.oid, c.oid, 'delete') then 'delete' end,
      case when has_table_privilege(r.oid, c.oid, 'truncate') then 'truncate' end,
      case when has_table_privilege(r.oid, c.oid, 'trigger') then 'trigger' end) as rights
    from pg_class c cross join pg_roles r
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f') and r.rolname = any ($1) and r.rolname <> 'drydock_owner'
    order by 1, 2`, [databaseRoles]);
  const found: Record<string, Record<string, string>> = {};
  for (const { table, role, rights } of rows) {
    const ofTable = (found[String(table)] ??= {});
    if (rights !== '') ofTable[String(role)] = String(rights);
  }
  return found;
}

const NO_RIGHT = '42501';

describe('the rights of the database roles', () => {
  it('to insert, update and delete are these and no more', async () => {
    expect(await rightsFound()).toEqual(mayWrite);
    for (const table of CUSTOMER_TABLES) expect(Object.keys(mayWrite[table] ?? {}).filter((role) => role !== 'runner' && role !== 'sign_in'), table).toEqual([]);
  });

  it('are missed when a table or a right comes that nobody has entered', async () => {
    await test.asLogin('create table newcomers (id int)');
    expect(await rightsFound()).toEqual({ ...mayWrite, newcomers: {} });
    await test.asLogin('grant update (full_name) on users to drydock_admin');
    expect((await rightsFound())['users']).toEqual({ ...mayWrite['users'], admin: 'update(full_name)' });
    await test.asLogin('revoke update (full_name) on users from drydock_admin');
    await test.asLogin('drop table newcomers');
  });

  it('reach the queue from the application alone, and it has nothing else', async () => {
    const rows = await test.asLogin(`
      select distinct n.nspname || ' ' || r.rolname as reach from pg_class c join pg_namespace n on n.oid = c.relnamespace cross join pg_roles r
      where c.relkind in ('r', 'p', 'v') and n.nspname not in ('pg_catalog', 'information_schema', 'public') and n.nspname !~ '^pg_' and r.rolname = any ($1) and r.rolname <> 'drydock_owner'
        and has_table_privilege(r.oid, c.oid, 'select, insert, update, delete')`, [databaseRoles]);
    expect(rows).toEqual([{ reach: 'pgboss drydock_app' }]);
  });

  it("come from no role that can do anything by itself, and all tables are the owner's", async () => {
    const roles = await test.asLogin(`select rolname from pg_roles where rolname = any ($1) and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolcanlogin or rolinherit or rolreplication)`, [databaseRoles]);
    expect(roles).toEqual([]);
    const joined = await test.asLogin(`select m.rolname as member, g.rolname as of from pg_auth_members a join pg_roles m on m.oid = a.member join pg_roles g on g.oid = a.roleid where m.rolname = any ($1)`, [databaseRoles]);
    expect(joined).toEqual([]);
    const others = await test.asLogin(`select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm') and relowner <> 'drydock_owner'::regrole`);
    expect(others).toEqual([]);
    const makers = await test.asLogin(`select rolname from pg_roles where rolname = any ($1) and rolname <> 'drydock_owner' and has_schema_privilege(oid, 'public', 'create')`, [databaseRoles]);
    expect(makers).toEqual([]);
  });

  it('are lent by functions that only judge, each with its search path fixed', async () => {
    const lending = await test.asLogin(`select proname, proconfig from pg_proc where pronamespace = 'public'::regnamespace and prosecdef order by proname`);
    const fixed = ['search_path=public, pg_temp'];
    expect(lending).toEqual([
      { proname: 'drydock_keep_cohort', proconfig: fixed },
      { proname: 'drydock_keep_member_of_cohort', proconfig: [...fixed, 'enable_nestloop=off'] },
      { proname: 'drydock_require_cohort', proconfig: fixed },
      { proname: 'drydock_require_member_of_cohort', proconfig: [...fixed, 'enable_seqscan=off'] },
    ]);
  });

  it('hold when tried: the application touches no table, and who has no right to a table of customers is refused at it', async () => {
    for (const table of Object.keys(mayWrite)) {
      for (const statement of [`select from ${table}`, `delete from ${table}`, `insert into ${table} default values`]) expect(await as('drydock_app', statement), statement).toBe(NO_RIGHT);
    }
    const statements = [
      `update users set full_name = 'x'`,
      `update users set password_hash = 'x'`,
      `update users set must_reset_password = true`,
      `delete from users`,
      `insert into users (id, full_name, name_key) values (gen_random_uuid(), 'x', 'x')`,
      `update user_emails set email = 'x@example.org'`,
      `delete from user_emails`,
      `insert into user_emails (email, user_id, kind) values ('x@example.org', gen_random_uuid(), 'primary')`,
      `delete from stripe_links`,
      `update stripe_links set stripe_customer_id = 'cus_x'`,
      `insert into stripe_links (stripe_customer_id, user_id) values ('cus_x', gen_random_uuid())`,
    ];
    for (const role of ['drydock_app', 'drydock_planner', 'drydock_admin', 'drydock_purger'] as const) {
      for (const statement of statements) expect(await as(role, statement), `${role}: ${statement}`).toBe(NO_RIGHT);
    }
  });

  it('hold when tried: sign-in arms nobody and makes nobody', async () => {
    for (const statement of [
      `insert into members (migration_id, user_id, cohort, key, state, armed_by_run) values ('m', gen_random_uuid(), 'c', 'k', 'armed', gen_random_uuid())`,
      `update members set armed_by_run = gen_random_uuid()`,
      `update members set prepared_at = now()`,
      `delete from members`,
      `insert into users (id, full_name, name_key) values (gen_random_uuid(), 'x', 'x')`,
      `update users set full_name = 'x'`,
      `insert into snapshots default values`,
      `insert into runs default values`,
      `update temp_credentials set revoked_at = null`,
      `update temp_credentials set hmac = 'x'`,
      `update feature_flags set enabled = true`,
    ]) expect(await as('drydock_sign_in', statement), statement).toBe(NO_RIGHT);
  });

  it('hold when tried: a purge takes nothing of a migration that is at work', async () => {
    await declareTestMigration(test, 'live');
    const email = 'live@example.org';
    const userId = await addTestUser(test, { email, stripeCustomerId: 'cus_live' });
    await armTestUsers(test, 'live', [{ email, userId }]);
    await test.asLogin(`insert into sessions (id, token_hash, user_id, kind, expires_at) values (gen_random_uuid(), $1, $2, 'full', now() + interval '1 day')`, ['a'.repeat(64), userId]);
    for (const statement of ['delete from members', 'delete from sessions']) expect(await as('drydock_purger', statement), statement).toBe('DD003');
    for (const statement of ['delete from runs', `update runs set state = 'stopped'`, 'delete from plans', 'delete from approvals', 'delete from receipts', 'delete from audit_log', 'delete from cohorts']) {
      expect(await as('drydock_purger', statement), statement).toBe(NO_RIGHT);
    }
    expect(await as('drydock_purger', `update migrations set bound_cohort = null`)).toBe(NO_RIGHT);
  });
});
