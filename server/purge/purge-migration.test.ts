import { hash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sql } from 'kysely';
import { z } from 'zod';
import { startAdminServer, TEMPORARY_PASSWORD, type AdminServer, type TestMigration } from '../../tests/support/admin-server.ts';
import { wayOf, type InlineRecord, type Way } from '../../tests/support/migration-way.ts';
import { runBatch } from '../engine/batch.ts';
import { forgetOld, NotPurgeable, purgedTables, purgeMigration, type Undelivered } from './purge-migration.ts';

let server: AdminServer;
let migration: TestMigration;
let way: Way;
let records: readonly InlineRecord[];
let runId: string;
let everybody: readonly InlineRecord[];

const purge = async (undelivered: Undelivered = 'refuse'): Promise<unknown> => server.test.store.inPurgerTx(async (tx) => purgeMigration(tx, migration.id, 'test', undelivered));
const setFlag = async (enabled: boolean): Promise<void> => void (await server.test.asLogin('update feature_flags set enabled = $1 where name = $2', [enabled, migration.flag]));
const receiptOf = async (run: string): Promise<Record<string, unknown>> => z.record(z.string(), z.unknown()).parse(JSON.parse(String((await server.call('GET', `/admin/runs/${run}/receipt`, { token: way.reader })).body['receipt'])));

async function rollBack(email: string): Promise<void> {
  const preview = await server.call('POST', way.path('rollback'), { token: way.writer, body: { emails: [email], preview: true } });
  const begun = await server.call('POST', way.path('rollback'), { token: way.writer, body: { emails: [email], preview: false, rollback_hash: preview.body['rollback_hash'] } });
  expect([preview.status, begun.status], preview.text + begun.text).toEqual([200, 202]);
  while ((await runBatch(server.test.store, String(begun.body['run_id'])))?.goesOn === true);
}

async function completeResets(): Promise<void> {
  for (const { email } of records) {
    const login = await server.call('POST', '/auth/login', { body: { email, password: TEMPORARY_PASSWORD } });
    const reset = await server.call('POST', '/auth/password', { token: String(login.body['session_token']), body: { new_password: `a password of their own, ${email}` } });
    expect([login.status, reset.status], login.text + reset.text).toEqual([200, 200]);
  }
}

/** Every table but customers' own, with a text of all it holds. */
async function textOfEverything(): Promise<ReadonlyMap<string, string>> {
  const tables = await server.test.asLogin(`select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`);
  const texts = new Map<string, string>();
  for (const name of tables.map((row) => String(row['name'])).filter((table) => !['users', 'user_emails', 'stripe_links'].includes(table))) {
    const [row] = await server.test.asLogin(`select coalesce(string_agg(to_jsonb(t)::text, ' '), '') as text from "${name}" t`);
    texts.set(name, String(row?.['text']));
  }
  return texts;
}

const customersThemselves = async (): Promise<unknown> =>
  server.test.asLogin(`select md5(string_agg(to_jsonb(u)::text, '' order by u.id)) as users, (select md5(string_agg(to_jsonb(e)::text, '' order by e.email)) from user_emails e) as emails,
    (select md5(string_agg(to_jsonb(s)::text, '' order by s.user_id)) from stripe_links s) as links from users u`);

beforeAll(async () => {
  server = await startAdminServer({ engine: 'stopped' });
  migration = await server.newMigration();
  way = await wayOf(server, migration);
  records = ['canary.ann', 'canary.bob'].map((name) => ({ email: `${name}@example.org`, full_name: `Canaryname ${name}`, stripe_customer_id: `cus_Canary${hash('sha256', name).slice(0, 8)}` }));
  everybody = records;
  await migration.addUser({ email: records[0]?.email ?? '', name: records[0]?.full_name ?? '' });
  const { planHash } = await way.plan(records, { source_file: 'canary-file.csv' });
  await way.tryOut(planHash, records.map(({ email }) => email));
  await way.approve(planHash);
  const reply = await way.execute(planHash);
  runId = String(reply.body['run_id']);
});
afterAll(async () => server.close());

describe('purging a migration', () => {
  it('is refused while a run is under way, the flag is on, or somebody is prepared and would be shut out', async () => {
    await expect(purge()).rejects.toThrow(/1 run is not over/);
    while ((await runBatch(server.test.store, runId))?.goesOn === true);
    await expect(purge()).rejects.toThrow(/flag is on/);
    await setFlag(false);
    await expect(purge()).rejects.toThrow(/2 people are prepared/);
    await rollBack(records[1]?.email ?? '');
    await setFlag(true);
    records = records.slice(0, 1);
    await completeResets();
    await setFlag(false);
    await expect(purge()).rejects.toThrow(NotPurgeable);
  });

  it('leaves nothing of its people but their own accounts, and receipts that say what they said', async () => {
    const runs = (await server.test.asLogin('select id from runs where migration_id = $1', [migration.id])).map((row) => String(row['id']));
    const before = await Promise.all(runs.map(receiptOf));
    const customers = await customersThemselves();
    await expect(purge(), 'events that nobody got').rejects.toThrow(/1 event waits to be delivered; .*--discard-events/);
    await server.test.asLogin(`update outbox set state = 'dead' where state = 'pending'`);
    await expect(purge(), 'events that were given up').rejects.toThrow(/1 event was given up; .*--discard-events/);
    const planted = [...(await textOfEverything())].filter(([, text]) => /canary/i.test(text)).map(([table]) => table);
    expect(planted, 'the proof has to have something to find').toEqual(expect.arrayContaining(['cohort_members', 'plan_rows', 'run_items', 'snapshots', 'members', 'events', 'idempotency_keys', 'plans', 'rollback_plans', 'rollback_rows', 'removed_profiles']));

    const purged = z.record(z.string(), z.number()).parse(await purge('discard'));
    for (const table of ['cohort_members', 'plan_rows', 'run_items', 'snapshots', 'members', 'events']) expect(purged[table], table).toBeGreaterThan(0);

    for (const [table, text] of await textOfEverything()) {
      for (const { email, full_name: name, stripe_customer_id: stripe } of everybody) {
        for (const canary of [email, name, stripe, 'canary']) expect(text.toLowerCase(), `${canary} is left in ${table}`).not.toContain(canary.toLowerCase());
      }
    }
    expect(await customersThemselves()).toEqual(customers);
    const after = await Promise.all(runs.map(receiptOf));
    const said = (receipt: Record<string, unknown>): unknown => ({ ...receipt, issued_at: null });
    expect(after.map(said)).toEqual(before.map(said));
  });

  it('closes it: nothing is written for it again, and customers sign in as anybody does', async () => {
    await setFlag(true);
    const again = await server.call('POST', way.path('dry-run'), { token: way.writer, body: { source_file: 'x.csv', source_sha256: 'a'.repeat(64), records } });
    expect([again.status, again.body['code']]).toEqual([409, 'migration_purged']);
    const stopped = await server.call('POST', `/admin/runs/${runId}/stop`, { token: way.writer, body: {} });
    expect(stopped.body['code']).toBe('migration_purged');
    expect((await server.call('GET', way.path('members'), { token: way.reader })).status).toBe(200);
    expect((await server.call('GET', `/admin/runs/${runId}`, { token: way.reader })).status).toBe(200);
    const { email } = records[0] ?? { email: '' };
    const own = await server.call('POST', '/auth/login', { body: { email, password: `a password of their own, ${email}` } });
    expect([own.status, own.body['password_reset_required']]).toEqual([200, false]);
    expect((await server.call('POST', '/auth/login', { body: { email, password: TEMPORARY_PASSWORD } })).status).toBe(401);
    expect(server.failures).toEqual([]);
  });

  it('lets its cohort be brought again for another migration, and brings nobody back by itself', async () => {
    const other = await server.newMigration();
    const theirs = await wayOf(server, other);
    const { cohort } = z.object({ cohort: z.string() }).parse((await server.test.asLogin('select cohort from runs where id = $1', [runId]))[0]);
    const plan = async (more: Record<string, unknown>) => server.call('POST', theirs.path('dry-run'), { token: theirs.writer, body: { source_file: 'x.csv', source_sha256: 'a'.repeat(64), ...more } });
    const byName = await plan({ cohort });
    expect([byName.status, byName.body['code']], byName.text).toEqual([404, 'unknown_cohort']);
    const brought = await Promise.all([plan({ records: everybody }), plan({ records: everybody })]);
    for (const reply of brought) expect(reply.body, reply.text).toMatchObject({ cohort, summary: { rows: 2 } });
    expect((await plan({ cohort })).status).toBe(200);
  });

  it('keeps a cohort that another migration has too', async () => {
    const [first, second] = [await server.newMigration(), await server.newMigration()];
    const shared = [{ email: 'both@example.org', full_name: 'Both', stripe_customer_id: 'cus_Both1' }];
    for (const each of [first, second]) await (await wayOf(server, each)).plan(shared);
    const members = async (): Promise<unknown> => (await server.test.asLogin(`select count(*)::int as count from cohort_members where key = 'both@example.org'`))[0]?.['count'];
    for (const [each, left] of [[first, 1], [second, 0]] as const) {
      migration = each;
      way = await wayOf(server, each);
      await setFlag(false);
      for (const row of await server.test.asLogin('select id from runs where migration_id = $1', [each.id])) await receiptOf(String(row['id']));
      await purge();
      expect(await members()).toBe(left);
    }
  });

  it('is the only thing that its database role can do', async () => {
    const other = await server.newMigration();
    const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : String(error));
    const [person] = await server.test.asLogin('select id from users limit 1');
    await server.test.asLogin(`insert into sessions (id, token_hash, user_id, kind, expires_at) values (gen_random_uuid(), $1, $2, 'full', now() + interval '1 day')`, ['a'.repeat(64), person?.['id']]);
    const attempt = async (text: string): Promise<string> => server.test.store.inPurgerTx(async (tx) => tx.deleteFrom('sessions').where('kind', '=', 'full').execute().then(() => text)).then(() => 'done', codeOf);
    expect(await attempt('')).toBe('DD003');
    for (const table of ['users', 'user_emails', 'stripe_links', 'receipts', 'approvals', 'audit_log', 'runs', 'plans', 'journal_heads', 'signers'] as const) {
      expect(await server.test.store.inPurgerTx(async (tx) => tx.deleteFrom(table).execute()).then(() => 'done', codeOf), table).toBe('42501');
    }
    expect(other.id).not.toBe(migration.id);
  });

  it('takes nothing of a migration that is not purged, straight in SQL, from any table it may delete from', async () => {
    const open = await server.newMigration();
    const theirs = await wayOf(server, open);
    const records = ['one', 'two'].map((name) => ({ email: `${name}@${open.id}.example.org`, full_name: `${name} of ${open.id}`, stripe_customer_id: `cus_${open.id.replace('-', '')}${name}` }));
    const { planHash } = await theirs.plan(records);
    await theirs.tryOut(planHash, records.map(({ email }) => email).slice(0, 1));
    await theirs.approve(planHash);
    const run = String((await theirs.execute(planHash)).body['run_id']);
    while ((await runBatch(server.test.store, run))?.goesOn === true);
    await server.test.asLogin(`insert into acknowledgements (run_id, plan_no, row_no, key, acknowledged_by) select $1, plan_no, 1, $2, 'x' from plans where plan_hash = $3`, [run, records[0]?.email, planHash]);
    await server.call('POST', theirs.path('rollback'), { token: theirs.writer, body: { all: true, preview: true } });

    const guarded: string[] = [];
    for (const table of purgedTables.filter((name) => name !== 'sessions')) {
      const held = Number((await server.test.asLogin(`select count(*)::int as count from ${table}`))[0]?.['count']);
      const error: unknown = await server.test.store.inPurgerTx(async (tx) => sql`delete from ${sql.table(table)}`.execute(tx)).then(() => null, (thrown: unknown) => thrown);
      if (held === 0) continue;
      expect(error, `${table} was emptied`).toMatchObject({ code: expect.stringMatching(/^(?:DD003|23503)$/) });
      guarded.push(table);
    }
    expect(guarded).toEqual(expect.arrayContaining(['members', 'snapshots', 'run_items', 'plan_rows', 'cohort_members', 'idempotency_keys', 'acknowledgements', 'validation_keys', 'validation_changes', 'test_members', 'rollback_rows', 'outbox', 'events']));
  });

  it('forgets sessions that are over and keys that no run needs after their time, and no others', async () => {
    await server.test.asLogin(`update sessions set created_at = now() - interval '200 days', expires_at = now() - interval '100 days' where kind = 'full'`);
    await server.test.asLogin(`insert into idempotency_keys (sub, route, key, request_sha256, status, response, created_at) values
      ('x', 'r', 'old-key-of-nobody-1', '', 200, '{}', now() - interval '100 days'), ('x', 'r', 'new-key-of-nobody-1', '', 200, '{}', now())`);
    const forgotten = await server.test.store.inPurgerTx(async (tx) => forgetOld(tx, 90));
    expect(forgotten['idempotency_keys']).toBe(1);
    expect(forgotten['sessions']).toBeGreaterThan(0);
    expect(await server.test.asLogin(`select key from idempotency_keys where sub = 'x'`)).toEqual([{ key: 'new-key-of-nobody-1' }]);
  });

  it('keeps the key of a call about a run as long as the run, so that an old resume that is sent again resumes nothing', async () => {
    const migrated = await server.newMigration();
    const theirs = await wayOf(server, migrated);
    const records = ['one', 'two'].map((name) => ({ email: `${name}@${migrated.id}.example.org`, full_name: `${name} of ${migrated.id}`, stripe_customer_id: `cus_${migrated.id.replace('-', '')}${name}` }));
    const { planHash } = await theirs.plan(records);
    await theirs.tryOut(planHash, records.map(({ email }) => email).slice(0, 1));
    await theirs.approve(planHash);
    const run = String((await theirs.execute(planHash)).body['run_id']);
    const ask = async (what: string, key: string) => server.call('POST', `/admin/runs/${run}/${what}`, { token: theirs.writer, body: {}, key });
    const pause = async (key: string): Promise<void> => {
      await ask('pause', key);
      await runBatch(server.test.store, run);
    };
    await pause('the-first-pause-of-it');
    const resumed = await ask('resume', 'the-resume-of-this-run');
    await server.test.asLogin(`update idempotency_keys set created_at = now() - interval '200 days'`);
    await server.test.store.inPurgerTx(async (tx) => forgetOld(tx, 90));
    await pause('the-second-pause-of-it');
    expect(await ask('resume', 'the-resume-of-this-run')).toMatchObject({ status: 202, text: resumed.text });
    expect((await server.call('GET', `/admin/runs/${run}`, { token: theirs.reader })).body['state']).toBe('paused');
    await ask('stop', 'the-stop-of-this-run-1');
  });

  it('knows of every table whether it holds people', async () => {
    const kept = [
      'approvals', 'audit_log', 'cohort_uploads', 'cohorts', 'environment', 'event_destinations', 'event_grants', 'feature_flags', 'journal_heads', 'migrations', 'plan_bodies', 'plan_kinds', 'plans',
      'receipt_keys', 'receipts', 'revoked_tokens', 'rollback_plans', 'rollback_requests', 'runs', 'schema_migrations', 'sign_in_addresses', 'sign_in_attempts', 'sign_in_spread', 'signers', 'stripe_links', 'temp_credential_rates', 'temp_credentials',
      'test_sets', 'user_emails', 'users',
    ];
    const tables = (await server.test.asLogin(`select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`)).map((row) => String(row['name']));
    expect([...kept, ...purgedTables].toSorted(), 'a new table is emptied by purgeMigration, or named here because it holds no person').toEqual(tables.toSorted());
  });
});
