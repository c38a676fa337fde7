import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startAdminServer, type AdminServer, type TestMigration } from '../../tests/support/admin-server.ts';
import { wayOf, type InlineRecord, type Way } from '../../tests/support/migration-way.ts';
import { runBatch } from './batch.ts';
import { createEngine } from './engine.ts';

const PEOPLE = 40;

let server: AdminServer;
let migration: TestMigration;
let way: Way;
let records: readonly InlineRecord[];

describe('the engine', () => {
  beforeAll(async () => {
    server = await startAdminServer({
      engine: 'stopped',
      policy: { plan_stale_share: 0.5 },
    });
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
  });

  /** A plan that has passed every gate. */
  async function approved(): Promise<string> {
    const { planHash } = await way.plan(records);
    await way.tryOut(planHash, [records[0]?.email ?? '']);
    await way.approve(planHash);
    return planHash;
  }

  async function queued(more: Record<string, unknown> = {}): Promise<{ runId: string; planHash: string }> {
    const planHash = await approved();
    const reply = await way.execute(planHash, more);
    expect(reply.status, reply.text).toBe(202);
    return { runId: String(reply.body['run_id']), planHash };
  }

  /** Small, so that a run has several. */
  const SMALL = 10;
  const oneBatch = async (runId: string): ReturnType<typeof runBatch> => runBatch(server.test.store, runId, SMALL);
  async function runToRest(runId: string): Promise<void> {
    while ((await oneBatch(runId))?.goesOn === true);
  }
  const stateOf = async (runId: string): Promise<Record<string, unknown>> => (await server.call('GET', `/admin/runs/${runId}`, { token: way.reader })).body;
  const ask = async (runId: string, what: string): ReturnType<AdminServer['call']> => server.call('POST', `/admin/runs/${runId}/${what}`, { token: way.writer, body: {} });
  const outcomes = async (runId: string): Promise<unknown[]> => (await way.items(runId)).map((item) => item['outcome']);
  const setFlag = async (isOn: boolean): Promise<unknown> => server.test.asLogin('update feature_flags set enabled = $2 where name = $1', [migration.flag, isOn]);

  describe('a run', () => {
    it('settles every row once, in order, batch by batch', async () => {
      const { runId } = await queued();
      const sizes: number[] = [];
      for (let end = await oneBatch(runId); ; end = await oneBatch(runId)) {
        sizes.push(end?.settled ?? 0);
        if (end?.goesOn !== true) break;
      }
      expect(sizes).toEqual([10, 10, 10, 10]);
      expect((await way.items(runId)).map((item) => item['seq'])).toEqual(records.map((_, index) => index + 1));
      expect(await stateOf(runId)).toMatchObject({ state: 'completed', counts: { applied: PEOPLE - 1, no_change: 1 } });
    });

    it('takes no more rows a batch than its rate allows in a second, and no second batch before that second is over', async () => {
      const { runId } = await queued({ rows_per_second: 4.5 });
      expect(await runBatch(server.test.store, runId)).toMatchObject({ settled: 4, goesOn: true });
      const tooEarly = await runBatch(server.test.store, runId);
      expect(tooEarly).toMatchObject({ settled: 0, goesOn: true });
      expect(tooEarly?.waitMs).toBeGreaterThan(0);
      await server.test.asLogin(`update run_items set recorded_at = recorded_at - interval '1 second' where run_id = $1`, [runId]);
      expect(await runBatch(server.test.store, runId)).toMatchObject({ settled: 4 });
    });

    it('does nothing twice when its batches are taken by two at once, and again after the end', async () => {
      const { runId } = await queued();
      await Promise.all([runToRest(runId), runToRest(runId)]);
      await runToRest(runId);
      expect((await way.items(runId)).map((item) => item['row'])).toEqual(records.map((_, index) => index + 1));
      const [armed] = await server.test.asLogin('select count(*)::int as count from members where migration_id = $1', [migration.id]);
      expect(armed).toEqual({ count: PEOPLE });
    });

    it('leaves nothing of a batch whose transaction did not commit, and another process does it', async () => {
      const { runId } = await queued();
      await oneBatch(runId);
      const store = server.test.store;
      const killed = { ...store, inRunnerTx: async <T>(id: string, work: Parameters<typeof store.inRunnerTx<T>>[1]): Promise<T> =>
        store.inRunnerTx(id, async (tx) => {
          await work(tx);
          throw new Error('killed before the commit');
        }) };
      await expect(runBatch(killed, runId, SMALL)).rejects.toThrow('killed before the commit');
      expect((await way.items(runId)).length).toBe(10);
      await runToRest(runId);
      expect((await way.items(runId)).map((item) => item['seq'])).toEqual(records.map((_, index) => index + 1));
    });

    it('that a killed process left is taken up by the next one that starts', async () => {
      const { runId } = await queued();
      await server.test.asLogin('delete from pgboss.job');
      const engine = createEngine({ store: server.test.store, logFailure: ({ error }) => void server.failures.push(error), onSweep: [] });
      await engine.start();
      try {
        expect(await way.settled(runId)).toMatchObject({ state: 'completed' });
      } finally {
        await engine.stop();
      }
    });

    it('reports what customers have changed since the plan, and overwrites none of it', async () => {
      const { runId } = await queued();
      const changed = records.slice(10, 14);
      for (const record of changed) {
        await server.test.asLogin('insert into stripe_links (stripe_customer_id, user_id) select $1, user_id from user_emails where email = $2', [`${record.stripe_customer_id}own`, record.email]);
      }
      await runToRest(runId);
      const items = await way.items(runId);
      const drifted = items.filter((item) => item['outcome'] === 'drifted');
      expect(drifted.map((item) => item['email'])).toEqual(changed.map(({ email }) => email));
      for (const [index, item] of drifted.entries()) {
        expect(item).toMatchObject({ planned: { stripe_customer_id: null }, now: { stripe_customer_id: `${changed[index]?.stripe_customer_id ?? ''}own` } });
      }
      const links = await server.test.asLogin('select stripe_customer_id from stripe_links where stripe_customer_id = any ($1)', [changed.map((record) => record.stripe_customer_id)]);
      expect(links).toEqual([]);
      expect(await stateOf(runId)).toMatchObject({ state: 'completed', counts: { drifted: 4, failed: 0 } });
    });

    it('shows who only reads no other address on what has drifted, however the row was planned', async () => {
      const few = records.slice(0, 5);
      const fresh = ['new', 'newer'].map((name) => ({ email: `${name}@${migration.id}.example.org`, full_name: `${name} of ${migration.id}`, stripe_customer_id: `cus_${migration.id.replace('-', '')}${name}` }));
      const { planHash } = await way.plan([...few, ...fresh]);
      await way.tryOut(planHash, [few[0]?.email ?? '', fresh[0]?.email ?? '']);
      await way.approve(planHash);
      // Somebody of the same name signs up, and somebody else has another address than the one that found her.
      const hidden = [`private@${migration.id}.example.org`, `moved@${migration.id}.example.org`];
      await migration.addUser({ email: hidden[0] ?? '', name: fresh[1]?.full_name ?? '' });
      await server.test.asLogin('update user_emails set email = $2 where email = $1', [few[1]?.email, hidden[1]]);
      const runId = String((await way.execute(planHash)).body['run_id']);
      await runToRest(runId);
      const { preceding_dry_run: dryRun } = await stateOf(runId);
      for (const run of [runId, String(dryRun)]) {
        const shownTo = async (token: string): Promise<string> => (await server.call('GET', `/admin/runs/${run}/items?limit=1000`, { token })).text;
        for (const email of hidden) {
          for (const reviewer of [way.writer, way.approver]) expect(await shownTo(reviewer)).toContain(email);
          expect(await shownTo(way.reader)).not.toContain(email);
        }
        expect(await shownTo(way.reader)).toContain('"outcome":"drifted"');
      }
    });

    it('writes what was approved to its end, though a server is started with another cohort tag meanwhile', async () => {
      const { runId } = await queued();
      await oneBatch(runId);
      await server.test.asLogin('update migrations set cohort_tag = $2 where id = $1', [migration.id, 'another-tag']);
      await runToRest(runId);
      expect(await stateOf(runId)).toMatchObject({ state: 'completed', counts: { drifted: 0, failed: 0 } });
      const tags = await server.test.asLogin('select distinct u.migration_cohort from users u join members m on m.user_id = u.id where m.migration_id = $1', [migration.id]);
      expect(tags).toEqual([{ migration_cohort: migration.tag }]);
    });

    it('pauses after its batch, goes on where it was, and stops for good', async () => {
      const { runId } = await queued();
      await oneBatch(runId);
      expect((await ask(runId, 'pause')).body['state']).toBe('pausing');
      await runToRest(runId);
      expect(await stateOf(runId)).toMatchObject({ state: 'paused', rows_done: 10 });
      expect((await ask(runId, 'pause')).status).toBe(202);
      expect((await ask(runId, 'resume')).body['state']).toBe('queued');
      await oneBatch(runId);
      expect((await ask(runId, 'stop')).body['state']).toBe('stopping');
      await runToRest(runId);
      expect(await stateOf(runId)).toMatchObject({ state: 'stopped', rows_done: 20 });
      const refused = await ask(runId, 'resume');
      expect([refused.status, refused.body['code']]).toEqual([409, 'run_state_conflict']);
      expect((await ask(runId, 'pause')).body['code']).toBe('run_state_conflict');
    });

    it('goes on only under what it began with: approved, in the cohort that is bound, with the same temporary password', async () => {
      const { runId, planHash } = await queued();
      await oneBatch(runId);
      await ask(runId, 'pause');
      await runToRest(runId);
      const refusedAfter = async (change: string, undo: string): Promise<unknown> => {
        await server.test.asLogin(change);
        const { code } = (await ask(runId, 'resume')).body;
        await server.test.asLogin(undo);
        return code;
      };
      const decided = `update approvals set expires_at = now() + interval`;
      expect(await refusedAfter(`${decided} '-1 second' where plan_hash = '${planHash}'`, `${decided} '1 hour' where plan_hash = '${planHash}'`)).toBe('approval_required');
      const revoked = (at: string): string => `update temp_credentials set revoked_at = ${at} where migration_id = '${migration.id}'`;
      expect(await refusedAfter(revoked('now()'), revoked('null'))).toBe('credential_unavailable');
      const bound = (to: string): string => `update migrations set bound_cohort = '${to}' where id = '${migration.id}'`;
      expect(await refusedAfter(bound('c'.repeat(64)), bound(String((await stateOf(runId))['cohort'])))).toBe('cohort_not_bound');
      expect(await stateOf(runId)).toMatchObject({ state: 'paused', rows_done: 10 });
      expect((await ask(runId, 'resume')).status).toBe(202);
      await runToRest(runId);
      expect(await stateOf(runId)).toMatchObject({ state: 'completed', rows_done: PEOPLE });
    });

    it('that is not over keeps an approval from binding the migration to another cohort', async () => {
      const { runId } = await queued();
      await oneBatch(runId);
      await ask(runId, 'pause');
      await runToRest(runId);
      const other = await way.plan(records.slice(0, 3));
      const refused = await way.approve(other.planHash);
      expect([refused.status, refused.body]).toMatchObject([409, { code: 'run_in_progress', run_id: runId }]);
      expect(await server.test.asLogin('select id from approvals where plan_hash = $1', [other.planHash])).toEqual([]);
      await ask(runId, 'resume');
      await runToRest(runId);
      expect(await stateOf(runId)).toMatchObject({ state: 'completed' });
      expect((await way.approve(other.planHash)).status).toBe(201);
    });

    it('pauses before its next batch when the flag is off, and resumes only when it is on', async () => {
      const { runId } = await queued();
      await oneBatch(runId);
      await setFlag(false);
      await runToRest(runId);
      expect(await stateOf(runId)).toMatchObject({ state: 'paused', rows_done: 10 });
      expect((await ask(runId, 'resume')).body['code']).toBe('feature_disabled');
      expect((await ask(runId, 'pause')).status).toBe(202);
      await setFlag(true);
      await ask(runId, 'resume');
      await runToRest(runId);
      expect(await stateOf(runId)).toMatchObject({ state: 'completed', rows_done: PEOPLE });
    });

    it('fails the row that the database refuses and no other, and halts past its threshold', async () => {
      const { runId } = await queued({ failure_threshold: 0.02 });
      // Three addresses that a constraint refuses at the last moment, invisible to the planner.
      const refused = [3, 4, 7].map((index) => records[index]?.email ?? '');
      await server.test.asLogin(`alter table snapshots add constraint refused_${migration.id.replace('-', '_')} check (key not in (${refused.map((email) => `'${email}'`).join(', ')})) not valid`);
      await oneBatch(runId);
      const items = await way.items(runId);
      expect(items.filter((item) => item['outcome'] === 'failed').map((item) => item['email'])).toEqual(refused);
      expect(items.length).toBe(10);
      expect(await stateOf(runId)).toMatchObject({ state: 'halted', counts: { failed: 3, applied: 6, no_change: 1 } });
      expect(JSON.stringify(items)).not.toContain('constraint "');
      const written = await server.test.asLogin('select key from members where migration_id = $1 and key = any ($2)', [migration.id, refused]);
      expect(written).toEqual([]);
    });

    it('takes a stage of the cohort, and a larger stage takes that one in', async () => {
      const planHash = await approved();
      const first = await way.execute(planHash, { stage: { percent: 30 } });
      await runToRest(String(first.body['run_id']));
      const some = await outcomes(String(first.body['run_id']));
      expect(some.length).toBeGreaterThan(0);
      expect(some.length).toBeLessThan(PEOPLE);
      expect((await way.execute(planHash, { stage: { percent: 10 } })).body['run_id']).toBe(first.body['run_id']);
      const whole = await way.execute(planHash);
      await runToRest(String(whole.body['run_id']));
      const all = await outcomes(String(whole.body['run_id']));
      expect(all.length).toBe(PEOPLE);
      expect(all.filter((outcome) => outcome === 'no_change').length).toBeGreaterThanOrEqual(some.length);
      expect(all).not.toContain('drifted');
    });
  });

  describe('the guard in the database', () => {
    it('refuses a run to write anybody who is not a row of its plan, even in bare SQL', async () => {
      const { runId } = await queued();
      const outsider = await migration.addUser({ email: `outside@${migration.id}.example.org` });
      const attempt = server.test.store.inRunnerTx(runId, async (tx) => sql`update users set must_reset_password = true where id = ${outsider}::uuid`.execute(tx));
      await expect(attempt).rejects.toMatchObject({ code: 'DD002' });
      const arming = server.test.store.inPlannerTx(async (tx) => sql`update users set must_reset_password = true`.execute(tx));
      await expect(arming).rejects.toThrow(/permission denied/);
    });

  });

  it('logs no failure of its own for any of this', () => {
    expect(server.failures).toEqual([]);
  });
});
