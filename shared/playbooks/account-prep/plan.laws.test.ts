import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyRow, customer, gather, rowInputs, type World } from '../../../tests/support/account-prep-world.ts';
import type { CohortRecord } from '../../core/cohort.ts';
import { isNameOnlyWrite, isWritten, type PlanRow } from '../../core/plan-row.ts';
import { driftOf } from './drift.ts';
import { maskPlanRow } from './mask-row.ts';
import { planCohort, planRow } from './plan.ts';
import type { PlanSettings } from './settings.ts';
import { blockWordings } from './wording.ts';

const settings: PlanSettings = { migration: '2025-08-09', cohortTag: '2025-08-09-csv', sourceFile: 'customers.csv' };

// Few addresses, names and ids, so that rows get into each other's way; an id mostly goes with its address, or nearly
// every row would be blocked by it.
const EMAILS = ['a@x.com', 'b@x.com', 'c@x.com', 'd@x.com', 'e@x.com', 'f@x.com', 'g@x.com', 'h@x.com'];
const emailArb = fc.constantFrom(...EMAILS);
const nameArb = fc.constantFrom('Ann Lee', 'Bob Ray', 'Cat Fox', 'Dan Oak', 'Eve Ash', 'Flo Elm');
const stripeArb = fc.constantFrom(...EMAILS.map(stripeIdOf));

function stripeIdOf(email: string): string {
  return `cus_${email.slice(0, 1)}`;
}

const anyUserArb = fc.record({
  fullName: nameArb,
  emails: fc.uniqueArray(emailArb, { maxLength: 2 }),
  mustReset: fc.boolean(),
  stripeCustomerId: fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: stripeArb }),
  cohortTag: fc.option(fc.constantFrom('2025-08-09-csv', 'older')),
  sourceFile: fc.option(fc.constantFrom('customers.csv', 'older.csv')),
  role: fc.constantFrom('customer', 'customer', 'customer', 'customer', 'staff'),
  armedBy: fc.constantFrom(null, null, null, '2025-08-09', '2024'),
  hasCompleted: fc.constantFrom(false, false, false, false, true),
});
/** Somebody whom this migration has prepared before, just as it would again. */
const preparedUserArb = fc.tuple(anyUserArb, emailArb).map(([user, email]) => ({
  ...user,
  emails: [email],
  mustReset: true,
  stripeCustomerId: stripeIdOf(email),
  cohortTag: '2025-08-09-csv',
  sourceFile: 'customers.csv',
  armedBy: '2025-08-09',
  hasCompleted: false,
}));
const userArb = fc.oneof({ weight: 5, arbitrary: anyUserArb }, { weight: 1, arbitrary: preparedUserArb });

/** Users that a database would let stand beside each other: no address and no Stripe id twice. */
const worldArb: fc.Arbitrary<World> = fc.array(userArb, { maxLength: 8, size: 'max' }).map((users) => {
  const taken = new Set<string>();
  return users.map((user, index) => {
    const emails = user.emails.filter((email) => !taken.has(email));
    const stripeCustomerId = user.stripeCustomerId !== null && taken.has(user.stripeCustomerId) ? null : user.stripeCustomerId;
    for (const key of [...emails, stripeCustomerId]) if (key !== null) taken.add(key);
    return customer(`user-${index}`, { ...user, emails: [...emails, `user-${index}@private.org`], stripeCustomerId });
  });
});

const recordArb = fc
  .record({ email: emailArb, full_name: nameArb, ownStripeId: fc.constantFrom(true, true, true, true, true, false), otherStripeId: stripeArb })
  .map(({ email, full_name, ownStripeId, otherStripeId }) => ({ email, full_name, stripe_customer_id: ownStripeId ? stripeIdOf(email) : otherStripeId }));
const cohortArb = fc.uniqueArray(recordArb, { minLength: 1, maxLength: 8, size: 'max', selector: (record) => record.email });
const decisionsArb = fc
  .array(fc.tuple(emailArb, fc.constantFrom<'create' | 'skip'>('create', 'skip')), { maxLength: 3 })
  .map((pairs): ReadonlyMap<string, 'create' | 'skip'> => new Map(pairs));

type Case = { readonly world: World; readonly records: readonly CohortRecord[]; readonly decisions: ReadonlyMap<string, 'create' | 'skip'> };
const caseArb: fc.Arbitrary<Case> = fc.record({ world: worldArb, records: cohortArb, decisions: decisionsArb });

function planOf({ world, records, decisions }: Case): PlanRow[] {
  return planCohort(rowInputs(world, records, decisions), settings);
}

function recordOf(records: readonly CohortRecord[], row: PlanRow): CohortRecord {
  const record = records[row.row - 1];
  if (record === undefined) throw new Error(`No record ${row.row}.`);
  return record;
}

function applyAll(world: World, rows: readonly PlanRow[], records: readonly CohortRecord[]): World {
  return rows.reduce((now, row) => applyRow(now, row, recordOf(records, row), settings), world);
}

function holds(law: (given: Case) => void): void {
  fc.assert(fc.property(caseArb, law), { seed: 20250809, numRuns: 3000 });
}

it('the made-up cases hold every kind of row, so that the laws below say something', () => {
  const seen = new Set<string>();
  holds((given) => {
    for (const row of planOf(given)) seen.add(row.action === 'BLOCKED' ? `${row.match} ${row.warnings.at(-1) ?? ''}` : `${row.match} ${row.action}`);
  });
  for (const action of ['UPDATE_EXISTING', 'SKIP', 'COMPLETE']) {
    expect(seen).toContain(`MATCH_EMAIL ${action}`);
    expect(seen).toContain(`MATCH_NAME_UNIQUE ${action}`);
  }
  expect(seen).toContain('MATCH_EMAIL NO_CHANGE');
  for (const match of ['MATCH_NAME_UNIQUE', 'NAME_AMBIGUOUS', 'NO_NAME_MATCH']) expect(seen).toContain(`${match} CREATE_NEW`);
  for (const code of Object.keys(blockWordings)) expect([...seen].some((kind) => kind.endsWith(` ${code}`)), code).toBe(true);
});

describe('every plan', () => {
  it('writes no customer, address or Stripe id twice', () => {
    holds((given) => {
      const written = planOf(given).filter(isWritten);
      const targets = written.flatMap((row) => (row.user_id === null ? [] : [row.user_id]));
      const stripeIds = written.map((row) => recordOf(given.records, row).stripe_customer_id);
      expect(new Set(targets).size).toBe(targets.length);
      expect(new Set(stripeIds).size).toBe(stripeIds.length);
    });
  });

  it('needs nothing more once it is applied: every written row is NO_CHANGE, and nobody new is written but who was blocked', () => {
    holds((given) => {
      const rows = planOf(given);
      const again = planOf({ ...given, world: applyAll(given.world, rows, given.records) });
      for (const [index, row] of rows.entries()) {
        const next = again[index]?.action;
        if (isWritten(row)) expect(next).toBe('NO_CHANGE');
        else if (row.action !== 'BLOCKED') expect(next).toBe(row.action);
      }
    });
  });

  it('is not made to drift by its own writing, row after row', () => {
    holds((given) => {
      let world = given.world;
      for (const row of planOf(given).filter(isWritten)) {
        const record = recordOf(given.records, row);
        const input = { row: row.row, record, decision: given.decisions.get(record.email) ?? null, facts: gather(world, record) };
        expect(driftOf(row, planRow(input, null, settings))).toBeNull();
        world = applyRow(world, row, record, settings);
      }
    });
  });

  it('respects decisions: a skipped row is left out, a declined name match writes nobody else', () => {
    holds((given) => {
      for (const row of planOf(given)) {
        const decision = given.decisions.get(row.email);
        expect(row.action === 'SKIP').toBe(decision === 'skip');
        if (decision === 'create') expect(isNameOnlyWrite(row)).toBe(false);
      }
    });
  });

  it('names nobody but its own targets, and not those of blocked name-only rows', () => {
    holds((given) => {
      for (const row of planOf(given)) {
        const text = JSON.stringify(row);
        for (const user of given.world) {
          if (user.userId === row.user_id) continue;
          expect(text).not.toContain(`"${user.userId}"`);
          expect(text).not.toContain(`"${user.userId}@private.org"`);
        }
        if (row.action === 'BLOCKED' && row.match !== 'MATCH_EMAIL') expect(row.user_id).toBeNull();
      }
    });
  });

  it('takes no address away, and opens staff and linked accounts to no name alone', () => {
    holds((given) => {
      for (const row of planOf(given).filter(isWritten)) {
        const target = given.world.find((user) => user.userId === row.user_id);
        for (const { field, before, after } of row.changes) {
          if (field === 'emails') expect(after).toEqual(expect.arrayContaining(Array.isArray(before) ? before : []));
        }
        expect(target?.hasCompleted ?? false).toBe(false);
        if (isNameOnlyWrite(row)) {
          expect(target?.role).toBe('customer');
          expect([null, recordOf(given.records, row).stripe_customer_id]).toContain(target?.stripeCustomerId);
          expect(row.warnings).toContain('name_only_match');
        }
      }
    });
  });

  it('judges a row the same whether all or only some rows are asked for', () => {
    fc.assert(
      fc.property(caseArb, fc.uniqueArray(emailArb), (given, emails) => {
        const only = new Set(emails);
        const some = planCohort(rowInputs(given.world, given.records, given.decisions), settings, only);
        expect(some).toEqual(planOf(given).filter((row) => only.has(row.email)));
      }),
      { seed: 20250809, numRuns: 500 },
    );
  });

  it('hides other addresses of name-only rows from who need not judge them, and shows them to who must', () => {
    holds((given) => {
      for (const row of planOf(given)) {
        expect(maskPlanRow(row, { mayReviewNameMatches: true })).toEqual(row);
        const masked = JSON.stringify(maskPlanRow(row, { mayReviewNameMatches: false }));
        if (row.match !== 'MATCH_NAME_UNIQUE') continue;
        const others = [...EMAILS, ...given.world.flatMap((user) => user.emails)].filter((email) => email !== row.email);
        for (const email of others) expect(masked).not.toContain(email);
      }
    });
  });
});

describe('between plan and execution', () => {
  it('what has not drifted would be written exactly as it was approved', () => {
    fc.assert(
      fc.property(caseArb, worldArb, (given, later) => {
        for (const row of planOf(given).filter(isWritten)) {
          const record = recordOf(given.records, row);
          const input = { row: row.row, record, decision: given.decisions.get(record.email) ?? null, facts: gather(later, record) };
          const now = planRow(input, null, settings);
          if (driftOf(row, now) === null) expect(now.changes).toEqual(row.changes);
        }
      }),
      { seed: 20250809, numRuns: 3000 },
    );
  });

  it('any change of what is planned for a target is drift, named on both sides', () => {
    const changes: readonly Partial<World[number]>[] = [
      { mustReset: true },
      { stripeCustomerId: 'cus_NEW' },
      { cohortTag: 'changed' },
      { sourceFile: 'changed.csv' },
      { role: 'auditor' },
      { armedBy: '2024' },
      { hasCompleted: true },
      { emails: ['changed@private.org'] },
    ];
    const record = { email: 'a@x.com', full_name: 'Ann Lee', stripe_customer_id: 'cus_1' };
    for (const emails of [['a@x.com'], ['old@private.org']]) {
      const before = customer('u1', { emails });
      const [row] = planOf({ world: [before], records: [record], decisions: new Map() });
      if (row === undefined) throw new Error('No row.');
      for (const change of changes) {
        const facts = gather([{ ...before, ...change }], record);
        const drift = driftOf(row, planRow({ row: 1, record, decision: null, facts }, null, settings));
        expect(drift, JSON.stringify(change)).not.toBeNull();
        expect(Object.keys(drift?.planned ?? {})).toEqual(Object.keys(drift?.now ?? {}));
      }
    }
  });
});
