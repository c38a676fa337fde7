import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Run } from '../../shared/contract/admin/runs.ts';
import type { TestMember } from '../../shared/contract/admin/test-run.ts';
import type { PlanRow } from '../../shared/core/plan-row.ts';
import { summarizePlan } from '../../shared/core/plan-summary.ts';
import type { RunItem } from '../../shared/core/run-item.ts';
import type { OperatorOptions } from '../operator.ts';
import { type TestOperator, checkedSource, openTestOperator, refusalCode, temporaryHome } from '../operator.testing.ts';
import { type StubAdminApi, startStubAdminApi } from '../stub-admin-api.testing.ts';

const cohort = 'c'.repeat(64);
const planHash = 'a'.repeat(64);
const at = '2026-01-01T00:00:00Z';
const migration = 'm1';

const records = Array.from({ length: 12 }, (_, index) => ({ email: `person${index + 1}@example.com`, full_name: `Person ${String.fromCharCode(65 + index)}`, stripe_customer_id: `cus_${index + 1}` }));
const rows: PlanRow[] = records.map(({ email }, index) => ({
  row: index + 1,
  email,
  email_match: index < 4 ? 'MATCH_EMAIL' : 'NO_EMAIL_MATCH',
  match: index < 4 ? 'MATCH_EMAIL' : index < 7 ? 'MATCH_NAME_UNIQUE' : 'NO_NAME_MATCH',
  action: index < 7 ? 'UPDATE_EXISTING' : 'CREATE_NEW',
  user_id: index < 7 ? `u${index}` : null,
  changes: [],
  warnings: index === 5 ? ['other_address'] : [],
  precondition: {},
}));
const items: RunItem[] = rows.map(({ row, email }) => ({ seq: row, row, email, user_id: null, before: null, after: null, at, ...(row === 3 ? { outcome: 'failed' as const, code: 'write_conflict', message: 'Somebody else was writing.', field: null } : { outcome: 'applied' as const }) }));
const run: Run = {
  run_id: 'run-1', migration, kind: 'execution', state: 'running', plan_hash: planHash, cohort, source_file: 'people.csv', requested_by: 'olga', stage_percent: null,
  counts: { applied: 0, no_change: 0, skipped: 0, drifted: 0, failed: 0, reverted: 0, kept_changed_since: 0, nothing_to_revert: 0 },
  rows_total: 12, rows_done: 0, rows_per_second: null, seconds_left: null, message: null, preceding_dry_run: null, created_at: at, started_at: at, ended_at: null,
};
const member: TestMember = { email: 'person1@example.com', kind: 'email_match', prepared: true, signed_in: true, held_at_reset: true, password_set: true, event_recorded: true, restored: false, seen_at: {}, kept_changed_since: false };
const testRun = { run_id: 'test-1', plan_hash: planHash, members: [member], passed: true, restored: false, passed_at: at, valid_until: '2030-01-01T00:00:00Z' };

let stub: StubAdminApi;
let home: ReturnType<typeof temporaryHome>;
const open: TestOperator[] = [];
/** How many items the server has so far. */
let done = 0;

beforeEach(async () => {
  done = 0;
  stub = await startStubAdminApi({
    dryRun: () => ({ run_id: 'plan-run', plan_hash: planHash, cohort, summary: summarizePlan(rows), rows: rows.slice(0, 5), next_cursor: '5' }),
    listPlanRows: ({ query }) => {
      const after = Number(query.get('after') ?? 0);
      const page = rows.slice(after, after + 5);
      return { items: page, next_cursor: after + 5 < rows.length ? String(after + 5) : null };
    },
    getRun: () => ({ ...run, rows_done: done, state: done === 12 ? 'completed_with_failures' : 'running' }),
    listRunItems: ({ query }) => ({ items: items.slice(Number(query.get('after') ?? 0), done), next_cursor: done === 12 ? null : String(done), state: done === 12 ? 'completed_with_failures' : 'running' }),
    listRuns: () => ({ items: [run], next_cursor: null }),
    execute: () => ({ run_id: 'run-1' }),
    startTestRun: () => ({ run_id: 'test-1', items: [], validation_keys: { 'person1@example.com': 'validation-key-of-one' } }),
    getTestRun: () => testRun,
    rearmTestRun: () => ({ ...testRun, restored: true }),
  });
  home = temporaryHome();
});
afterEach(async () => {
  for (const { operator } of open.splice(0)) await operator.close();
  await stub.close();
  home.remove();
});

async function operatorHere(options: Partial<OperatorOptions> = {}): Promise<TestOperator> {
  const opened = await openTestOperator(home.home, options);
  open.push(opened);
  opened.operator.parts.sources.add(checkedSource('source-1', records, cohort));
  if (opened.operator.parts.environments.list().length === 0) await opened.client.call('environments.add', { name: 'staging', url: stub.url, token: 'token' });
  return opened;
}

const ofPlan = { migration, plan_hash: planHash };

describe('a dry run', () => {
  it('sends the records of the file, and shows the rows in windows with their names', async () => {
    const { client } = await operatorHere();
    const plan = await client.call('plans.dryRun', { migration, source_id: 'source-1' });
    expect(plan).toMatchObject({ plan_hash: planHash, cohort, source_file: 'people.csv', environment: 'staging', only: null });
    expect(stub.callsOf('dryRun')[0]?.body).toEqual({ source_file: 'people.csv', source_sha256: 'f'.repeat(64), records });
    const page = await client.call('plans.listRows', { ...ofPlan, offset: 3, limit: 4 });
    expect(page.total).toBe(12);
    expect(page.items.map(({ row, full_name }) => [row, full_name])).toEqual([[4, 'Person D'], [5, 'Person E'], [6, 'Person F'], [7, 'Person G']]);
  });

  it('filters, searches and sorts rows', async () => {
    const { client } = await operatorHere();
    await client.call('plans.dryRun', { migration, source_id: 'source-1' });
    const list = async (query: object) => (await client.call('plans.listRows', { ...ofPlan, offset: 0, limit: 100, ...query })).items.map(({ row }) => row);
    expect(await list({ match: 'MATCH_NAME_UNIQUE' })).toEqual([5, 6, 7]);
    expect(await list({ action: 'CREATE_NEW', descending: true })).toEqual([12, 11, 10, 9, 8]);
    expect(await list({ warning: 'other_address' })).toEqual([6]);
    expect(await list({ q: 'PERSON C' })).toEqual([3]);
    expect(await list({ q: 'person1@' })).toEqual([1]);
    expect(await list({ q: '%' })).toEqual([]);
    expect((await list({ sort: 'email' })).slice(0, 4)).toEqual([10, 11, 12, 1]);
  });

  it('is shown as it was after a restart, names included', async () => {
    const first = await operatorHere();
    const plan = await first.client.call('plans.dryRun', { migration, source_id: 'source-1', decisions: [{ email: 'person6@example.com', as: 'skip' }] });
    await first.operator.close();
    open.length = 0;
    const second = await operatorHere();
    expect(await second.client.call('plans.get', ofPlan)).toEqual(plan);
    expect((await second.client.call('plans.listRows', { ...ofPlan, offset: 0, limit: 1 })).items[0]?.full_name).toBe('Person A');
  });

  it('can be made again after a restart, with other decisions, without the file', async () => {
    const first = await operatorHere();
    await first.client.call('plans.dryRun', { migration, source_id: 'source-1' });
    await first.operator.close();
    open.length = 0;
    const second = await openTestOperator(home.home);
    open.push(second);
    await second.client.call('plans.dryRun', { migration, source_id: 'source-1', decisions: [{ email: 'person6@example.com', as: 'skip' }] });
    expect(stub.callsOf('dryRun')[1]?.body).toEqual({ source_file: 'people.csv', source_sha256: 'f'.repeat(64), records, decisions: [{ email: 'person6@example.com', as: 'skip' }] });
    expect(await refusalCode(second.client.call('plans.dryRun', { migration, source_id: 'source-2' }))).toBe('unknown_source');
  });

  it('uploads a large cohort by its hash, and then names it', async () => {
    const many = Array.from({ length: 1_001 }, (_, index) => ({ email: `p${index}@example.com`, full_name: `P ${index}`, stripe_customer_id: `cus_${index}` }));
    stub.answers = { ...stub.answers, putCohort: () => ({ cohort, records: many.length }) };
    const { client, operator } = await operatorHere();
    operator.parts.sources.add(checkedSource('large', many, cohort));
    await client.call('plans.dryRun', { migration, source_id: 'large' });
    const uploaded = stub.callsOf('putCohort')[0];
    expect(uploaded?.params).toEqual({ id: migration, sha256: cohort });
    expect(String(uploaded?.body).split('\n')).toHaveLength(1_002);
    expect(stub.callsOf('dryRun')[0]?.body).toEqual({ source_file: 'people.csv', source_sha256: 'f'.repeat(64), cohort });
  });

  it('goes no further when the server reads another cohort', async () => {
    stub.answers = { ...stub.answers, dryRun: () => ({ run_id: 'r', plan_hash: planHash, cohort: 'd'.repeat(64), summary: summarizePlan(rows), rows: [], next_cursor: null }) };
    const { client } = await operatorHere();
    expect(await refusalCode(client.call('plans.dryRun', { migration, source_id: 'source-1' }))).toBe('cohort_differs');
  });
});

describe('acknowledging name-only rows by their number', () => {
  it.each([0, 2, 4])('refuses %i where the plan has 3, and names the rows', async (stated) => {
    const { client } = await operatorHere();
    await client.call('plans.dryRun', { migration, source_id: 'source-1' });
    await expect(client.call('runs.execute', { ...ofPlan, acknowledge_name_matches: stated })).rejects.toMatchObject({ problem: { code: 'acknowledgement_required', rows: [{ row: 5 }, { row: 6 }, { row: 7 }] } });
    expect(stub.callsOf('execute')).toHaveLength(0);
  });

  it('covers exactly those rows when the number is right, in the whole plan or among the test rows', async () => {
    const { client } = await operatorHere();
    await client.call('plans.dryRun', { migration, source_id: 'source-1' });
    await client.call('runs.execute', { ...ofPlan, acknowledge_name_matches: 3, stage_percent: 5 });
    expect(stub.callsOf('execute')[0]?.body).toEqual({ plan_hash: planHash, stage: { percent: 5 }, acknowledged: ['person5@example.com', 'person6@example.com', 'person7@example.com'] });
    await client.call('testRuns.start', { ...ofPlan, acknowledge_name_matches: 1 });
    expect(stub.callsOf('startTestRun')[0]?.body).toEqual({ plan_hash: planHash, emails: ['person1@example.com', 'person5@example.com', 'person8@example.com'], acknowledged: ['person5@example.com'] });
  });
});

describe('following a run', () => {
  it('brings each item into the journal once, however often it is asked', async () => {
    const { client, operator } = await operatorHere();
    done = 5;
    expect(await client.call('runs.get', { run_id: 'run-1' })).toMatchObject({ mirrored_items: 5, from_mirror: false });
    await client.call('runs.get', { run_id: 'run-1' });
    done = 12;
    await Promise.all([client.call('runs.get', { run_id: 'run-1' }), client.call('runs.watch', { run_id: 'run-1', known_items: 5 })]);
    expect([...operator.parts.mirror.items('run-1')]).toEqual(items);
    expect(await client.call('runs.listItems', { run_id: 'run-1', offset: 0, limit: 10, outcome: 'failed' })).toEqual({ items: [items[2]], total: 1 });
    expect(await client.call('runs.failuresByReason', { run_id: 'run-1' })).toEqual({ items: [{ outcome: 'failed', code: 'write_conflict', message: 'Somebody else was writing.', count: 1 }] });
    expect(operator.parts.journal.verify('full').damage).toBeNull();
  });

  it('has every item of a run that is said to have ended, though a page of before was still on its way', async () => {
    const { client } = await operatorHere();
    const [askedForPage, pageLeaves, stateSeen] = [Promise.withResolvers<void>(), Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const { listRunItems, getRun } = stub.answers;
    if (listRunItems === undefined || getRun === undefined) throw new Error('the stub has no run');
    done = 5;
    stub.answers.listRunItems = async (entry) => {
      const page = await listRunItems(entry);
      askedForPage.resolve();
      await pageLeaves.promise;
      return page;
    };
    const before = client.call('runs.get', { run_id: 'run-1' });
    await askedForPage.promise;
    done = 12;
    stub.answers.getRun = async (entry) => {
      stateSeen.resolve();
      return getRun(entry);
    };
    const ended = client.call('runs.get', { run_id: 'run-1' });
    await stateSeen.promise;
    await client.call('runs.list', { migration });
    pageLeaves.resolve();
    await before;
    expect(await ended).toMatchObject({ run: { state: 'completed_with_failures' }, mirrored_items: 12 });
  });

  it('goes on after a restart where it had stopped', async () => {
    const first = await operatorHere();
    done = 5;
    await first.client.call('runs.get', { run_id: 'run-1' });
    await first.operator.close();
    open.length = 0;
    done = 12;
    const second = await operatorHere();
    await second.client.call('runs.get', { run_id: 'run-1' });
    expect([...second.operator.parts.mirror.items('run-1')]).toEqual(items);
    expect(stub.callsOf('listRunItems').map(({ query }) => query.get('after'))).toEqual([null, '5']);
  });

  it('brings each item once also when two operators follow the run on one journal', async () => {
    const [one, other] = [await operatorHere(), await operatorHere()];
    done = 12;
    const whole = { items, next_cursor: null, state: 'completed_with_failures' as const };
    let arrived = 0;
    let letGo = (): void => undefined;
    const bothArrived = new Promise<void>((resolve) => (letGo = resolve));
    stub.answers = {
      ...stub.answers,
      listRunItems: async () => {
        arrived += 1;
        if (arrived === 2) letGo();
        await bothArrived;
        return whole;
      },
    };
    await Promise.all([one, other].map(({ client }) => client.call('runs.get', { run_id: 'run-1' })));
    expect([...one.operator.parts.mirror.items('run-1')]).toEqual(items);
  });

  it('refuses items with one missing, and keeps none of them', async () => {
    const { client, operator } = await operatorHere();
    stub.answers = { ...stub.answers, listRunItems: () => ({ items: items.slice(1), next_cursor: null, state: 'running' }) };
    expect(await refusalCode(client.call('runs.get', { run_id: 'run-1' }))).toBe('items_gap');
    expect([...operator.parts.mirror.items('run-1')]).toEqual([]);
  });

  it('anchors the journal with every batch that was mirrored', async () => {
    const { client, operator } = await operatorHere();
    done = 5;
    await client.call('runs.get', { run_id: 'run-1' });
    const batch = operator.parts.journal.last('items.mirrored', 'run-1');
    expect(stub.callsOf('postJournalHead').map(({ body }) => body)).toContainEqual(expect.objectContaining({ seq: batch?.seq, hash: batch?.hash, run_id: 'run-1' }));
  });

  it('shows the run as last seen when the server is away', async () => {
    const { client } = await operatorHere();
    done = 12;
    await client.call('runs.get', { run_id: 'run-1' });
    await stub.close();
    expect(await client.call('runs.get', { run_id: 'run-1' })).toMatchObject({ from_mirror: true, mirrored_items: 12, run: { state: 'completed_with_failures' } });
    expect(await client.call('runs.list', {})).toMatchObject({ offline: true, items: [{ run: { run_id: 'run-1' } }] });
    expect((await client.call('runs.listItems', { run_id: 'run-1', offset: 0, limit: 100 })).total).toBe(12);
    stub = await startStubAdminApi({});
  });
});

describe('validation of a test run', () => {
  /** Customers' sign-in as the server has it, for one test user. */
  function customers(): void {
    stub.answers = {
      ...stub.answers,
      login: () => ({ session_token: 'restricted', password_reset_required: true }),
      me: ({ token }) => (token === 'full' ? { user_id: 'u1', email: 'person1@example.com', full_name: 'Person A' } : { refuse: 'password_reset_required', status: 403 }),
      setPassword: () => ({ session_token: 'full' }),
    };
  }

  it('signs in over the network, is held, sets a password, is let in, and puts the person back', async () => {
    customers();
    const { client } = await operatorHere();
    await client.call('plans.dryRun', { migration, source_id: 'source-1' });
    await client.call('testRuns.start', { ...ofPlan, acknowledge_name_matches: 1 });
    const status = await client.call('testRuns.validate', { migration, run_id: 'test-1', temporary_password: 'canary-temporary' });
    expect(status).toMatchObject({ running: false, steps: [{ email: 'person1@example.com', step: 'done' }] });
    expect(stub.seen.map(({ call }) => call).filter((call) => ['login', 'me', 'setPassword', 'rearmTestRun'].includes(call))).toEqual(['login', 'me', 'setPassword', 'me', 'rearmTestRun']);
    expect(stub.callsOf('login')[0]?.body).toEqual({ email: 'person1@example.com', password: 'canary-temporary', validation_key: 'validation-key-of-one' });
    expect(stub.callsOf('rearmTestRun')[0]?.key).toMatch(/^[A-Za-z0-9_-]{16,}$/);
  });

  it('puts everyone back also when something failed, and says what', async () => {
    customers();
    stub.answers = { ...stub.answers, me: () => ({ user_id: 'u1', email: 'person1@example.com', full_name: 'Person A' }) };
    const { client } = await operatorHere();
    await client.call('plans.dryRun', { migration, source_id: 'source-1' });
    await client.call('testRuns.start', { ...ofPlan, acknowledge_name_matches: 1 });
    const status = await client.call('testRuns.validate', { migration, run_id: 'test-1', temporary_password: 'canary-temporary' });
    expect(status.steps).toEqual([{ email: 'person1@example.com', step: 'failed', detail: 'The account could be reached before a new password was set.' }]);
    expect(stub.callsOf('setPassword')).toHaveLength(0);
    expect(stub.callsOf('rearmTestRun')).toHaveLength(1);
  });

  it('goes on after a restart with the keys that the same call gives again', async () => {
    customers();
    const first = await operatorHere();
    await first.client.call('plans.dryRun', { migration, source_id: 'source-1' });
    await first.client.call('testRuns.start', { ...ofPlan, acknowledge_name_matches: 1 });
    await first.operator.close();
    open.length = 0;
    const second = await operatorHere({ env: { DRYDOCK_TEMP_PASSWORD: 'canary-temporary' } });
    await second.client.call('testRuns.validate', { migration, run_id: 'test-1' });
    const [one, other] = stub.callsOf('startTestRun');
    expect(other).toMatchObject({ key: one?.key, body: one?.body });
    expect(stub.callsOf('login')[0]?.body).toMatchObject({ validation_key: 'validation-key-of-one', password: 'canary-temporary' });
  });

  it('leaves neither passwords nor keys in any file', async () => {
    customers();
    const { client, operator } = await operatorHere();
    await client.call('plans.dryRun', { migration, source_id: 'source-1' });
    await client.call('testRuns.start', { ...ofPlan, acknowledge_name_matches: 1 });
    await client.call('testRuns.validate', { migration, run_id: 'test-1', temporary_password: 'canary-temporary' });
    const set = stub.callsOf('setPassword')[0]?.body as { new_password: string };
    expect(set.new_password.length).toBeGreaterThanOrEqual(12);
    await operator.close();
    open.length = 0;
    for (const name of readdirSync(home.home)) {
      const bytes = readFileSync(join(home.home, name));
      for (const secret of ['canary-temporary', set.new_password, 'validation-key-of-one', 'restricted']) expect(bytes.includes(secret), `${secret} in ${name}`).toBe(false);
    }
  });

  it('asks for the temporary password where nobody gave it', async () => {
    const { client } = await operatorHere();
    expect(await refusalCode(client.call('testRuns.validate', { migration, run_id: 'test-1' }))).toBe('temporary_password_needed');
  });
});

describe('the way', () => {
  it('stands where it stood after a restart', async () => {
    const approval = { approval_id: 'a', plan_hash: planHash, sub: 'anna', decision: 'approve' as const, comment: '', decided_at: at, expires_at: at, state: 'valid' as const };
    const testRunRun = { ...run, run_id: 'test-1', kind: 'test_run' as const, state: 'completed' as const };
    stub.answers = {
      ...stub.answers,
      listRuns: () => ({ items: [testRunRun], next_cursor: null }),
      getTestRun: () => ({ ...testRun, restored: true }),
      listApprovals: () => ({ items: [approval], next_cursor: null }),
    };
    const first = await operatorHere();
    await first.client.call('plans.dryRun', { migration, source_id: 'source-1' });
    const before = await first.client.call('way.get', { migration });
    expect(before.gates.map(({ name, state }) => [name, state])).toEqual([['load', 'passed'], ['check', 'passed'], ['dry_run', 'passed'], ['test_run', 'passed'], ['approval', 'passed'], ['execution', 'open']]);
    await first.operator.close();
    open.length = 0;
    const second = await operatorHere();
    expect(await second.client.call('way.get', { migration })).toEqual(before);
  });

  it('begins with the file where nothing was done', async () => {
    const { client } = await operatorHere();
    const way = await client.call('way.get', { migration });
    expect(way.gates.map(({ state }) => state)).toEqual(['open', 'closed', 'closed', 'closed', 'closed', 'closed']);
  });

  it('drops a plan that the environment does not know any more', async () => {
    const { client } = await operatorHere();
    await client.call('plans.dryRun', { migration, source_id: 'source-1' });
    stub.answers = { ...stub.answers, getRun: () => ({ refuse: 'unknown_run', status: 404 }) };
    expect((await client.call('way.get', { migration })).plan).toBeNull();
  });
});

describe('the journal as the window sees it', () => {
  it('sends and anchors nothing from a journal that was begun where the server knows another, in this launch or before', async () => {
    await (await operatorHere()).operator.close();
    const { client, operator } = await operatorHere();
    const anchored = { journal_id: operator.parts.journal.journalId, sub: 'olga', seq: 9, hash: 'e'.repeat(64), anchored_at: at };
    stub.answers = { ...stub.answers, listJournalHeads: () => ({ items: [anchored], next_cursor: null }) };
    expect(await refusalCode(client.call('plans.dryRun', { migration, source_id: 'source-1' }))).toBe('journal_forked');
    expect([...stub.callsOf('postJournalHead'), ...stub.callsOf('dryRun')]).toEqual([]);
  });

  it('agrees with the heads that the server keeps, and says when they are of another journal', async () => {
    const { client, operator } = await operatorHere();
    await client.call('plans.dryRun', { migration, source_id: 'source-1' });
    const heads = () => stub.callsOf('postJournalHead').map(({ body }) => ({ ...(body as { journal_id: string; seq: number; hash: string }), sub: 'olga', anchored_at: at }));
    stub.answers = { ...stub.answers, listJournalHeads: () => ({ items: heads(), next_cursor: null }) };
    expect(await client.call('journal.verify', {})).toMatchObject({ state: 'verified', anchor: 'agrees', open_intents: 0 });
    stub.answers = { ...stub.answers, listJournalHeads: () => ({ items: [{ ...heads()[0], journal_id: operator.parts.journal.journalId, seq: 2, hash: 'e'.repeat(64), sub: 'olga', anchored_at: at }], next_cursor: null }) };
    expect(await client.call('journal.verify', {})).toMatchObject({ state: 'damaged', anchor: 'disagrees' });
    const list = await client.call('journal.list', { offset: 0, limit: 5 });
    expect(list.items[0]).toMatchObject({ kind: 'outcome', title: 'dry run: done' });
  });
});
