import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Member, type MemberState, memberStateSchema } from '../../shared/core/member.ts';
import { declareTestMigration, openTestStore, type TestStore } from '../../tests/support/test-store.ts';
import { readMembers } from './members.ts';

const MIGRATION = 'listed';
const COHORT = 'c'.repeat(64);
const PEOPLE = 40;
const SEED = 20_250_809;
const t0 = '2026-01-01T00:00:00Z';
const t1 = '2026-01-02T00:00:00Z';

let test: TestStore;
beforeAll(async () => {
  test = await openTestStore();
  await declareTestMigration(test, MIGRATION);
  await test.engine.withConnection('login', async (run) => {
    // What runs and guards allow is tested elsewhere; here only the list matters.
    await run('set session_replication_role = replica');
    await run('insert into cohorts (sha256, record_count) values ($1, $2)', [COHORT, PEOPLE]);
    await run('update migrations set bound_cohort = $1 where id = $2', [COHORT, MIGRATION]);
    const addUser = async (): Promise<string> => {
      const id = randomUUID();
      await run(`insert into users (id, full_name, name_key) values ($1, 'A', 'a')`, [id]);
      return id;
    };
    const addMember = async (key: string, state: string, signedInAt: string | null, preparedAt = t0): Promise<void> => {
      await run(
        `insert into members (migration_id, user_id, cohort, key, state, armed_by_run, prepared_at, signed_in_at, completed_at, rolled_back_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
        [MIGRATION, await addUser(), COHORT, key, state, randomUUID(), preparedAt, signedInAt, state === 'completed' ? t1 : null, state === 'rolled_back' ? t1 : null],
      );
    };
    for (let place = 0; place < PEOPLE; place += 1) {
      const key = keyOf(place);
      // Every fifth person was prepared from another cohort, before the migration was bound to this one.
      if (place % 5 !== 4) await run(`insert into cohort_members (cohort, row_no, key, record) values ($1, $2, $3, '{}')`, [COHORT, place + 1, key]);
      if (place % 8 === 1) await addMember(key, 'armed', null);
      if (place % 8 === 2) await addMember(key, 'armed', t1);
      if (place % 8 === 3) await addMember(key, 'completed', t1);
      if (place % 8 === 4) await addMember(key, 'rolled_back', null);
      if (place % 8 === 5) {
        // Put back, then prepared again for another account: one line, and it says prepared.
        await addMember(key, 'rolled_back', null);
        await addMember(key, 'armed', null, t1);
      }
      if (place % 8 === 6) await addMember(key, 'armed', t0, t1);
    }
  });
});
afterAll(async () => test.store.close());

function keyOf(place: number): string {
  return `p${String(place).padStart(3, '0')}@example.org`;
}

function stateOf(place: number): MemberState | null {
  const states: readonly (MemberState | null)[] = ['not_prepared', 'prepared', 'signed_in', 'completed', 'rolled_back', 'prepared', 'prepared', 'not_prepared'];
  const state = states[place % 8] ?? null;
  return state === 'not_prepared' && place % 5 === 4 ? null : state;
}

const everybody = Array.from({ length: PEOPLE }, (_unused, place) => ({ email: keyOf(place), state: stateOf(place) })).filter(({ state }) => state !== null);

async function page(filter: { states?: readonly MemberState[] | null; email?: string; after?: string; limit?: number }): Promise<{ items: Member[]; next_cursor: string | null }> {
  return test.store.inReadTx(async (tx) => readMembers(tx, MIGRATION, { email: filter.email ?? null, states: filter.states ?? null, after: filter.after ?? null, limit: filter.limit ?? 1000 }));
}

describe('the members of a migration', () => {
  it('are everyone whom its runs prepared and the rest of the bound cohort, each once', async () => {
    const { items, next_cursor: next } = await page({});
    expect(items.map(({ email, state }) => ({ email, state }))).toEqual(everybody);
    expect(next).toBeNull();
  });

  it(`come in pages that together are the list, whatever is asked for (seed ${String(SEED)})`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.option(fc.uniqueArray(fc.constantFrom(...memberStateSchema.options), { minLength: 1 })), fc.integer({ min: 1, max: 13 }), async (states, limit) => {
        const listed: unknown[] = [];
        for (let after: string | undefined; ; ) {
          const { items, next_cursor: next } = await page({ states, limit, ...(after === undefined ? {} : { after }) });
          listed.push(...items.map(({ email, state }) => ({ email, state })));
          expect(items.length).toBeLessThanOrEqual(limit);
          if (next === null) break;
          after = next;
        }
        expect(listed).toEqual(everybody.filter(({ state }) => states === null || (state !== null && states.includes(state))));
      }),
      { seed: SEED, numRuns: 40 },
    );
  });

  it('can be asked for by address; nobody else is found', async () => {
    expect((await page({ email: keyOf(5) })).items).toMatchObject([{ email: keyOf(5), state: 'prepared', prepared_at: '2026-01-02T00:00:00.000Z' }]);
    expect((await page({ email: 'outsider@example.org' })).items).toEqual([]);
  });
});
