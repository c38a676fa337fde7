import { hash } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { canonicalRecordLine } from '../../shared/core/cohort.ts';
import { declareEnvironment } from '../config/declare.ts';
import { startAdminServer, TEST_ENVIRONMENT, type AdminServer, type HttpReply, type TestMigration } from '../../tests/support/admin-server.ts';
import { wayOf, type InlineRecord, type Way } from '../../tests/support/migration-way.ts';

let server: AdminServer;
let migration: TestMigration;
let way: Way;
beforeAll(async () => {
  server = await startAdminServer({ engine: 'stopped' });
});
afterAll(async () => server.close());
beforeEach(async () => {
  migration = await server.newMigration();
  way = await wayOf(server, migration);
});

const rows = async (planHash: string, query: string, token = way.writer): Promise<HttpReply> => server.call('GET', way.path(`plans/${planHash}/rows?${query}`), { token });
function emailsOf(reply: HttpReply): unknown[] {
  const items: unknown = reply.body['items'];
  return Array.isArray(items) ? items.map((item: Record<string, unknown>) => item['email']) : [];
}

describe('a plan', () => {
  let records: readonly InlineRecord[];
  beforeEach(async () => {
    const at = (name: string): string => `${name}@${migration.id}.example.org`;
    await migration.addUser({ email: at('ann'), name: `Ann ${migration.id}` });
    await migration.addUser({ email: at('private.bob'), name: `Bob ${migration.id}` });
    await migration.addUser({ email: at('x1'), name: `Twin ${migration.id}` });
    await migration.addUser({ email: at('x2'), name: `Twin ${migration.id}` });
    const stripe = `cus_${migration.id.replace('-', '')}`;
    await migration.addUser({ email: at('holder'), stripeCustomerId: `${stripe}Taken` });
    records = [
      { email: `  ${at('ANN').toUpperCase()} `, full_name: `Ann ${migration.id}`, stripe_customer_id: `${stripe}A` },
      { email: at('bob'), full_name: `  BOB   ${migration.id}`, stripe_customer_id: `${stripe}B` },
      { email: at('twin'), full_name: `Twin ${migration.id}`, stripe_customer_id: `${stripe}T` },
      { email: at('new'), full_name: `New ${migration.id}`, stripe_customer_id: `${stripe}N` },
      { email: at('conflict'), full_name: `Conflict ${migration.id}`, stripe_customer_id: `${stripe}Taken` },
    ];
  });

  it('finds each row its match and action, and changes no customer', async () => {
    const before = await server.test.asLogin('select md5(string_agg(to_jsonb(u)::text, \'\' order by id)) as sum from users u');
    const plan = await way.plan(records);
    expect(plan.rows.map((row) => [row.match, row.action])).toEqual([
      ['MATCH_EMAIL', 'UPDATE_EXISTING'],
      ['MATCH_NAME_UNIQUE', 'UPDATE_EXISTING'],
      ['NAME_AMBIGUOUS', 'CREATE_NEW'],
      ['NO_NAME_MATCH', 'CREATE_NEW'],
      ['NO_NAME_MATCH', 'BLOCKED'],
    ]);
    expect(plan.rows[2]?.candidates).toBe(2);
    expect(await server.test.asLogin('select md5(string_agg(to_jsonb(u)::text, \'\' order by id)) as sum from users u')).toEqual(before);
  });

  it('has the same hash for the same records and another for another file, decision or part', async () => {
    const { planHash, rows: planned } = await way.plan(records);
    expect((await way.plan(records)).planHash).toBe(planHash);
    const email = planned[1]?.email ?? '';
    const others = await Promise.all([{ source_file: 'other.csv' }, { decisions: [{ email, as: 'create' }] }, { decisions: [{ email, as: 'skip' }] }, { only: [email] }].map(async (more) => (await way.plan(records, more)).planHash));
    expect(new Set([planHash, ...others]).size).toBe(5);
  });

  it('has another hash for each setting that does something else for customers, and none for one that is off', async () => {
    const hashWith = async (settings: Record<string, unknown>): Promise<string> => {
      await server.test.asLogin('update migrations set settings = $2::text::jsonb where id = $1', [migration.id, JSON.stringify(settings)]);
      return (await way.plan(records)).planHash;
    };
    const without = await hashWith({ cohort_tag: migration.tag });
    expect(await hashWith({ cohort_tag: migration.tag, confirm_by_email: true })).not.toBe(without);
    expect(await hashWith({ cohort_tag: migration.tag, confirm_by_email: false })).toBe(without);
  });

  it('is listed by place, filtered by match, action and text', async () => {
    const { planHash } = await way.plan(records);
    const first = await rows(planHash, 'limit=2');
    expect(emailsOf(first)).toHaveLength(2);
    expect(emailsOf(await rows(planHash, `limit=3&after=${String(first.body['next_cursor'])}`))).toHaveLength(3);
    expect(emailsOf(await rows(planHash, 'match=NAME_AMBIGUOUS'))).toEqual([`twin@${migration.id}.example.org`]);
    expect(emailsOf(await rows(planHash, 'action=BLOCKED'))).toEqual([`conflict@${migration.id}.example.org`]);
    expect(emailsOf(await rows(planHash, 'warning=name_only_match'))).toEqual([`bob@${migration.id}.example.org`]);
    expect(emailsOf(await rows(planHash, 'q=NEW%20m'))).toEqual([`new@${migration.id}.example.org`]);
    expect(emailsOf(await rows(planHash, 'q=%25'))).toEqual([]);
  });

  it('shows the other address of a name-only row to who must judge it, and masks it for who only reads', async () => {
    const { planHash } = await way.plan(records);
    const hidden = `private.bob@${migration.id}.example.org`;
    expect((await rows(planHash, 'match=MATCH_NAME_UNIQUE', way.writer)).text).toContain(hidden);
    expect((await rows(planHash, 'match=MATCH_NAME_UNIQUE', way.approver)).text).toContain(hidden);
    expect((await rows(planHash, 'match=MATCH_NAME_UNIQUE', way.reader)).text).not.toContain(hidden);
  });

  it('names nobody outside the cohort', async () => {
    const reply = await rows((await way.plan(records)).planHash, '');
    for (const outsider of ['x1@', 'x2@', 'holder@']) expect(reply.text).not.toContain(outsider);
  });
});

describe('a cohort that is uploaded', () => {
  const lines = (count: number): string =>
    Array.from({ length: count }, (_, index) => `${canonicalRecordLine({ email: `p${String(index)}@${migration.id}.example.org`, full_name: `P ${String(index)}`, stripe_customer_id: `cus_${migration.id.replace('-', '')}U${String(index)}` })}\n`).join('');
  const put = async (text: string, sha256 = hash('sha256', text)): Promise<HttpReply> =>
    server.call('PUT', way.path(`cohorts/${sha256}`), { token: way.writer, raw: { type: 'application/x-ndjson', text } });

  it('is kept under its hash, known the second time, and planned by it', async () => {
    const text = lines(2500);
    const first = await put(text);
    expect([first.status, first.body], first.text).toEqual([201, { cohort: hash('sha256', text), records: 2500 }]);
    expect((await put(text)).status).toBe(200);
    const reply = await server.call('POST', way.path('dry-run'), { token: way.writer, body: { source_file: 'c.csv', source_sha256: 'a'.repeat(64), cohort: hash('sha256', text) } });
    expect(reply.body).toMatchObject({ cohort: hash('sha256', text), summary: { rows: 2500 }, next_cursor: '1000' });
  });

  it.each<[string, (text: string) => string, string, number]>([
    ['another hash', (text) => text, 'cohort_hash_mismatch', 422],
    ['fields in another order', (text) => text.replace(/\{"email":("[^"]*"),"full_name":("[^"]*")/, '{"full_name":$2,"email":$1'), 'invalid_request', 422],
    ['an address that is not folded', (text) => text.replace('p0@', 'P0@'), 'invalid_request', 422],
    ['a person named twice', (text) => text.replace('p1@', 'p0@'), 'invalid_request', 422],
    ['something that is no JSON', (text) => `${text}nonsense\n`, 'invalid_request', 422],
    ['nothing', () => '', 'invalid_request', 422],
    ['line ends of another system', (text) => text.replaceAll('\n', '\r\n'), 'cohort_hash_mismatch', 422],
    ['a last line without its end', (text) => text.trimEnd(), 'cohort_hash_mismatch', 422],
  ])('is refused with %s, and nothing of it is kept', async (what, change, code, status) => {
    const text = change(lines(3));
    const reply = await put(text, what === 'another hash' ? 'b'.repeat(64) : hash('sha256', text));
    expect([reply.status, reply.body['code']], reply.text).toEqual([status, code]);
    expect(await server.test.asLogin('select sha256 from cohorts where sha256 = $1', [hash('sha256', text)])).toEqual([]);
  });

  it('is refused with the line that names somebody a second time, however far apart the two are', async () => {
    const text = lines(6000).replace('p5500@', 'p3@');
    const reply = await put(text);
    expect([reply.status, reply.body['errors']], reply.text).toEqual([422, [{ path: 'line 5501', message: 'names somebody who was named before' }]]);
    expect(await server.test.asLogin('select key from cohort_members where cohort = $1', [hash('sha256', text)])).toEqual([]);
  });

  it('is refused in another form than NDJSON', async () => {
    for (const options of [{ body: {} }, {}]) {
      const reply = await server.call('PUT', way.path(`cohorts/${'e'.repeat(64)}`), { token: way.writer, ...options });
      expect([reply.status, reply.body['code']], reply.text).toEqual([415, 'unsupported_media_type']);
    }
  });

  it('leaves no file behind, whether it is new, repeated or refused', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'drydock-spool-'));
    vi.stubEnv('TMPDIR', folder);
    const text = lines(4);
    const key = 'the-same-key-twice';
    for (const sha256 of [hash('sha256', text), hash('sha256', text), 'd'.repeat(64)]) {
      await server.call('PUT', way.path(`cohorts/${sha256}`), { token: way.writer, key, raw: { type: 'application/x-ndjson', text } });
    }
    expect(await readdir(folder)).toEqual([]);
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true });
  });

  it('that nobody uploaded cannot be planned', async () => {
    const reply = await server.call('POST', way.path('dry-run'), { token: way.writer, body: { source_file: 'c.csv', source_sha256: 'a'.repeat(64), cohort: 'c'.repeat(64) } });
    expect([reply.status, reply.body['code']]).toEqual([404, 'unknown_cohort']);
  });
});

describe('the cohort that the configuration names', () => {
  const declare = async (cohort?: string): Promise<void> =>
    server.test.store.inAdminTx(async (tx) =>
      declareEnvironment(tx, {
        environment: { id: TEST_ENVIRONMENT, name: 'Test', kind: 'staging' },
        migrations: [{ id: migration.id, playbook: 'account-prep', title: migration.id, flag: migration.flag, settings: { cohort_tag: migration.tag }, ...(cohort === undefined ? {} : { cohort }) }],
      }),
    );
  const bound = async (): Promise<unknown> => (await server.test.asLogin('select bound_cohort, bound_by from migrations where id = $1', [migration.id]))[0];
  const recordOf = (name: string): InlineRecord => ({ email: `${name}@${migration.id}.example.org`, full_name: `${name} ${migration.id}`, stripe_customer_id: `cus_${migration.id.replace('-', '')}${name}` });

  it('binds a migration that was declared before, over an approval too, until it is named no more', async () => {
    const [one, two] = [await way.plan([recordOf('one')]), await way.plan([recordOf('two')])];
    await declare();
    expect((await way.approve(one.planHash)).status).toBe(201);
    await declare();
    expect(await bound(), 'what an approval has bound stays').toEqual({ bound_cohort: one.cohort, bound_by: 'abel' });
    await declare(two.cohort);
    expect(await bound()).toEqual({ bound_cohort: two.cohort, bound_by: 'configuration' });
    expect((await way.approve(one.planHash)).body['code']).toBe('cohort_not_bound');
    await declare(one.cohort);
    expect(await bound()).toEqual({ bound_cohort: one.cohort, bound_by: 'configuration' });
    await declare();
    expect(await bound()).toEqual({ bound_cohort: null, bound_by: null });
    expect((await way.approve(two.planHash)).status).toBe(201);
    expect(await bound()).toEqual({ bound_cohort: two.cohort, bound_by: 'abel' });
  });
});

it('logs no failure of its own for any of this', () => {
  expect(server.failures).toEqual([]);
});
