import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAdminServer, type AdminServer, type HttpReply } from '../../tests/support/admin-server.ts';
import { wayOf, type InlineRecord, type Way } from '../../tests/support/migration-way.ts';

let server: AdminServer;
let way: Way;
let records: readonly InlineRecord[];
describe('a writing call', () => {
  beforeAll(async () => {
    server = await startAdminServer({ engine: 'stopped' });
    const migration = await server.newMigration();
    way = await wayOf(server, migration);
    await migration.addUser({ email: 'ann@example.org', name: 'Ann Lee' });
    records = [{ email: 'ann@example.org', full_name: 'Ann Lee', stripe_customer_id: 'cus_A' }];
  });
  afterAll(async () => server.close());

  const dryRun = async (key: string, more: Record<string, unknown> = {}, token = way.writer): Promise<HttpReply> =>
    server.call('POST', way.path('dry-run'), { token, key, body: { source_file: 'cohort.csv', source_sha256: 'a'.repeat(64), records, ...more } });
  const runCount = async (): Promise<unknown> => (await server.test.asLogin('select count(*)::int as count from runs'))[0]?.['count'];

  describe('an Idempotency-Key', () => {
    it('gives the same answer to the same request, and one effect', async () => {
      const key = randomUUID();
      const first = await dryRun(key);
      const before = await runCount();
      const again = await dryRun(key);
      expect([again.status, again.text]).toEqual([first.status, first.text]);
      expect(await runCount()).toBe(before);
    });

    it('does not mind the order of fields, which is no part of what is asked', async () => {
      const key = randomUUID();
      const first = await dryRun(key);
      const body = Object.fromEntries(Object.entries({ source_file: 'cohort.csv', source_sha256: 'a'.repeat(64), records }).reverse());
      const again = await server.call('POST', way.path('dry-run'), { token: way.writer, key, body });
      expect(again.text).toBe(first.text);
    });

    it('refuses another body', async () => {
      const key = randomUUID();
      await dryRun(key);
      const other = await dryRun(key, { source_file: 'other.csv' });
      expect([other.status, other.body['code']]).toEqual([422, 'idempotency_key_reused']);
    });

    it('belongs to one caller and one route', async () => {
      const key = randomUUID();
      const first = await dryRun(key);
      const other = await dryRun(key, {}, await server.token('will', ['migration:write']));
      expect(other.body['run_id']).not.toBe(first.body['run_id']);
      const { planHash } = await way.plan(records);
      const elsewhere = await server.call('POST', way.path('execute'), { token: way.writer, key, body: { plan_hash: planHash } });
      expect(elsewhere.body['code']).toBe('test_run_required');
    });

    it('makes one effect of eight requests at once; who comes too early is told so', async () => {
      const key = randomUUID();
      const before = Number(await runCount());
      const replies = await Promise.all(Array.from({ length: 8 }, async () => dryRun(key)));
      expect(Number(await runCount())).toBe(before + 1);
      const bodies = new Set(replies.filter(({ status }) => status === 200).map(({ text }) => text));
      expect(bodies.size).toBe(1);
      for (const reply of replies.filter(({ status }) => status !== 200)) expect([reply.status, reply.body['code']]).toEqual([409, 'idempotency_key_in_flight']);
    });

    it('is not used up by a refusal', async () => {
      const key = randomUUID();
      const { planHash } = await way.plan(records);
      const execute = async (): Promise<HttpReply> => server.call('POST', way.path('execute'), { token: way.writer, key, body: { plan_hash: planHash } });
      expect((await execute()).body['code']).toBe('test_run_required');
      await way.tryOut(planHash, ['ann@example.org']);
      await way.approve(planHash);
      expect((await execute()).status).toBe(202);
    });

    it('is judged by the guards before it is answered again', async () => {
      const key = randomUUID();
      await dryRun(key);
      await server.test.asLogin('update feature_flags set enabled = false');
      expect((await dryRun(key)).body['code']).toBe('feature_disabled');
      await server.test.asLogin('update feature_flags set enabled = true');
      expect((await dryRun(key)).status).toBe(200);
    });
  });

  it('of an approval is judged by the flag before it is answered again; a reject needs none', async () => {
    const migration = await server.newMigration();
    const theirs = await wayOf(server, migration);
    const { planHash } = await theirs.plan([{ email: 'flag@example.org', full_name: 'Fay Flag', stripe_customer_id: 'cus_F' }]);
    const decide = async (decision: string, key: string): Promise<HttpReply> => server.call('POST', theirs.path('approvals'), { token: theirs.approver, key, body: { plan_hash: planHash, decision, comment: '' } });
    const [key, rejectKey] = [randomUUID(), randomUUID()];
    const first = await decide('approve', key);
    expect(first.status, first.text).toBe(201);
    const setFlag = async (isOn: boolean): Promise<unknown> => server.test.asLogin('update feature_flags set enabled = $2 where name = $1', [migration.flag, isOn]);
    await setFlag(false);
    const refused = await decide('approve', key);
    expect([refused.status, refused.body['code']]).toEqual([403, 'feature_disabled']);
    await setFlag(true);
    expect(await decide('approve', key)).toMatchObject({ status: 201, text: first.text });
    await setFlag(false);
    const rejected = await decide('reject', rejectKey);
    expect(rejected.status, rejected.text).toBe(201);
    expect(await decide('reject', rejectKey)).toMatchObject({ status: 201, text: rejected.text });
  });

  it('gives validation keys again to the same request, and keeps none of them', async () => {
    const migration = await server.newMigration();
    const other = await wayOf(server, migration);
    await migration.addUser({ email: 'key@example.org', name: 'Kay Key' });
    const { planHash } = await other.plan([{ email: 'key@example.org', full_name: 'Kay Key', stripe_customer_id: 'cus_K' }]);
    const key = randomUUID();
    const testRun = async (): Promise<HttpReply> => server.call('POST', other.path('test-run'), { token: other.writer, key, body: { plan_hash: planHash, emails: ['key@example.org'] } });
    const first = await testRun();
    expect(await testRun()).toMatchObject({ status: 200, text: first.text });
    const keys = Object.values(first.body['validation_keys'] ?? {});
    expect(keys).toHaveLength(1);
    for (const table of ['idempotency_keys', 'validation_keys', 'audit_log', 'run_items']) {
      const [kept] = await server.test.asLogin(`select coalesce(string_agg(to_jsonb(t)::text, ''), '') as text from ${table} t`);
      expect(String(kept?.['text'])).not.toContain(String(keys[0]));
    }
    expect(server.failures).toEqual([]);
  });
});
