import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startAdminServer, type AdminServer, type HttpReply, type TestMigration } from '../../tests/support/admin-server.ts';
import { wayOf, type InlineRecord, type Way } from '../../tests/support/migration-way.ts';
import { previewRollback, startRollback } from '../../tests/support/roll-back.ts';

const all = { all: true } as const;

let server: AdminServer;
let migration: TestMigration;
let way: Way;
let records: readonly InlineRecord[];
let planHash: string;

beforeAll(async () => {
  server = await startAdminServer({ policy: { rollback_approval_above: 2 } });
});
afterAll(async () => server.close());

/** Three people, created by a test run that has passed: one more than may be put back without an approval. */
beforeEach(async () => {
  migration = await server.newMigration();
  way = await wayOf(server, migration);
  records = ['ann', 'bob', 'cat'].map((name) => ({ email: `${name}@${migration.id}.example.org`, full_name: `${name} ${migration.id}`, stripe_customer_id: `cus_${migration.id.replaceAll('-', '')}${name}` }));
  for (const { email, full_name: name } of records) await migration.addUser({ email, name });
  planHash = (await way.plan(records)).planHash;
  await way.tryOut(planHash, [records[0]?.email ?? '']);
  await way.approve(planHash);
  const reply = await way.execute(planHash);
  await way.settled(String(reply.body['run_id']));
});

async function approve(hash: string, sub: string, decision = 'approve', key?: string): Promise<HttpReply> {
  const token = await server.token(sub, ['migration:approve', 'migration:write']);
  return server.call('POST', way.path('approvals'), { token, ...(key === undefined ? {} : { key }), body: { plan_hash: hash, decision, comment: 'put them back' } });
}

describe('a rollback of more people than policy lets anybody put back alone', () => {
  it('needs an approval of exactly its hash, by somebody who has not asked for it, with the flag on or off', async () => {
    const { rollback_hash: hash, approval_needed: isNeeded } = await previewRollback(server, way, all);
    expect(isNeeded).toBe(true);
    const refused = await startRollback(server, way, all, hash);
    expect([refused.status, refused.body['code']]).toEqual([409, 'approval_required']);
    expect(String(refused.body['detail'])).toContain('3 people');
    await server.test.asLogin('update feature_flags set enabled = false where name = $1', [migration.flag]);
    expect((await approve(hash, 'wendy')).body['code']).toBe('approver_not_eligible');
    expect((await approve('a'.repeat(64), 'abel')).body['code']).toBe('feature_disabled');
    const key = 'the-key-of-this-approval';
    const approved = await approve(hash, 'abel', 'approve', key);
    expect(approved.status).toBe(201);
    expect((await approve(hash, 'abel', 'approve', key)).text, 'sent again').toBe(approved.text);

    // Who approves and then runs has become a requester.
    const abel = await server.token('abel', ['migration:write']);
    expect((await startRollback(server, way, all, hash, abel)).body['code']).toBe('approval_required');
    const started = await startRollback(server, way, all, hash);
    expect(started.status, started.text).toBe(202);
    expect((await way.settled(String(started.body['run_id'])))['counts']).toMatchObject({ reverted: 3 });
    const { items } = (await server.call('GET', `${way.path('approvals')}?plan_hash=${hash}`, { token: way.reader })).body;
    expect(items, 'an approval serves once').toMatchObject([{ state: 'spent' }]);
  });

  it('is not had in pieces: what was put back lately without an approval counts', async () => {
    const [ann, ...others] = records.map(({ email }) => email);
    const first = { emails: [ann ?? ''] };
    const alone = await previewRollback(server, way, first);
    expect(alone.approval_needed).toBe(false);
    const begun = await startRollback(server, way, first, alone.rollback_hash);
    await way.settled(String(begun.body['run_id']));

    const rest = await previewRollback(server, way, { emails: others });
    expect(rest.approval_needed, 'two are few, and with the first they are three').toBe(true);
    const refused = await startRollback(server, way, { emails: others }, rest.rollback_hash);
    expect([refused.status, refused.body['code']], refused.text).toEqual([409, 'approval_required']);
    expect(String(refused.body['detail'])).toContain('1 more were without an approval in the last 72 hours');
    expect((await approve(rest.rollback_hash, 'abel')).status).toBe(201);
    expect((await startRollback(server, way, { emails: others }, rest.rollback_hash)).status).toBe(202);
  });

  it('does not run on an approval of other people, nor once somebody has rejected it', async () => {
    const two = { emails: records.slice(0, 2).map(({ email }) => email) };
    const few = await previewRollback(server, way, two);
    expect(few.approval_needed).toBe(false);
    expect((await approve(few.rollback_hash, 'abel')).status).toBe(201);
    const { rollback_hash: hash } = await previewRollback(server, way, all);
    expect((await startRollback(server, way, all, hash)).body['code']).toBe('approval_required');
    expect((await approve(hash, 'abel', 'reject')).status).toBe(201);
    expect((await approve(hash, 'adam')).body['code']).toBe('approval_closed');
    expect((await startRollback(server, way, all, hash)).body['code']).toBe('approval_required');
  });

  it('counts everybody who previewed it as having asked, whichever token they approve with', async () => {
    const { rollback_hash: hash } = await previewRollback(server, way, all);
    const again = await previewRollback(server, way, all, await server.token('pia', ['migration:write']));
    expect(again.rollback_hash).toBe(hash);
    for (const sub of ['wendy', 'pia']) {
      for (const scopes of [['migration:approve'], ['migration:read', 'migration:write', 'migration:approve']] as const) {
        const reply = await server.call('POST', way.path('approvals'), { token: await server.token(sub, scopes), body: { plan_hash: hash, decision: 'approve', comment: '' } });
        expect([reply.status, reply.body['code']], sub).toEqual([403, 'approver_not_eligible']);
      }
    }
    // Who approved it first and previews it then has asked for it too.
    expect((await approve(hash, 'abel')).status).toBe(201);
    await previewRollback(server, way, all, await server.token('abel', ['migration:write']));
    expect((await startRollback(server, way, all, hash)).body['code']).toBe('approval_required');
  });

  it('does not run on an approval that has run out, and is begun but once on one that has not', async () => {
    const { rollback_hash: hash } = await previewRollback(server, way, all);
    await approve(hash, 'abel');
    await server.test.asLogin(`update approvals set expires_at = clock_timestamp() - interval '1 second' where plan_hash = $1`, [hash]);
    expect((await startRollback(server, way, all, hash)).body['code']).toBe('approval_required');
    expect((await approve(hash, 'abel')).status).toBe(201);
    const started = await startRollback(server, way, all, hash);
    expect(started.status, started.text).toBe(202);
    await way.settled(String(started.body['run_id']));
    const again = await startRollback(server, way, all, hash);
    expect([again.status, again.body['run_id']], 'asked again it answers the run that has done it').toEqual([202, started.body['run_id']]);
    const runs = await server.test.asLogin(`select id from runs where migration_id = $1 and kind = 'rollback'`, [migration.id]);
    expect(runs).toHaveLength(1);
  });

  it('leaves nothing of the approval that the executed plan had: to execute it again somebody must consent again', async () => {
    const { rollback_hash: hash } = await previewRollback(server, way, all);
    await approve(hash, 'abel');
    const started = await startRollback(server, way, all, hash);
    await way.settled(String(started.body['run_id']));
    for (const more of [{}, { stage: { percent: 5 } }, { acknowledged: records.map(({ email }) => email) }]) {
      expect((await way.execute(planHash, more)).body['code'], JSON.stringify(more)).toBe('approval_required');
    }
    const [left] = await server.test.asLogin('select count(*)::int as valid from approvals where migration_id = $1 and spent_at is null', [migration.id]);
    expect(left).toEqual({ valid: 0 });
    expect((await way.approve(planHash)).status).toBe(201);
    expect((await way.execute(planHash)).status).toBe(202);
  });

  it('spends what was approved of the plan', async () => {
    const fresh = await way.plan(records, { source_file: 'renamed.csv' });
    await way.approve(fresh.planHash);
    const two = { emails: records.slice(1).map(({ email }) => email) };
    const { rollback_hash: hash } = await previewRollback(server, way, two);
    const started = await startRollback(server, way, two, hash);
    await way.settled(String(started.body['run_id']));
    const { items } = (await server.call('GET', `${way.path('approvals')}?plan_hash=${fresh.planHash}`, { token: way.reader })).body;
    expect(items).toMatchObject([{ state: 'spent' }]);
    expect((await way.execute(fresh.planHash)).body['code']).toBe('approval_required');
  });

  it('is sealed once it was previewed, but for a purge of its migration', async () => {
    await previewRollback(server, way, all);
    const blank = `update rollback_plans set selection = '{}' where migration_id = $1`;
    const asPurger = async (before: string): Promise<unknown> =>
      server.test.engine.withConnection('login', async (run) => {
        await run('begin');
        try {
          await run('set local role drydock_purger');
          await run(before, [migration.id]);
          return await run(blank, [migration.id]);
        } finally {
          await run('rollback');
        }
      });
    await expect(server.test.asLogin(blank, [migration.id])).rejects.toThrow('does not change');
    await expect(asPurger('select 1 where $1::text is null')).rejects.toThrow('does not change');
    await asPurger(`update migrations set purged_at = now(), purged_by = 'test' where id = $1`);
  });

  it('can only touch whom its plan puts back, whatever the code does', async () => {
    const one = { emails: [records[0]?.email ?? ''] };
    const { rollback_hash: hash } = await previewRollback(server, way, one);
    const started = await startRollback(server, way, one, hash);
    const runId = String(started.body['run_id']);
    await way.settled(runId);
    const other = records[1]?.email ?? '';
    const asRun = async (statement: string): Promise<unknown> =>
      server.test.engine.withConnection('login', async (run) => {
        await run('begin');
        try {
          await run('set local role drydock_runner');
          await run(`select set_config('drydock.run_id', $1, true)`, [runId]);
          return await run(statement.replaceAll('THEM', `(select user_id from user_emails where email = '${other}')`));
        } finally {
          await run('rollback');
        }
      });
    for (const statement of [
      'update users set must_reset_password = false where id = THEM',
      'delete from stripe_links where user_id = THEM',
      `update members set state = 'rolled_back', rolled_back_at = now() where user_id = THEM`,
      `insert into reverted_snapshots (run_id, user_id, reverted_by) select s.run_id, s.user_id, current_setting('drydock.run_id')::uuid from snapshots s where s.user_id = THEM`,
      'delete from users where id = THEM',
    ]) {
      await expect(asRun(statement), statement).rejects.toMatchObject({ code: expect.stringMatching(/^(DD00[23]|23503)$/) as unknown });
    }
  });
});
