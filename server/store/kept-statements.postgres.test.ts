import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestStore, type TestStore } from '../../tests/support/test-store.ts';
import { KeptStatementChanged, keptAs } from './kept-statements.ts';
import type { ReadTx } from './transactions.ts';

let test: TestStore;
beforeAll(async () => {
  test = await openTestStore();
});
afterAll(async () => test.store.close());

const doubled = async (tx: ReadTx, name: string, number: number): Promise<number | undefined> => {
  const { rows } = await sql<{ doubled: number }>`${keptAs(name)} select ${number}::int * 2 as doubled`.execute(tx);
  return rows[0]?.doubled;
};

/** How often a statement that is prepared on this connection has been executed; nothing where none is. */
const executions = async (tx: ReadTx, name: string): Promise<readonly number[]> => {
  const { rows } = await sql<{ times: number }>`select generic_plans + custom_plans as times from pg_prepared_statements where name = ${name}`.execute(tx);
  return rows.map(({ times }) => times);
};

const connectionOf = async (tx: ReadTx): Promise<number | undefined> => (await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx)).rows[0]?.pid;

it('a statement that is kept is prepared once on its connection, and answers as ever', async () => {
  await test.store.inReadTx(async (tx) => {
    expect([await doubled(tx, 'double-once', 2), await doubled(tx, 'double-once', 21)]).toEqual([4, 42]);
    expect(await executions(tx, 'double-once')).toEqual([2]);
  });
});

it('a statement without the mark is not kept, nor is one that has the mark somewhere inside', async () => {
  await test.store.inReadTx(async (tx) => {
    const { rows } = await sql<{ sum: number }>`select ${1}::int + ${keptAs('inside')} ${2}::int as sum`.execute(tx);
    expect(rows).toEqual([{ sum: 3 }]);
    expect(await executions(tx, 'inside')).toEqual([]);
  });
});

it('another text under the name of a kept statement is refused, on whatever connection', async () => {
  await test.store.inReadTx(async (tx) => doubled(tx, 'double-only', 1));
  await test.asLogin('select 1');
  await expect(test.store.inReadTx(async (tx) => sql`${keptAs('double-only')} select ${1}::int * 3 as doubled`.execute(tx))).rejects.toThrow(KeptStatementChanged);
  expect(await test.store.inReadTx(async (tx) => doubled(tx, 'double-only', 3))).toBe(6);
});

it('a connection that replaces another prepares anew', async () => {
  const before = await test.store.inReadTx(async (tx) => {
    await doubled(tx, 'double-anew', 1);
    return connectionOf(tx);
  });
  // The login's work takes that connection, and never gives it back.
  await test.asLogin('select 1');
  await test.store.inReadTx(async (tx) => {
    expect(await connectionOf(tx)).not.toBe(before);
    expect(await executions(tx, 'double-anew')).toEqual([]);
    expect(await doubled(tx, 'double-anew', 5)).toBe(10);
    expect(await executions(tx, 'double-anew')).toEqual([1]);
  });
});

it('a name that could end the comment or be cut short is refused', () => {
  for (const name of ['a */ drop', '', 'A', 'x'.repeat(64)]) expect(() => keptAs(name)).toThrow(/no name/);
});

it('a connection of sign-in that waited for a lock in vain is kept, with what it has prepared', async () => {
  const connection = { name: 'which-connection', text: `select pg_backend_pid() as pid, (select count(*)::int from pg_prepared_statements where name = 'wait-for-lock') as prepared` };
  const [before] = await test.store.runSignIn(connection, []);
  await test.engine.withConnection('login', async (run) => {
    await run('begin');
    await run('select pg_advisory_xact_lock(2027)');
    await expect(test.engine.runSignIn({ name: 'wait-for-lock', text: 'select pg_advisory_xact_lock(2027)' }, [])).rejects.toMatchObject({ code: '55P03' });
    await run('commit');
  });
  expect(await test.store.runSignIn(connection, [])).toEqual([{ pid: before?.['pid'], prepared: 1 }]);
});
