import { randomUUID } from 'node:crypto';
import { type RawBuilder, sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileTestRollback } from '../../tests/support/filed-rollback.ts';
import { newTestDatabase } from '../../tests/support/test-database.ts';
import { declareTestMigration, fileTestRun, openTestStore, type TestStore } from '../../tests/support/test-store.ts';

const PEOPLE = 3_000;
const BATCH = 40;
/** The statement may read a table or two through itself. A guard that walks a plan for each person reads twenty times as much. */
const ROWS_READ_MAX = 3 * PEOPLE;
/** A person is looked up some ten times, each in three or four blocks. One look-up that walks an index of the plan costs as much again. */
const BLOCKS_READ_MAX = 50 * BATCH;
/** What this connection has read lately, its triggers' questions among it: rows by scan or by index, and blocks of tables and indexes. */
const readLately = `select
  (select sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::int from pg_stat_xact_user_tables) as rows_read,
  (select sum(pg_stat_get_xact_blocks_fetched(oid))::int from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'i')) as blocks_read`;
type Read = { readonly rows_read: number; readonly blocks_read: number };

/**
 * The guards are triggers, and the database plans what they ask by what it knows of the tables, which in the minutes after
 * a first load or a restore is little. The people of the batch stand far down in their plan.
 */
describe.each([
  ['not counted the tables yet', 'reltuples = -1, relpages = 0'],
  ['counted the tables while they were empty', 'reltuples = 0, relpages = 0'],
  ['counted the tables', undefined],
])('when the database has %s, what the guards read does not grow with person times plan', (_known, statistics) => {
  let test: TestStore;
  let run: { readonly runId: string; readonly cohort: string };
  let rollback: string;
  const known = Array.from({ length: PEOPLE }, (_, index) => ({ email: `p${String(index).padStart(5, '0')}@example.org`, userId: randomUUID() }));
  const made = Array.from({ length: BATCH }, (_, index) => ({ email: `q${String(index).padStart(5, '0')}@example.org`, userId: randomUUID() }));
  const batch = known.slice(1_000, 1_000 + BATCH);
  const idsOf = (people: readonly { readonly userId: string }[]): readonly string[] => people.map(({ userId }) => userId);
  const emailsOf = (people: readonly { readonly email: string }[]): readonly string[] => people.map(({ email }) => email);
  /** People as a relation `b (id, email)`. */
  const relation = (people: typeof known): RawBuilder<unknown> => sql`unnest(${idsOf(people)}::uuid[], ${emailsOf(people)}::text[]) as b (id, email)`;
  const ids = sql`${idsOf(batch)}::uuid[]`;
  const armed = sql`${idsOf(known.slice(2_000, 2_000 + BATCH))}::uuid[]`;

  beforeAll(async () => {
    test = await openTestStore(await newTestDatabase());
    await declareTestMigration(test, 'm-1');
    const values = [idsOf(known), emailsOf(known)];
    await test.asLogin(`insert into users (id, full_name, name_key) select p.id, p.email, p.email from unnest($1::uuid[], $2::text[]) as p (id, email)`, values);
    await test.asLogin(`insert into sessions (id, token_hash, user_id, kind, expires_at)
      select gen_random_uuid(), encode(sha256(convert_to(p.id::text, 'UTF8')), 'hex'), p.id, 'full', now() + interval '1 hour' from unnest($1::uuid[], $2::text[]) as p (id, email)`, values);
    run = await fileTestRun(test, 'm-1', [...known, ...made.map(({ email }) => ({ email, userId: null }))]);
    await test.store.inRunnerTx(run.runId, async (tx) => {
      await sql`insert into users (id, full_name, name_key, created_by_run, created_for) select b.id, b.email, b.email, ${run.runId}::uuid, b.email from ${relation(made)}`.execute(tx);
      await sql`insert into members (migration_id, user_id, cohort, key, state, armed_by_run)
        select 'm-1', b.id, ${run.cohort}, b.email, 'armed', ${run.runId}::uuid from ${relation(known)} where not b.id = any (${ids})`.execute(tx);
    });
    // One run at a time is active; what one may write does not hang on whether it is.
    await test.asLogin(`update runs set state = 'completed' where id = $1`, [run.runId]);
    rollback = await fileTestRollback(test, 'm-1', run.cohort, batch.map(({ email, userId }) => ({ key: email, userId, outcome: 'reverted' })));
    await test.asLogin(statistics === undefined ? 'vacuum analyze' : `update pg_class set ${statistics} where relkind in ('r', 'i') and relnamespace = 'public'::regnamespace`);
  });
  afterAll(async () => test.store.close());

  const between = (before: Record<string, unknown> | undefined, after: Record<string, unknown> | undefined): Read => ({
    rows_read: Number(after?.['rows_read']) - Number(before?.['rows_read']),
    blocks_read: Number(after?.['blocks_read']) - Number(before?.['blocks_read']),
  });
  const little = { rows_read: expect.toSatisfy((rows: number) => rows < ROWS_READ_MAX), blocks_read: expect.toSatisfy((blocks: number) => blocks < BLOCKS_READ_MAX) };

  async function readByRun(runId: string, statement: RawBuilder<unknown>): Promise<Read> {
    const undo = new Error('undone');
    let read: Read | undefined;
    const ended = test.store.inRunnerTx(runId, async (tx) => {
      const lately = async () => (await sql<Record<string, unknown>>`${sql.raw(readLately)}`.execute(tx)).rows[0];
      const before = await lately();
      await statement.execute(tx);
      read = between(before, await lately());
      throw undo;
    });
    await expect(ended).rejects.toBe(undo);
    if (read === undefined) throw new Error('nothing was read');
    return read;
  }

  const currentRun = sql`drydock_current_run() r`;
  it.each([
    ['writes customers', sql`update users set must_reset_password = true where id = any (${ids})`],
    ['changes profiles that it made', sql`update users set must_reset_password = true where id = any (${idsOf(made)}::uuid[])`],
    ['arms them', sql`insert into members (migration_id, user_id, cohort, key, state, armed_by_run) select 'm-1', b.id, r.cohort, b.email, 'armed', r.id from ${currentRun}, ${relation(batch)}`],
    ['changes those who are armed', sql`update members set rolled_back_at = now() where user_id = any (${armed})`],
    ['gives them addresses', sql`insert into user_emails (email, user_id, kind, added_by_run) select b.email, b.id, 'added', r.id from ${currentRun}, ${relation(batch)}`],
    ['gives its new profiles addresses', sql`insert into user_emails (email, user_id, kind) select b.email, b.id, 'primary' from ${relation(made)}`],
    ['keeps how they were', sql`insert into snapshots (run_id, user_id, migration_id, cohort, key, existed, prior, left_as) select r.id, b.id, 'm-1', r.cohort, b.email, true, '{}', '{}' from ${currentRun}, ${relation(batch)}`],
  ])('of a run that %s', async (_what, statement) => {
    expect(await readByRun(run.runId, statement)).toEqual(little);
  });

  it('of a rollback that writes customers', async () => {
    expect(await readByRun(rollback, sql`update users set must_reset_password = false where id = any (${ids})`)).toEqual(little);
  });

  /** As the login, past all roles: what refers to a row is looked for whoever removes it. */
  it.each([
    ['profiles go', () => `delete from users where id in (${idsOf(batch).map((id) => `'${id}'`).join(', ')})`],
    ['members of a cohort go', () => `delete from cohort_members where cohort = '${run.cohort}' and key in (${emailsOf(batch).map((key) => `'${key}'`).join(', ')})`],
  ])('when %s', async (_what, statement) => {
    const rows = await test.asLogin(`delete from rollback_rows; begin; ${readLately}; ${statement()}; ${readLately}; rollback`);
    expect(between(rows[0], rows[1])).toEqual(little);
  });
});
