import { hash, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runBatch } from '../../server/engine/batch.ts';
import { createTokenReader } from '../../server/guards/token.ts';
import { signAdminToken } from '../../server/tokens/admin-token.ts';
import { startAdminServer, type AdminServer, type HttpReply, type TestMigration } from '../support/admin-server.ts';
import { customersHash } from '../support/customers-hash.ts';
import { wayOf, type InlineRecord, type Way } from '../support/migration-way.ts';
import { proofSize } from '../support/proof-size.ts';

/**
 * What was approved is what runs. A plan is approved and ready; then one thing is changed, or somebody asks who may not:
 * every time the answer is a refusal by its code, and no customer has changed.
 */
const CHANGES = proofSize({ short: 40, full: 1000 });
const SEED = 20250809;

let server: AdminServer;
let migration: TestMigration;
let way: Way;
let records: readonly InlineRecord[];
let approvedHash: string;

async function readyPlan(): Promise<string> {
  migration = await server.newMigration();
  way = await wayOf(server, migration);
  records = Array.from({ length: 4 }, (_each, index) => ({ email: `p${String(index)}@${migration.id}.example.org`, full_name: `Person ${String(index)} of ${migration.id}`, stripe_customer_id: `cus_${migration.id.replace('-', '')}P${String(index)}` }));
  for (const record of records) await migration.addUser({ email: record.email, name: record.full_name });
  const { planHash } = await way.plan(records);
  await way.tryOut(planHash, [records[0]?.email ?? '']);
  const approved = await way.approve(planHash);
  expect(approved.status, approved.text).toBe(201);
  return planHash;
}

async function expectRefused(codes: readonly string[], attempt: () => Promise<HttpReply>): Promise<void> {
  const before = await customersHash(server.test);
  const reply = await attempt();
  expect(codes, reply.text).toContain(reply.body['code']);
  expect(await customersHash(server.test)).toBe(before);
}

const sqlAsLogin = async (text: string, values: readonly unknown[] = []): Promise<void> => void (await server.test.asLogin(text, values));
const planOf = async (of: readonly InlineRecord[], more: Record<string, unknown> = {}): Promise<string> => (await way.plan(of, more)).planHash;
const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'd', 'e', '1', '2', '3', '4', '5'), minLength: 4, maxLength: 12 });
const place = fc.nat(3);

/** One change each; gives what is asked to be executed, and how to take it back. */
type Change = { readonly codes: readonly string[]; readonly make: () => Promise<{ readonly planHash: string; readonly undo?: () => Promise<void>; readonly attempt?: () => Promise<HttpReply> }> };

const UNAPPROVED = ['approval_required', 'test_run_required', 'cohort_not_bound', 'plan_not_found', 'plan_stale'];

const changes: fc.Arbitrary<Change> = fc.oneof(
  // The plan: another hash, a letter of it turned.
  fc.tuple(fc.nat(63), fc.constantFrom('0', '1', '2', '5', '8', '9', 'a', 'c', 'e', 'f')).map(([at, digit]) => ({
    codes: ['plan_not_found'],
    make: async () => ({ planHash: approvedHash.slice(0, at) + (approvedHash[at] === digit ? (digit === 'f' ? '0' : 'f') : digit) + approvedHash.slice(at + 1) }),
  })),
  // The file: its name, or its bytes.
  word.map((name) => ({ codes: UNAPPROVED, make: async () => ({ planHash: await planOf(records, { source_file: `${name}.csv` }) }) })),
  word.map((text) => ({ codes: UNAPPROVED, make: async () => ({ planHash: await planOf(records, { source_sha256: hash('sha256', text) }) }) })),
  // The cohort: somebody less, more, or else.
  place.map((at) => ({ codes: UNAPPROVED, make: async () => ({ planHash: await planOf(records.filter((_record, index) => index !== at)) }) })),
  word.map((name) => ({ codes: UNAPPROVED, make: async () => ({ planHash: await planOf([...records, { email: `${name}@more.example.org`, full_name: name, stripe_customer_id: `cus_${name}` }]) }) })),
  fc.tuple(place, word).map(([at, text]) => ({ codes: UNAPPROVED, make: async () => ({ planHash: await planOf(records.map((record, index) => (index === at ? { ...record, stripe_customer_id: `cus_${text}` } : record))) }) })),
  // The decisions.
  place.map((at) => ({ codes: UNAPPROVED, make: async () => ({ planHash: await planOf(records, { decisions: [{ email: records[at]?.email, as: 'skip' }] }) }) })),
  place.map((at) => ({ codes: ['plan_partial'], make: async () => ({ planHash: await planOf(records, { only: [records[at]?.email] }) }) })),
  // The settings.
  word.map((tag) => ({
    codes: ['plan_stale'],
    make: async () => {
      await sqlAsLogin('update migrations set cohort_tag = $1 where id = $2', [`${tag}-other`, migration.id]);
      return { planHash: approvedHash, undo: async () => sqlAsLogin('update migrations set cohort_tag = $1 where id = $2', [migration.tag, migration.id]) };
    },
  })),
  // The environment, and the migration.
  word.map((name) => ({
    codes: ['unauthenticated'],
    make: async () => {
      const token = await signAdminToken(new Uint8Array(32), { environmentId: `other-${name}`, sub: 'wendy', scopes: ['migration:write'], tokenId: randomUUID(), issuedAt: new Date(), ttlSeconds: 60 });
      return { planHash: approvedHash, attempt: async () => server.call('POST', way.path('execute'), { token, body: { plan_hash: approvedHash } }) };
    },
  })),
  fc.constant({
    codes: ['plan_not_found'],
    make: async () => {
      const other = await wayOf(server, await server.newMigration());
      return { planHash: approvedHash, attempt: async () => other.execute(approvedHash) };
    },
  }),
  // The temporary password: revoked, expired, or another one.
  fc.constantFrom('revoked_at = now()', `expires_at = now() - interval '1 second'`).map((change) => ({
    codes: ['credential_unavailable', 'test_run_required'],
    make: async () => {
      await sqlAsLogin(`update temp_credentials set ${change} where migration_id = $1`, [migration.id]);
      return { planHash: approvedHash, undo: async () => sqlAsLogin('update temp_credentials set revoked_at = null, expires_at = null where migration_id = $1', [migration.id]) };
    },
  })),
  fc.constant({
    codes: ['plan_stale', 'test_run_required'],
    make: async () => {
      const other = randomUUID();
      await sqlAsLogin('update temp_credentials set revoked_at = now() where migration_id = $1', [migration.id]);
      await sqlAsLogin(`insert into temp_credentials (id, migration_id, hmac, created_by) values ($1, $2, $3, 'test')`, [other, migration.id, hash('sha256', other)]);
      return {
        planHash: approvedHash,
        undo: async () => {
          await sqlAsLogin('delete from temp_credentials where id = $1', [other]);
          await sqlAsLogin('update temp_credentials set revoked_at = null where migration_id = $1', [migration.id]);
        },
      };
    },
  }),
  // The approval: run out, spent, or refused by somebody.
  fc.integer({ min: 1, max: 1_000_000 }).map((seconds) => ({
    codes: ['approval_required'],
    make: async () => {
      await sqlAsLogin(`update approvals set expires_at = expires_at - interval '72 hours' - make_interval(secs => $1) where plan_hash = $2`, [seconds, approvedHash]);
      return { planHash: approvedHash, undo: async () => sqlAsLogin(`update approvals set expires_at = expires_at + interval '72 hours' + make_interval(secs => $1) where plan_hash = $2`, [seconds, approvedHash]) };
    },
  })),
  fc.constant({
    codes: ['approval_required'],
    make: async () => {
      await sqlAsLogin(`update approvals set spent_at = now(), spent_because = 'rollback_begun' where plan_hash = $1`, [approvedHash]);
      return { planHash: approvedHash, undo: async () => sqlAsLogin('update approvals set spent_at = null, spent_because = null where plan_hash = $1', [approvedHash]) };
    },
  }),
  // Whoever approved executes with another token of theirs: then they have a hand in it, and nobody else approved.
  fc.shuffledSubarray(['migration:read', 'migration:write', 'migration:approve'] as const, { minLength: 1 }).map((scopes) => ({
    codes: ['approval_required', 'insufficient_scope'],
    make: async () => ({ planHash: approvedHash, attempt: async () => server.call('POST', way.path('execute'), { token: await server.token('abel', scopes), body: { plan_hash: approvedHash } }) }),
  })),
  // The flag.
  fc.constant({
    codes: ['feature_disabled'],
    make: async () => {
      await sqlAsLogin('update feature_flags set enabled = false where name = $1', [migration.flag]);
      return { planHash: approvedHash, undo: async () => sqlAsLogin('update feature_flags set enabled = true where name = $1', [migration.flag]) };
    },
  }),
);

describe('what was approved is what runs', () => {
  beforeAll(async () => {
    server = await startAdminServer({ engine: 'stopped' });
    approvedHash = await readyPlan();
  });
  afterAll(async () => server.close());

  it(`after each of ${String(CHANGES)} changes nothing runs (seed ${String(SEED)}); with all of them taken back it does`, { timeout: 1_200_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(changes, async ({ codes, make }) => {
        const { planHash, undo, attempt } = await make();
        await expectRefused(codes, attempt ?? (async () => way.execute(planHash)));
        await undo?.();
      }),
      { seed: SEED, numRuns: CHANGES, endOnFailure: true },
    );
    const reply = await way.execute(approvedHash);
    expect(reply.status, reply.text).toBe(202);
    expect(server.failures).toEqual([]);
  });

  it('a token of another environment opens nothing, though its key is the same', async () => {
    const secret = new Uint8Array(32);
    const token = await signAdminToken(secret, { environmentId: 'elsewhere', sub: 'wendy', scopes: ['migration:write'], tokenId: randomUUID(), issuedAt: new Date(), ttlSeconds: 60 });
    const read = async (environment: string): Promise<unknown> => createTokenReader({ kind: 'secret', secret }, environment, () => new Date())(`Bearer ${token}`);
    await expect(read('here')).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(await read('elsewhere')).toMatchObject({ sub: 'wendy' });
  });

  it('whoever uploaded, planned or tested approves nothing, whichever token they come with', async () => {
    migration = await server.newMigration();
    way = await wayOf(server, migration);
    const record = { email: `solo@${migration.id}.example.org`, full_name: `Solo ${migration.id}`, stripe_customer_id: `cus_${migration.id.replace('-', '')}S` };
    const asSub = async (sub: string): Promise<string> => server.token(sub, ['migration:read', 'migration:write', 'migration:approve']);
    const approveAs = async (sub: string, planHash: string): Promise<HttpReply> => server.call('POST', way.path('approvals'), { token: await asSub(sub), body: { plan_hash: planHash, decision: 'approve', comment: '' } });
    const ndjson = `{"email":"${record.email}","full_name":"${record.full_name}","stripe_customer_id":"${record.stripe_customer_id}"}\n`;
    const cohort = hash('sha256', ndjson);
    const uploaded = await server.call('PUT', way.path(`cohorts/${cohort}`), { token: await asSub('ursula'), raw: { type: 'application/x-ndjson', text: ndjson } });
    expect(uploaded.status, uploaded.text).toBe(201);
    const planned = await server.call('POST', way.path('dry-run'), { token: await asSub('pia'), body: { source_file: 'solo.csv', source_sha256: 'a'.repeat(64), cohort } });
    expect(planned.status, planned.text).toBe(200);
    const planHash = String(planned.body['plan_hash']);
    const tested = await server.call('POST', way.path('test-run'), { token: await asSub('tess'), body: { plan_hash: planHash, emails: [record.email] } });
    expect(tested.status, tested.text).toBe(200);
    for (const sub of ['ursula', 'pia', 'tess']) await expectRefused(['approver_not_eligible'], async () => approveAs(sub, planHash));
    expect((await approveAs('olga', planHash)).status).toBe(201);
  });
});

describe('an approval', () => {
  beforeAll(async () => {
    server = await startAdminServer({ engine: 'stopped' });
  });
  afterAll(async () => server.close());
  beforeEach(async () => {
    approvedHash = await readyPlan();
  });

  const queued = async (more: Record<string, unknown> = {}): Promise<string> => {
    const reply = await way.execute(approvedHash, more);
    expect(reply.status, reply.text).toBe(202);
    return String(reply.body['run_id']);
  };
  const ask = async (runId: string, what: 'pause' | 'resume' | 'stop', token = way.writer): Promise<HttpReply> => server.call('POST', `/admin/runs/${runId}/${what}`, { token, body: {} });
  const expire = async (): Promise<void> => sqlAsLogin(`update approvals set expires_at = now() - interval '1 second' where plan_hash = $1`, [approvedHash]);

  it('covers all stages, each judged at its start', async () => {
    const first = await queued({ stage: { percent: 5 } });
    while ((await runBatch(server.test.store, first))?.goesOn === true);
    const second = await queued({ stage: { percent: 25 } });
    while ((await runBatch(server.test.store, second))?.goesOn === true);
    await expire();
    await expectRefused(['approval_required'], async () => way.execute(approvedHash));
  });

  it('is spent when all is done, and a retry of what failed needs a new one', async () => {
    const runId = await queued();
    await sqlAsLogin(`insert into stripe_links (stripe_customer_id, user_id) select $1, id from users where full_name = $2`, [`cus_other${migration.id}`, `Person 3 of ${migration.id}`]);
    while ((await runBatch(server.test.store, runId))?.goesOn === true);
    const [approval] = await server.test.asLogin('select spent_because from approvals where plan_hash = $1', [approvedHash]);
    expect(approval).toEqual({ spent_because: 'all_done' });
    const again = await way.execute(approvedHash);
    expect([again.status, again.body['run_id']], 'a finished plan answers its run').toEqual([202, runId]);
  });

  it('is spent by a stop: the same plan runs again only when somebody consents again', async () => {
    const runId = await queued();
    expect((await ask(runId, 'stop')).status).toBe(202);
    await runBatch(server.test.store, runId);
    await expectRefused(['approval_required'], async () => way.execute(approvedHash));
    expect((await way.approve(approvedHash)).status).toBe(201);
    await queued();
  });

  it('that has run out while a run stood still keeps it standing', async () => {
    const runId = await queued();
    expect((await ask(runId, 'pause')).status).toBe(202);
    await runBatch(server.test.store, runId);
    await expire();
    await expectRefused(['approval_required'], async () => ask(runId, 'resume'));
    await way.approve(approvedHash);
    await expectRefused(['approval_required', 'insufficient_scope'], async () => ask(runId, 'resume', await server.token('abel', ['migration:write', 'migration:approve'])));
    expect((await ask(runId, 'resume')).status).toBe(202);
  });

  it('is closed by a reject, of whomever, for good', async () => {
    const reject = await server.call('POST', way.path('approvals'), { token: await server.token('rhea', ['migration:approve']), body: { plan_hash: approvedHash, decision: 'reject', comment: 'no' } });
    expect(reject.status).toBe(201);
    await expectRefused(['approval_required'], async () => way.execute(approvedHash));
    await expectRefused(['approval_closed'], async () => way.approve(approvedHash));
  });

  it('of a plan for another cohort binds the migration to that one, and the first plan runs no more', async () => {
    const other = await planOf(records.slice(0, 3));
    expect((await way.approve(other)).status).toBe(201);
    await expectRefused(['cohort_not_bound'], async () => way.execute(approvedHash));
    const listed = (await server.call('GET', '/admin/migrations', { token: way.reader })).text;
    expect(listed).not.toContain(`"bound_cohort":null,"id":"${migration.id}"`);
    expect((await way.approve(approvedHash)).status).toBe(201);
    await queued();
  });
});

describe('a policy that asks for more', () => {
  beforeAll(async () => {
    server = await startAdminServer({ engine: 'stopped', policy: { approvals_required: 2, approve_before_test_run: true } });
  });
  afterAll(async () => server.close());

  it('wants so many different people, before a test run too, and none of them twice', async () => {
    migration = await server.newMigration();
    way = await wayOf(server, migration);
    const email = `one@${migration.id}.example.org`;
    await migration.addUser({ email });
    const { planHash } = await way.plan([{ email, full_name: 'One', stripe_customer_id: 'cus_One' }]);
    const testRun = async (): Promise<HttpReply> => server.call('POST', way.path('test-run'), { token: way.writer, body: { plan_hash: planHash, emails: [email] } });
    const approveAs = async (sub: string): Promise<number> => (await server.call('POST', way.path('approvals'), { token: await server.token(sub, ['migration:approve']), body: { plan_hash: planHash, decision: 'approve', comment: '' } })).status;
    await expectRefused(['approval_required'], testRun);
    expect(await approveAs('abel')).toBe(201);
    expect(await approveAs('abel')).toBe(201);
    await expectRefused(['approval_required'], testRun);
    expect(await approveAs('berta')).toBe(201);
    await sqlAsLogin(`update approvals set expires_at = now() where plan_hash = $1 and decided_by = 'berta'`, [planHash]);
    await expectRefused(['approval_required'], testRun);
    expect(await approveAs('berta')).toBe(201);
    expect((await testRun()).status).toBe(200);
  });
});
