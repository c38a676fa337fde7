import { sql } from 'kysely';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startAdminServer, type AdminServer, type TestMigration } from '../../tests/support/admin-server.ts';
import { wayOf, type InlineRecord, type Way } from '../../tests/support/migration-way.ts';
import { isInStage, stageBucket } from '../../shared/core/stages.ts';
import { runBatch } from './batch.ts';
import { countRows, isKeyInStage } from './run-rows.ts';
import { sha256 } from './sha256.ts';

const PEOPLE = 30;
const SMALL = 5;
const SEED = 20_250_809;

let server: AdminServer;
let migration: TestMigration;
let way: Way;
let records: readonly InlineRecord[];
let planHash: string;

beforeAll(async () => {
  server = await startAdminServer({ engine: 'stopped', policy: { plan_stale_share: 0.5 } });
});
afterAll(async () => server.close());
beforeEach(async () => {
  migration = await server.newMigration();
  way = await wayOf(server, migration);
  records = Array.from({ length: PEOPLE }, (_, index) => ({
    email: `p${String(index)}@${migration.id}.example.org`,
    full_name: `Person ${String(index)} of ${migration.id}`,
    stripe_customer_id: `cus_${migration.id.replace('-', '')}P${String(index)}`,
  }));
  for (const record of records) await migration.addUser({ email: record.email, name: record.full_name });
  planHash = (await way.plan(records)).planHash;
  await way.tryOut(planHash, [emailOf(0)]);
  await way.approve(planHash);
});

const emailOf = (index: number): string => records[index]?.email ?? '';
const stateOf = async (runId: string): Promise<Record<string, unknown>> => (await server.call('GET', `/admin/runs/${runId}`, { token: way.reader })).body;
const ask = async (runId: string, what: string): ReturnType<AdminServer['call']> => server.call('POST', `/admin/runs/${runId}/${what}`, { token: way.writer, body: {} });
async function executed(more: Record<string, unknown> = {}): Promise<string> {
  const reply = await way.execute(planHash, more);
  expect(reply.status, reply.text).toBe(202);
  return String(reply.body['run_id']);
}
async function toRest(runId: string): Promise<Record<string, unknown>> {
  while ((await runBatch(server.test.store, runId, SMALL))?.goesOn === true);
  return stateOf(runId);
}
/** Lets the database refuse these addresses at the last moment, invisibly to the planner, until it is told otherwise. */
async function refusing(indexes: readonly number[]): Promise<() => Promise<unknown>> {
  const name = `refused_${migration.id.replace('-', '_')}`;
  await server.test.asLogin(`alter table snapshots add constraint ${name} check (key not in (${indexes.map((index) => `'${emailOf(index)}'`).join(', ')})) not valid`);
  return async () => server.test.asLogin(`alter table snapshots drop constraint ${name}`);
}

describe('a run that halted and was resumed', () => {
  it('halts again for new failures alone, not for those that were seen', async () => {
    await refusing([2, 3, 7, 17, 18, 19]);
    const runId = await executed({ failure_threshold: 0.06 });
    expect(await toRest(runId)).toMatchObject({ state: 'halted', rows_done: 5, counts: { failed: 2 } });
    expect((await ask(runId, 'resume')).status).toBe(202);
    expect(await toRest(runId)).toMatchObject({ state: 'halted', rows_done: 20, counts: { failed: 6 }, message: expect.stringContaining('4 of 30 rows have failed since it was resumed') });
    await ask(runId, 'resume');
    expect(await toRest(runId)).toMatchObject({ state: 'completed_with_failures', rows_done: 30, counts: { failed: 6 } });
  });

  it('counts failures from before a mere pause, which nobody was asked to look at', async () => {
    await refusing([2, 7]);
    const runId = await executed({ failure_threshold: 0.05 });
    await runBatch(server.test.store, runId, SMALL);
    await ask(runId, 'pause');
    await toRest(runId);
    await ask(runId, 'resume');
    expect(await toRest(runId)).toMatchObject({ state: 'halted', rows_done: 10, counts: { failed: 2 } });
  });
});

describe('a run of few rows', () => {
  it('halts as a long one does, and not only when all is done', async () => {
    await refusing([2, 20]);
    const runId = await executed({ failure_threshold: 0 });
    while ((await runBatch(server.test.store, runId))?.goesOn === true);
    expect(await stateOf(runId)).toMatchObject({ state: 'halted', rows_done: 10, counts: { failed: 1 } });
  });
});

describe('the rate that is shown', () => {
  it('knows no time in which the run stood still, and promises none while it does', async () => {
    const runId = await executed();
    await runBatch(server.test.store, runId, SMALL);
    await ask(runId, 'pause');
    const paused = await toRest(runId);
    expect(paused).toMatchObject({ state: 'paused', seconds_left: null });
    // An hour goes by.
    await server.test.asLogin(`update runs set started_at = started_at - interval '1 hour', created_at = created_at - interval '1 hour' where id = $1`, [runId]);
    expect((await stateOf(runId))['rows_per_second']).toBe(paused['rows_per_second']);
    await ask(runId, 'resume');
    await runBatch(server.test.store, runId, SMALL);
    const again = await stateOf(runId);
    expect(again['state']).toBe('running');
    expect(Number(again['seconds_left'])).toBeLessThan(600);
  });

  it('is never more than was allowed', async () => {
    const runId = await executed({ rows_per_second: 3 });
    await runBatch(server.test.store, runId);
    expect(await stateOf(runId)).toMatchObject({ rows_done: 3, rows_per_second: expect.toSatisfy((rate) => Number(rate) <= 3) });
  });
});

describe('a retry of the failed rows', () => {
  it('takes just those, behind every gate again, and leaves the answer of the plan as it was', async () => {
    const release = await refusing([4, 11, 25]);
    const first = await executed({ failure_threshold: 1 });
    expect(await toRest(first)).toMatchObject({ state: 'completed_with_failures', counts: { failed: 3 } });
    expect((await way.execute(planHash, { retry_failed: true })).body['code']).toBe('approval_required');
    await way.approve(planHash);
    const second = await executed({ retry_failed: true, failure_threshold: 1 });
    expect(second).not.toBe(first);
    expect(await toRest(second)).toMatchObject({ state: 'completed_with_failures', rows_total: 3, rows_done: 3, counts: { failed: 3, applied: 0 } });
    await release();
    await way.approve(planHash);
    const third = await executed({ retry_failed: true });
    expect(await toRest(third)).toMatchObject({ state: 'completed', rows_total: 3, counts: { applied: 3 } });
    expect((await way.items(third)).map((item) => item['email'])).toEqual([4, 11, 25].map(emailOf));
    expect((await way.execute(planHash)).body['run_id']).toBe(first);
    expect((await way.execute(planHash, { retry_failed: true })).body['run_id']).toBe(third);
  });

  it('of one stage takes the failed ones of that stage alone', async () => {
    await refusing(records.map((_, index) => index).slice(1));
    const first = await executed({ failure_threshold: 1 });
    await toRest(first);
    await way.approve(planHash);
    const retry = await executed({ retry_failed: true, stage: { percent: 50 }, failure_threshold: 1 });
    await toRest(retry);
    const inStage = records.slice(1).filter(({ email }) => isInStage(stageBucket(sha256, migration.id, email), 50));
    expect((await way.items(retry)).map((item) => item['email'])).toEqual(inStage.map(({ email }) => email));
  });

  it('of the stage that was executed leaves the approval to the stages that are to come', async () => {
    const release = await refusing(records.map((_, index) => index).slice(1));
    const first = await executed({ stage: { percent: 40 }, failure_threshold: 1 });
    expect(Number((await toRest(first))['rows_total'])).toBeGreaterThan(0);
    await release();
    for (const more of [{ retry_failed: true }, { retry_failed: true, stage: { percent: 100 } }]) {
      const retry = await executed(more);
      expect(await toRest(retry)).toMatchObject({ state: 'completed', stage_percent: 40 });
    }
    const whole = await executed();
    expect(await toRest(whole)).toMatchObject({ state: 'completed', rows_total: PEOPLE });
  });

  it('of a plan of which nothing was executed is refused', async () => {
    expect((await way.execute(planHash, { retry_failed: true })).body['code']).toBe('nothing_to_retry');
  });
});

describe('a stage picked by the database', () => {
  it(`is the one that the pure rule picks (seed ${String(SEED)})`, async () => {
    const keys = fc.uniqueArray(fc.stringMatching(/^[!-~]{1,40}$/), { minLength: 1, maxLength: 60 });
    const percents = fc.oneof(fc.constantFrom(5, 25, 50, 99.999, 100), fc.double({ min: 0.000_1, max: 100, noNaN: true }));
    await fc.assert(
      fc.asyncProperty(keys, percents, fc.stringMatching(/^[a-z0-9-]{1,20}$/), async (emails, percent, id) => {
        const found = await server.test.store.inReadTx(async (tx) =>
          sql<{ key: string }>`select key from jsonb_array_elements_text(${JSON.stringify(emails)}::text::jsonb) as k (key)
            where ${isKeyInStage(id, sql`k.key`, percent)}`.execute(tx),
        );
        expect(new Set(found.rows.map(({ key }) => key))).toEqual(new Set(emails.filter((email) => isInStage(stageBucket(sha256, id, email), percent))));
      }),
      { seed: SEED, numRuns: 40 },
    );
  });

  it('has the bucket of every key to the last bit', async () => {
    const emails = Array.from({ length: 40 }, (_, index) => `person${String(index)}@example.org`);
    for (const email of emails) {
      const bucket = stageBucket(sha256, migration.id, email);
      const rows = await server.test.store.inReadTx(async (tx) =>
        sql<{ at: boolean; above: boolean }>`select ${isKeyInStage(migration.id, sql`${email}::text`, bucket)} as at, ${isKeyInStage(migration.id, sql`${email}::text`, bucket + 1e-7)} as above`.execute(tx),
      );
      expect(rows.rows).toEqual([{ at: false, above: true }]);
    }
  });

  it('counts as many rows as it takes', async () => {
    const rows = { id: null, migrationId: migration.id, planHash, onlyKeys: null, stagePercent: 40, retryFailed: false };
    const count = await server.test.store.inReadTx(async (tx) => countRows(tx, rows));
    expect(count).toBe(records.filter(({ email }) => isInStage(stageBucket(sha256, migration.id, email), 40)).length);
    const runId = await executed({ stage: { percent: 40 } });
    expect(await toRest(runId)).toMatchObject({ state: 'completed', rows_total: count, rows_done: count });
  });
});

it('logs no failure of its own for any of this', () => {
  expect(server.failures).toEqual([]);
});
