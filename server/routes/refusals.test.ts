import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SignJWT } from 'jose';
import { startAdminServer, type AdminServer, type HttpReply, type TestMigration } from '../../tests/support/admin-server.ts';
import { customersHash } from '../../tests/support/customers-hash.ts';
import { wayOf, type InlineRecord, type Way } from '../../tests/support/migration-way.ts';

let server: AdminServer;
let migration: TestMigration;
let way: Way;
let records: readonly InlineRecord[];
let emails: readonly string[];

beforeAll(async () => {
  server = await startAdminServer();
});
afterAll(async () => server.close());
beforeEach(async () => {
  migration = await server.newMigration();
  way = await wayOf(server, migration);
  const at = (name: string): string => `${name}@${migration.id}.example.org`;
  const stripe = `cus_${migration.id.replace('-', '')}`;
  await migration.addUser({ email: at('ann'), name: `Ann ${migration.id}` });
  await migration.addUser({ email: at('old.bob'), name: `Bob ${migration.id}` });
  records = [
    { email: at('ann'), full_name: `Ann ${migration.id}`, stripe_customer_id: `${stripe}A` },
    { email: at('bob'), full_name: `Bob ${migration.id}`, stripe_customer_id: `${stripe}B` },
    { email: at('cat'), full_name: `Cat ${migration.id}`, stripe_customer_id: `${stripe}C` },
  ];
  emails = records.map(({ email }) => email);
});

async function expectRefused(code: string, status: number, attempt: () => Promise<HttpReply>): Promise<HttpReply> {
  const before = await customersHash(server.test);
  const reply = await attempt();
  expect([reply.status, reply.body['code']], reply.text).toEqual([status, code]);
  expect(await customersHash(server.test)).toBe(before);
  const [entry] = await server.test.asLogin('select status, code from audit_log order by id desc limit 1');
  expect(entry).toEqual({ status, code });
  return reply;
}

describe('a refused call writes nothing, says its code, and is in the audit log', () => {
  const dryRunBody = () => ({ source_file: 'cohort.csv', source_sha256: 'a'.repeat(64), records });
  const dryRun = async (token?: string): Promise<HttpReply> => server.call('POST', way.path('dry-run'), { ...(token === undefined ? {} : { token }), body: dryRunBody() });
  const signed = async (claims: Record<string, unknown>, change: (jwt: SignJWT) => SignJWT = (jwt) => jwt): Promise<string> =>
    change(new SignJWT({ scope: 'migration:write', ...claims }).setProtectedHeader({ alg: 'HS256' }).setSubject('eve').setJti('j1').setIssuer('test-environment').setAudience('drydock-admin').setExpirationTime('1h')).sign(new Uint8Array(32));

  it('without a token, or with one of another key', async () => {
    await expectRefused('unauthenticated', 401, async () => dryRun());
    await expectRefused('unauthenticated', 401, async () => dryRun(await signed({})));
    await expectRefused('unauthenticated', 401, async () => dryRun('eyJhbGciOiJub25lIn0.eyJzdWIiOiJldmUifQ.'));
  });

  it('with a token that was revoked', async () => {
    await server.test.asLogin(`insert into revoked_tokens (sub, issued_before) values ('wilma', now())`);
    const token = await server.token('wilma', ['migration:write']);
    await expectRefused('unauthenticated', 401, async () => dryRun(token));
  });

  it('with another scope', async () => {
    await expectRefused('insufficient_scope', 403, async () => dryRun(way.reader));
    await expectRefused('insufficient_scope', 403, async () => dryRun(way.approver));
    await expectRefused('insufficient_scope', 403, async () => server.call('POST', way.path('approvals'), { token: way.writer, body: { plan_hash: 'a'.repeat(64), decision: 'approve', comment: '' } }));
  });

  it('on a migration that is not there, whatever the body', async () => {
    await expectRefused('unknown_migration', 404, async () => server.call('POST', '/admin/migration/nowhere/dry-run', { token: way.writer, body: { nonsense: true } }));
  });

  it('while the flag is off, except for reading', async () => {
    const { planHash } = await way.plan(records);
    await server.test.asLogin('update feature_flags set enabled = false where name = $1', [migration.flag]);
    await expectRefused('feature_disabled', 403, async () => dryRun(way.writer));
    await expectRefused('feature_disabled', 403, async () => server.call('POST', way.path('test-run'), { token: way.writer, body: { plan_hash: planHash, emails } }));
    await expectRefused('feature_disabled', 403, async () => way.approve(planHash));
    await expectRefused('feature_disabled', 403, async () => way.execute(planHash));
    expect((await server.call('GET', way.path(`plans/${planHash}/rows`), { token: way.reader })).status).toBe(200);
  });

  it('with no Idempotency-Key, or a bad one', async () => {
    for (const key of [null, 'short', 'spaces are no part of it', 'x'.repeat(129)]) {
      await expectRefused('idempotency_key_required', 400, async () => server.call('POST', way.path('dry-run'), { token: way.writer, body: dryRunBody(), key }));
    }
  });

  it('with the hash of no plan, or of another migration\'s plan', async () => {
    const other = await server.newMigration();
    const { planHash } = await (await wayOf(server, other)).plan(records);
    for (const hash of ['b'.repeat(64), planHash]) {
      await expectRefused('plan_not_found', 404, async () => way.execute(hash));
      await expectRefused('plan_not_found', 404, async () => way.approve(hash));
      await expectRefused('plan_not_found', 404, async () => server.call('POST', way.path('test-run'), { token: way.writer, body: { plan_hash: hash, emails } }));
      await expectRefused('plan_not_found', 404, async () => server.call('GET', way.path(`plans/${hash}/rows`), { token: way.reader }));
    }
  });

  it('for a test run of rows that are not one of each kind', async () => {
    const { planHash } = await way.plan(records);
    const testRun = async (chosen: readonly string[]): Promise<HttpReply> => server.call('POST', way.path('test-run'), { token: way.writer, body: { plan_hash: planHash, emails: chosen, acknowledged: emails } });
    await expectRefused('test_selection', 422, async () => testRun(emails.slice(0, 2)));
    await expectRefused('test_selection', 422, async () => testRun([...emails.slice(0, 2), 'somebody@example.org']));
    await expectRefused('test_selection', 422, async () => testRun([...emails.slice(0, 2), emails[0] ?? '']));
  });

  it('for a test run of a name-only row that nobody acknowledged, and names it', async () => {
    const { planHash } = await way.plan(records);
    const reply = await expectRefused('acknowledgement_required', 409, async () => server.call('POST', way.path('test-run'), { token: way.writer, body: { plan_hash: planHash, emails } }));
    expect(reply.body['rows']).toEqual([{ row: 2, email: emails[1] }]);
  });

  it('for an execution, gate by gate in their order', async () => {
    const { planHash } = await way.plan(records);
    await expectRefused('test_run_required', 409, async () => way.execute(planHash));
    const { runId } = await way.tryOut(planHash, emails, 'run');
    await expectRefused('test_run_required', 409, async () => way.execute(planHash));
    await server.call('POST', way.path(`test-run/${runId}/rearm`), { token: way.writer, body: {} });
    await expectRefused('test_run_required', 409, async () => way.execute(planHash));
  });

  it('for an execution whose test customers are not put back, then not approved, then not acknowledged', async () => {
    const { planHash } = await way.plan(records);
    const { runId } = await way.tryOut(planHash, emails, 'validated');
    await expectRefused('test_users_not_restored', 409, async () => way.execute(planHash));
    await server.call('POST', way.path(`test-run/${runId}/rearm`), { token: way.writer, body: {} });
    await expectRefused('approval_required', 409, async () => way.execute(planHash));
    expect((await way.approve(planHash)).status).toBe(201);
    const reply = await expectRefused('acknowledgement_required', 409, async () => way.execute(planHash));
    expect(reply.body['rows']).toEqual([{ row: 2, email: emails[1] }]);
    const strange = await way.execute(planHash, { acknowledged: [emails[1], 'nobody@elsewhere.example.org'] });
    expect([strange.status, strange.body['errors']], strange.text).toEqual([422, [{ path: 'acknowledged.1', message: 'is not a row of this plan' }]]);
    expect((await way.execute(planHash, { acknowledged: [emails[1]] })).status).toBe(202);
  });

  it('for an execution of a plan for some rows only', async () => {
    const { planHash } = await way.plan(records, { only: emails.slice(0, 1) });
    await expectRefused('plan_partial', 409, async () => way.execute(planHash));
  });

  it('for an execution of another cohort than the bound one', async () => {
    const first = await way.plan(records);
    const second = await way.plan(records.slice(0, 2));
    await way.approve(first.planHash);
    await expectRefused('cohort_not_bound', 409, async () => way.execute(second.planHash));
  });

  it('for an execution after too much has changed', async () => {
    const { planHash } = await way.plan(records);
    await way.tryOut(planHash, emails);
    await way.approve(planHash);
    await server.test.asLogin(`update stripe_links set stripe_customer_id = $1 where stripe_customer_id = $2`, [`cus_changed${migration.id.replace('-', '')}`, records[0]?.stripe_customer_id]);
    await expectRefused('plan_stale', 409, async () => way.execute(planHash, { acknowledged: emails }));
  });

  it('for an execution, and a test run, with other settings than the approved ones', async () => {
    const { planHash } = await way.plan(records);
    await way.tryOut(planHash, emails);
    await way.approve(planHash);
    await server.test.asLogin(`update migrations set settings = '{"confirm_by_email": true}' where id = $1`, [migration.id]);
    const stale = await expectRefused('plan_stale', 409, async () => way.execute(planHash, { acknowledged: emails }));
    expect(stale.body['detail']).toContain('confirm_by_email');
    await expectRefused('plan_stale', 409, async () => server.call('POST', way.path('test-run'), { token: way.writer, body: { plan_hash: planHash, emails, acknowledged: emails } }));
    await server.test.asLogin(`update migrations set settings = '{"confirm_by_email": false}' where id = $1`, [migration.id]);
    expect((await way.execute(planHash, { acknowledged: emails })).status).toBe(202);
  });

  it('for an execution with another temporary password than the approved one', async () => {
    const { planHash } = await way.plan(records);
    await way.tryOut(planHash, emails);
    await way.approve(planHash);
    await server.test.asLogin(`update temp_credentials set revoked_at = now() where migration_id = $1`, [migration.id]);
    await expectRefused('test_run_required', 409, async () => way.execute(planHash, { acknowledged: emails }));
  });

  it('for an approval by somebody who had a hand in the plan, whatever the token', async () => {
    const { planHash } = await way.plan(records);
    const both = await server.token('wendy', ['migration:write', 'migration:approve']);
    await expectRefused('approver_not_eligible', 403, async () => server.call('POST', way.path('approvals'), { token: both, body: { plan_hash: planHash, decision: 'approve', comment: '' } }));
    const reject = await server.call('POST', way.path('approvals'), { token: both, body: { plan_hash: planHash, decision: 'reject', comment: 'no' } });
    expect(reply(reject)).toEqual([201, 'closed']);
    await expectRefused('approval_closed', 409, async () => way.approve(planHash));
  });

  it('for an approval by somebody who brought the cohort for another migration', async () => {
    const other = await wayOf(server, await server.newMigration());
    const bringer = await server.token('abel', ['migration:write']);
    const brought = await server.call('POST', other.path('dry-run'), { token: bringer, body: dryRunBody() });
    const planned = await server.call('POST', way.path('dry-run'), { token: way.writer, body: { source_file: 'cohort.csv', source_sha256: 'a'.repeat(64), cohort: brought.body['cohort'] } });
    expect([brought.status, planned.status]).toEqual([200, 200]);
    await expectRefused('approver_not_eligible', 403, async () => way.approve(String(planned.body['plan_hash'])));
  });

  it('for a second test run while one is open', async () => {
    const { planHash } = await way.plan(records);
    await way.tryOut(planHash, emails, 'run');
    await expectRefused('test_set_open', 409, async () => server.call('POST', way.path('test-run'), { token: way.writer, body: { plan_hash: planHash, emails, acknowledged: emails } }));
  });
});

function reply(answer: HttpReply): readonly [number, unknown] {
  return [answer.status, answer.body['state']];
}

it('logs no failure of its own for any of this', () => {
  expect(server.failures).toEqual([]);
});
