import { hash, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Endpoint } from '../../shared/contract/admin/endpoint.ts';
import { endpoints } from '../../shared/contract/admin/endpoints.ts';
import { problemsOf } from '../../shared/contract/admin/problems-of.ts';
import { startAdminServer, TEMPORARY_PASSWORD, type AdminServer, type HttpReply } from '../support/admin-server.ts';
import { customersHash } from '../support/customers-hash.ts';
import { wayOf, type InlineRecord, type Way } from '../support/migration-way.ts';
import { addPeopleOutside, type PeopleOutside } from '../support/people-outside.ts';
import { proofSize } from '../support/proof-size.ts';
import { previewRollback, rollBack } from '../support/roll-back.ts';
import { routerRoutes, type RouterRoute } from '../support/router-routes.ts';

/**
 * Nobody outside the cohort is reached by any writing call. The calls are taken from the router itself: one that nobody
 * has told this proof how to attack fails it.
 */
const PEOPLE = proofSize({ short: 5000, full: 100_000 });
const FUZZED = proofSize({ short: 2, full: 100 });
const SEED = 20251126;

let server: AdminServer;
let outside: PeopleOutside;
let way: Way;
/** Another migration's way: its plan, run, test run, event and rollback are real ones, only not of the migration asked. */
let other: { readonly way: Way; readonly planHash: string; readonly cohort: string; readonly runId: string; readonly testRunId: string; readonly rollbackHash: string };
let own: { readonly records: readonly InlineRecord[]; readonly planHash: string; readonly testRunId: string; readonly validationKey: string; readonly endedRunId: string };
let everyScope: string;

const peopleOf = (id: string): InlineRecord[] => ['ann', 'bob', 'cat'].map((name) => ({ email: `${name}@${id}.example.org`, full_name: `${name} of ${id}`, stripe_customer_id: `cus_${id.replaceAll('-', '')}${name}` }));

async function tried(id: string, addUser: (user: { email: string; name: string }) => Promise<string>, on: Way): Promise<{ records: InlineRecord[]; planHash: string; cohort: string; testRunId: string; validationKey: string; dryRunId: string }> {
  const records = peopleOf(id);
  for (const { email, full_name: name } of records) await addUser({ email, name });
  const { planHash, cohort, runId: dryRunId } = await on.plan(records);
  const { runId: testRunId, keys } = await on.tryOut(planHash, [records[0]?.email ?? '']);
  expect((await on.approve(planHash)).status).toBe(201);
  return { records, planHash, cohort, testRunId, validationKey: Object.values(keys)[0] ?? '', dryRunId };
}

beforeAll(async () => {
  server = await startAdminServer();
  const elsewhere = await server.newMigration();
  outside = await addPeopleOutside(server.test, PEOPLE, elsewhere.id);
  const otherWay = await wayOf(server, elsewhere);
  const second = await tried(elsewhere.id, elsewhere.addUser, otherWay);
  const executed = await otherWay.execute(second.planHash);
  if (executed.status !== 202) throw new Error(executed.text);
  await otherWay.settled(String(executed.body['run_id']));
  const { rollback_hash: rollbackHash } = await previewRollback(server, otherWay, { all: true });
  other = { way: otherWay, planHash: second.planHash, cohort: second.cohort, runId: String(executed.body['run_id']), testRunId: second.testRunId, rollbackHash };
  const migration = await server.newMigration();
  way = await wayOf(server, migration);
  const first = await tried(migration.id, migration.addUser, way);
  own = { ...first, endedRunId: first.dryRunId };
  everyScope = await server.token('mallory', ['migration:read', 'migration:write', 'migration:approve']);
});
afterAll(async () => server.close());

/** What one attack answers, by its code; or what it says where a call by contract lists what it did nothing with. */
type Attack = { readonly what: string; readonly expected: readonly string[]; readonly send: () => Promise<HttpReply> };
type Fuzz = { readonly hash: string; readonly uuid: string; readonly text: string; readonly email: string };

const fuzz: fc.Arbitrary<Fuzz> = fc.record({
  hash: fc.string({ unit: fc.constantFrom(...Array.from('0123456789abcdef')), minLength: 64, maxLength: 64 }),
  uuid: fc.uuid(),
  text: fc.string({ unit: fc.constantFrom(...Array.from('abcdefghijklmnopqrstuvwxyz0123456789-_')), minLength: 16, maxLength: 60 }),
  email: fc.string({ unit: fc.constantFrom(...Array.from('abcdefghijklmnopqrstuvwxyz0123456789')), minLength: 1, maxLength: 20 }).map((name) => `${name}@fuzzed.example.org`),
});

const post = async (path: string, body: unknown, token = everyScope): Promise<HttpReply> => server.call('POST', path, { token, body });
const ownPath = (rest: string): string => way.path(rest);

/** Sign-in also stops answering an account that was tried too often. */
const notOpened = ['invalid_credentials', 'too_many_attempts'];

/** Ways to name somebody or something outside, call by call. */
const attacks: Readonly<Record<string, (random: Fuzz) => readonly Attack[]>> = {
  'POST /auth/login': ({ email, text }) => [
    ...[outside.plain, outside.armedElsewhere, email].map((address) => ({ what: `another password for ${address}`, expected: notOpened, send: async () => post('/auth/login', { email: address, password: text }) })),
    ...[outside.plain, email].map((address) => ({ what: `the temporary password for ${address}`, expected: notOpened, send: async () => post('/auth/login', { email: address, password: TEMPORARY_PASSWORD }) })),
    { what: 'the key of a test user for somebody else', expected: notOpened, send: async () => post('/auth/login', { email: outside.plain, password: TEMPORARY_PASSWORD, validation_key: own.validationKey }) },
    { what: 'any key', expected: notOpened, send: async () => post('/auth/login', { email: outside.plain, password: TEMPORARY_PASSWORD, validation_key: text }) },
  ],
  'POST /auth/confirm': ({ text }) => [{ what: 'a token that was never sent', expected: notOpened, send: async () => post('/auth/confirm', { token: text }) }],
  'POST /auth/password': ({ text }) => [
    { what: 'a session that never was', expected: ['password_reset_not_open'], send: async () => post('/auth/password', { new_password: `${text} and more` }, text) },
    { what: 'a full session of somebody outside', expected: ['password_reset_not_open'], send: async () => post('/auth/password', { new_password: `${text} and more` }, 'outside7') },
    { what: "an operator's token", expected: ['password_reset_not_open'], send: async () => post('/auth/password', { new_password: `${text} and more` }) },
  ],
  'POST /auth/logout': ({ text }) => [
    { what: 'a session that never was', expected: ['nothing ended'], send: async () => server.call('POST', '/auth/logout', { token: text }) },
    { what: "an operator's token", expected: ['nothing ended'], send: async () => server.call('POST', '/auth/logout', { token: everyScope }) },
  ],
  'PUT /admin/migration/:id/cohorts/:sha256': (random) => {
    const line = `{"email":"${outside.plain}","full_name":"X","stripe_customer_id":"cus_X"}\n`;
    const put = async (path: string): Promise<HttpReply> => server.call('PUT', path, { token: everyScope, raw: { type: 'application/x-ndjson', text: line } });
    return [
      { what: 'under a hash that is not its own', expected: ['cohort_hash_mismatch'], send: async () => put(ownPath(`cohorts/${random.hash}`)) },
      { what: 'for a migration that is none', expected: ['unknown_migration'], send: async () => put(`/admin/migration/${random.text}/cohorts/${hash('sha256', line)}`) },
    ];
  },
  'POST /admin/migration/:id/dry-run': (random) => {
    const body = { source_file: 'x.csv', source_sha256: random.hash };
    return [
      ...unknownMigration(random, 'dry-run', { ...body, cohort: other.cohort }),
      { what: 'a cohort that was never uploaded', expected: ['unknown_cohort'], send: async () => post(ownPath('dry-run'), { ...body, cohort: random.hash }) },
      { what: 'only somebody outside the records', expected: ['invalid_request'], send: async () => post(ownPath('dry-run'), { ...body, records: own.records, only: [outside.plain] }) },
      { what: 'a decision on somebody outside the records', expected: ['invalid_request'], send: async () => post(ownPath('dry-run'), { ...body, records: own.records, decisions: [{ email: outside.armedElsewhere, as: 'create' }] }) },
    ];
  },
  'POST /admin/migration/:id/test-run': (random) => [
    ...unknownMigration(random, 'test-run', { plan_hash: own.planHash, emails: [outside.plain] }),
    ...foreignPlans(random, (plan_hash) => post(ownPath('test-run'), { plan_hash, emails: [outside.plain] })),
    ...[outside.plain, outside.armedElsewhere, random.email].map((address) => ({ what: `as a test row ${address}`, expected: ['test_selection'], send: async () => post(ownPath('test-run'), { plan_hash: own.planHash, emails: [address], acknowledged: [address] }) })),
  ],
  'POST /admin/migration/:id/test-run/:run_id/rearm': (random) => [
    ...unknownMigration(random, `test-run/${own.testRunId}/rearm`, {}),
    ...[other.testRunId, own.endedRunId, random.uuid, random.text].map((id) => ({ what: `the run ${id}`, expected: ['unknown_test_run'], send: async () => post(ownPath(`test-run/${id}/rearm`), {}) })),
  ],
  'POST /admin/migration/:id/approvals': (random) => [
    ...unknownMigration(random, 'approvals', { plan_hash: own.planHash, decision: 'approve', comment: '' }),
    ...foreignPlans(random, (plan_hash) => post(ownPath('approvals'), { plan_hash, decision: 'approve', comment: '' })),
    { what: "another migration's rollback", expected: ['plan_not_found'], send: async () => post(ownPath('approvals'), { plan_hash: other.rollbackHash, decision: 'approve', comment: '' }) },
  ],
  'POST /admin/migration/:id/execute': (random) => [
    ...unknownMigration(random, 'execute', { plan_hash: own.planHash }),
    ...foreignPlans(random, (plan_hash) => post(ownPath('execute'), { plan_hash, acknowledged: [outside.plain] })),
  ],
  'POST /admin/runs/:run_id/pause': (random) => runCalls(random, 'pause'),
  'POST /admin/runs/:run_id/resume': (random) => runCalls(random, 'resume'),
  'POST /admin/runs/:run_id/stop': (random) => runCalls(random, 'stop'),
  'POST /admin/migration/:id/verify': (random) => [
    ...unknownMigration(random, 'verify', { run_id: other.runId }),
    ...[other.runId, random.uuid, random.text].map((id) => ({ what: `the run ${id}`, expected: ['unknown_run'], send: async () => post(ownPath('verify'), { run_id: id }) })),
  ],
  'POST /admin/migration/:id/rollback': (random) => [
    ...unknownMigration(random, 'rollback', { all: true, preview: true }),
    ...[other.rollbackHash, own.planHash, random.hash].flatMap((rollback_hash) =>
      [{ all: true }, { emails: [outside.plain, outside.armedElsewhere] }].map((whom) => ({ what: `the hash ${rollback_hash} for ${JSON.stringify(whom)}`, expected: ['rollback_changed', 'invalid_request'], send: async () => post(ownPath('rollback'), { ...whom, preview: false, rollback_hash }) })),
    ),
    { what: 'a preview of people outside', expected: ['invalid_request'], send: async () => post(ownPath('rollback'), { emails: [outside.plain, outside.armedElsewhere, random.email], preview: true }) },
  ],
  'POST /admin/migration/:id/dead-letters/replay': (random) => [
    ...unknownMigration(random, 'dead-letters/replay', { all: true }),
    { what: 'events that are not its own', expected: ['nothing replayed'], send: async () => post(ownPath('dead-letters/replay'), { event_ids: [random.uuid, random.text] }) },
  ],
  'POST /admin/signers': ({ text }) => [{ what: "somebody else's key without proof", expected: ['invalid_request', 'signer_proof_invalid'], send: async () => post('/admin/signers', { public_key: 'ssh-ed25519 AAAA', sub: text, proof: text }) }],
  'POST /admin/signers/:fingerprint/revoke': ({ text }) => [{ what: 'a key that was never registered', expected: ['unknown_signer'], send: async () => post(`/admin/signers/SHA256:${text}/revoke`, {}) }],
  'POST /admin/journal-heads': (random) => [
    {
      what: 'another hash at a known position of a journal',
      expected: ['journal_forked'],
      send: async () => {
        const head = { journal_id: random.uuid, seq: 1 };
        await post('/admin/journal-heads', { ...head, hash: random.hash });
        return post('/admin/journal-heads', { ...head, hash: hash('sha256', random.hash) });
      },
    },
  ],
};

function unknownMigration({ text }: Fuzz, rest: string, body: unknown): readonly Attack[] {
  return [text, 'm-0', 'M-1', '%00'].map((id) => ({ what: `for the migration ${id}`, expected: ['unknown_migration', 'invalid_request'], send: async () => post(`/admin/migration/${id}/${rest}`, body) }));
}

function foreignPlans(random: Fuzz, send: (planHash: string) => Promise<HttpReply>): readonly Attack[] {
  return [other.planHash, random.hash].map((planHash) => ({ what: `the plan ${planHash}`, expected: ['plan_not_found'], send: async () => send(planHash) }));
}

function runCalls(random: Fuzz, verb: string): readonly Attack[] {
  const at = async (id: string): Promise<HttpReply> => post(`/admin/runs/${id}/${verb}`, {});
  return [
    ...[random.uuid, random.text].map((id) => ({ what: `the run ${id}`, expected: ['unknown_run'], send: async () => at(id) })),
    ...[own.endedRunId, other.runId].map((id) => ({ what: `the ended run ${id}`, expected: ['run_state_conflict'], send: async () => at(id) })),
  ];
}

const isWrite = ({ method }: RouterRoute): boolean => !['GET', 'HEAD', 'OPTIONS'].includes(method);
const nameOf = ({ method, url }: RouterRoute): string => `${method} ${url}`;
const untold = (routes: readonly RouterRoute[]): readonly string[] => routes.filter(isWrite).map(nameOf).filter((name) => !Object.hasOwn(attacks, name));
const declared = new Map<string, Endpoint>(Object.values<Endpoint>(endpoints).map((endpoint) => [`${endpoint.method} ${endpoint.path.replaceAll(/\{([a-z0-9_]+)\}/g, ':$1')}`, endpoint]));

/** What an answer refuses with; a call that by contract lists what it left alone says so, and then has done nothing. */
function refusalOf({ status, body }: HttpReply): string {
  if (status >= 400 && status < 500) return String(body['code']);
  if (status === 204) return 'nothing ended';
  if (status === 200 && body['replayed'] === 0) return 'nothing replayed';
  return `${String(status)} ${JSON.stringify(body)}`;
}

describe(`nobody outside the cohort, of ${String(PEOPLE)} people (seed ${String(SEED)})`, () => {
  it('can be named by a writing call that this proof does not know', () => {
    const routes = routerRoutes(server.app);
    expect(untold(routes)).toEqual([]);
    expect(Object.keys(attacks).toSorted(), 'nor does it know one that is gone').toEqual(routes.filter(isWrite).map(nameOf).toSorted());
    expect(untold([...routes, { method: 'DELETE', url: '/admin/migration/:id' }]), 'and it would tell').toEqual(['DELETE /admin/migration/:id']);
  });

  it.each(Object.keys(attacks))('is written by %s', { timeout: 1_200_000 }, async (route) => {
    const before = await customersHash(server.test);
    const endpoint = declared.get(route);
    const codes = new Set<string>(endpoint === undefined ? [] : problemsOf(endpoint));
    await fc.assert(
      fc.asyncProperty(fuzz, async (random) => {
        for (const { what, expected, send } of attacks[route]?.(random) ?? []) {
          const reply = await send();
          const refusal = refusalOf(reply);
          expect(expected, `${what}: ${reply.text}`).toContain(refusal);
          if (reply.status >= 400) expect(codes, `${refusal} is documented`).toContain(refusal);
        }
      }),
      { seed: SEED, numRuns: FUZZED, endOnFailure: true },
    );
    expect(await customersHash(server.test)).toBe(before);
    expect(server.failures).toEqual([]);
  });

  it('is changed while the cohort is: executed, completed, verified and put back', { timeout: 600_000 }, async () => {
    const before = await outside.checksum();
    const everybody = await customersHash(server.test);
    const foreign = await way.execute(own.planHash, { acknowledged: [outside.plain] });
    expect([foreign.status, foreign.body['code']], foreign.text).toEqual([422, 'invalid_request']);
    const reply = await way.execute(own.planHash);
    expect(reply.status, reply.text).toBe(202);
    const runId = String(reply.body['run_id']);
    expect((await way.settled(runId))['state']).toBe('completed');
    expect(await customersHash(server.test), 'the run has written').not.toBe(everybody);
    const login = await server.call('POST', '/auth/login', { body: { email: own.records[2]?.email, password: TEMPORARY_PASSWORD } });
    expect((await server.call('POST', '/auth/password', { token: String(login.body['session_token']), body: { new_password: `of their own ${randomUUID()}` } })).status).toBe(200);
    expect((await post(ownPath('verify'), { run_id: runId })).status).toBe(200);
    const { items } = await rollBack(server, way, { all: true });
    expect(Object.keys(items).toSorted()).toEqual(own.records.map(({ email }) => email).toSorted());
    expect(await outside.checksum()).toBe(before);
  });

  it('could be touched without the checksum telling', async () => {
    const before = await outside.checksum();
    await server.test.asLogin(`update users set full_name = full_name || ' ' where id = (select user_id from user_emails where email = $1)`, [outside.plain]);
    expect(await outside.checksum()).not.toBe(before);
  });
});
