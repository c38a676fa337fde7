import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dryRunBodySchema } from '../../shared/contract/admin/plans.ts';
import type { PlanRow } from '../../shared/core/plan-row.ts';
import { summarizePlan } from '../../shared/core/plan-summary.ts';
import { type TestOperator, checkedSource, openTestOperator, refusal, refusalCode, temporaryHome } from '../operator.testing.ts';
import { type StubAdminApi, startStubAdminApi } from '../stub-admin-api.testing.ts';

const planHash = 'a'.repeat(64);
const cohort = 'c'.repeat(64);
const migration = 'm1';
const ofPlan = { migration, plan_hash: planHash };
const COUNT = 3_000;

const records = Array.from({ length: COUNT }, (_, index) => ({ email: `person${index + 1}@example.com`, full_name: `Person ${index + 1}`, stripe_customer_id: `cus_${index + 1}` }));
const rows: readonly PlanRow[] = records.map(({ email }, index) => {
  const isNameOnly = index % 10 === 0;
  return { row: index + 1, email, email_match: isNameOnly ? 'NO_EMAIL_MATCH' : 'MATCH_EMAIL', match: isNameOnly ? 'MATCH_NAME_UNIQUE' : 'MATCH_EMAIL', action: index === 1 ? 'SKIP' : 'UPDATE_EXISTING', user_id: null, changes: [], warnings: [], precondition: {} };
});

let stub: StubAdminApi;
let home: ReturnType<typeof temporaryHome>;
let opened: TestOperator;
/** Holds the pages after the first until it is let go. */
let gate: Promise<void>;
let letGo: () => void;

beforeEach(async () => {
  gate = new Promise((resolve) => (letGo = resolve));
  stub = await startStubAdminApi({
    putCohort: () => ({ cohort, records: COUNT }),
    dryRun: () => ({ run_id: 'plan-run', plan_hash: planHash, cohort, summary: summarizePlan(rows), rows: rows.slice(0, 1_000), next_cursor: '1000' }),
    listPlanRows: async ({ query }) => {
      await gate;
      const after = Number(query.get('after') ?? 0);
      return { items: rows.slice(after, after + 1_000), next_cursor: after + 1_000 < COUNT ? String(after + 1_000) : null };
    },
  });
  home = temporaryHome();
  opened = await openTestOperator(home.home);
  opened.operator.parts.sources.add(checkedSource('source-1', records, cohort));
  await opened.client.call('environments.add', { name: 'staging', url: stub.url, token: 'token' });
});
afterEach(async () => {
  letGo();
  await opened.operator.close();
  await stub.close();
  home.remove();
});

async function planned(): Promise<void> {
  await opened.client.call('plans.dryRun', { migration, source_id: 'source-1' });
}

const list = (query: object) => opened.client.call('plans.listRows', { ...ofPlan, offset: 0, limit: 5, ...query });

describe('the rows of a new plan', () => {
  it('are shown from the first on while the others still come; what needs all of them waits', async () => {
    await planned();
    expect(await opened.client.call('plans.getProgress', ofPlan)).toMatchObject({ rows_total: COUNT, state: 'coming' });
    const first = await list({});
    expect([first.total, first.items.map(({ full_name }) => full_name)]).toEqual([COUNT, ['Person 1', 'Person 2', 'Person 3', 'Person 4', 'Person 5']]);
    const far = list({ offset: 2_998 });
    const found = list({ q: 'person 2999', sort: 'name', descending: true });
    letGo();
    expect((await far).items.map(({ row, full_name }) => [row, full_name])).toEqual([[2_999, 'Person 2999'], [3_000, 'Person 3000']]);
    expect(await found).toMatchObject({ total: 1, items: [{ row: 2_999 }] });
    expect(await opened.client.call('plans.getProgress', ofPlan)).toEqual({ rows_here: COUNT, rows_total: COUNT, state: 'complete', problem: null });
  });

  it('are asked for once, however many look at them', async () => {
    await planned();
    letGo();
    await Promise.all([list({ sort: 'email' }), list({ match: 'MATCH_NAME_UNIQUE' }), list({ offset: 2_000 }), opened.client.call('plans.getProgress', ofPlan)]);
    expect(stub.callsOf('listPlanRows').map(({ query }) => query.get('after'))).toEqual(['1000', '2000']);
  });

  it('go on where the connection was lost, and it is said meanwhile how far they have come', async () => {
    await planned();
    letGo();
    const { listPlanRows } = stub.answers;
    let isCut = true;
    stub.answers = { ...stub.answers, listPlanRows: (request) => (isCut && request.query.get('after') === '2000' ? 'cut' : (listPlanRows?.(request) ?? 'cut')) };
    expect(await refusalCode(list({ sort: 'name' }))).toBe('no_answer');
    isCut = false;
    expect((await list({ sort: 'name', descending: true })).total).toBe(COUNT);
    expect(stub.callsOf('listPlanRows').map(({ query }) => query.get('after'))).toEqual(['1000', '2000', '2000']);
  });
});

describe('decisions for the next plan', () => {
  it('are made by selection, held here, and sent with the next plan in the place of what this one says', async () => {
    letGo();
    await opened.client.call('plans.dryRun', { migration, source_id: 'source-1', decisions: [{ email: 'person2@example.com', as: 'skip' }] });
    const decided = await opened.client.call('plans.decide', { ...ofPlan, selection: { filter: { match: 'MATCH_NAME_UNIQUE' }, except: [1] }, as: 'create' });
    expect(decided).toEqual({ chosen: 299, decided: 299, pending: { skip: 0, create: 299, undecided: 0 } });
    await opened.client.call('plans.decide', { ...ofPlan, selection: { rows: [2] }, as: 'undecided' });
    await opened.client.call('plans.decide', { ...ofPlan, selection: { rows: [4, 11] }, as: 'skip' });
    expect(await opened.client.call('plans.countPending', ofPlan)).toEqual({ skip: 2, create: 298, undecided: 1 });
    expect((await list({ pending: true })).items.map(({ row, next }) => [row, next])).toEqual([[2, 'undecided'], [4, 'skip'], [11, 'skip'], [21, 'create'], [31, 'create']]);
    await opened.client.call('plans.dryRun', { migration, source_id: 'source-1', decisions_of: planHash });
    const sent = dryRunBodySchema.parse(stub.callsOf('dryRun')[1]?.body).decisions ?? [];
    expect([sent.length, sent.find(({ email }) => email === 'person2@example.com'), sent.find(({ email }) => email === 'person11@example.com'), sent.find(({ email }) => email === 'person21@example.com')]).toEqual([
      300,
      undefined,
      { email: 'person11@example.com', as: 'skip' },
      { email: 'person21@example.com', as: 'create' },
    ]);
  });

  it('are refused in words when they are more than one plan takes, before anything is sent', async () => {
    const decisions = Array.from({ length: 250_001 }, (_, index) => ({ email: `p${index}@example.com`, as: 'skip' as const }));
    const refused = await refusal(opened.client.call('plans.dryRun', { migration, source_id: 'source-1', decisions }));
    expect([refused.code, refused.title, stub.callsOf('dryRun').length]).toEqual(['too_many_decisions', 'A plan takes at most 250,000 decisions', 0]);
  });
});
