import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CohortRecord } from '../../shared/core/cohort.ts';
import { declareTestMigration, openTestStore, type TestStore } from '../../tests/support/test-store.ts';
import { cohortOf, findCohort, keepCohort, NamedTwice } from './cohort-store.ts';

/** More than two statements hold: records are read while those before them are still being filed. */
const RECORDS = 10_500;
const recordOf = (index: number): CohortRecord => ({ email: `p${String(index)}@example.org`, full_name: `Person ${String(index)}`, stripe_customer_id: `cus_${String(index)}` });
const allRecords = (): CohortRecord[] => Array.from({ length: RECORDS }, (_, index) => recordOf(index));

describe('a cohort of several statements', () => {
  let test: TestStore;
  beforeAll(async () => {
    test = await openTestStore();
    await declareTestMigration(test, 'm-1');
  });
  afterAll(async () => test.store.close());

  const keep = async (named: readonly CohortRecord[], records: Iterable<CohortRecord> | AsyncIterable<CohortRecord>): Promise<boolean> =>
    test.store.inPlannerTx(async (tx) => keepCohort(tx, { sha256: cohortOf(named), recordCount: named.length, records }, { migrationId: 'm-1', sub: 'test' }));

  it('is kept in file order, each record once', async () => {
    const records = allRecords();
    expect(await keep(records, records)).toBe(true);
    const [kept] = await test.asLogin('select count(*)::int as rows, bool_and(key = $2 || (row_no - 1) || $3) as in_order from cohort_members where cohort = $1', [cohortOf(records), 'p', '@example.org']);
    expect(kept).toEqual({ rows: RECORDS, in_order: true });
  });

  it.each([
    ['first', 10],
    ['last', RECORDS - 1],
  ])('names the records among which somebody stands twice, in its %s statement', async (_which, place) => {
    const records = allRecords();
    records[place] = recordOf(5);
    const failure = await keep(records, records).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(NamedTwice);
    expect(failure instanceof NamedTwice && [failure.emails.has(recordOf(5).email), failure.emails.has(recordOf(place === 10 ? 11 : RECORDS - 2).email), failure.emails.size < RECORDS]).toEqual([true, true, true]);
  });

  it('leaves nothing behind when its records end half-way while others are being filed, and the next is kept', async () => {
    const records = allRecords();
    const cut = new Error('the connection was cut');
    const [first] = records;
    if (first === undefined) throw new Error('no records');
    const changed = [{ ...first, full_name: 'Somebody Else' }, ...records.slice(1)];
    async function* untilCut(): AsyncGenerator<CohortRecord> {
      yield* changed.slice(0, 6_000);
      throw cut;
    }
    await expect(keep(changed, untilCut())).rejects.toBe(cut);
    expect(await test.store.inReadTx(async (tx) => findCohort(tx, cohortOf(changed)))).toBeUndefined();
    expect(await keep(changed, changed)).toBe(true);
  });
});
