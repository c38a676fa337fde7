import { describe, expect, it } from 'vitest';
import { customer, rowInputs, type World } from '../../../tests/support/account-prep-world.ts';
import type { CohortRecord } from '../../core/cohort.ts';
import { planRowSchema, type PlanRow } from '../../core/plan-row.ts';
import { planCohort } from './plan.ts';
import type { PlanSettings } from './settings.ts';

const settings: PlanSettings = { migration: '2025-08-09', cohortTag: '2025-08-09-csv', sourceFile: 'customers.csv' };
const ann: CohortRecord = { email: 'ann@example.com', full_name: 'Ann Lee', stripe_customer_id: 'cus_ANN' };
const other: CohortRecord = { email: 'other@example.com', full_name: 'Ann Lee', stripe_customer_id: 'cus_OTHER' };

function plan(world: World, records: readonly CohortRecord[] = [ann], decisions: Record<string, 'create' | 'skip'> = {}): PlanRow[] {
  const rows = planCohort(rowInputs(world, records, new Map(Object.entries(decisions))), settings);
  return rows.map((row) => planRowSchema.parse(row));
}

function only(rows: readonly PlanRow[]): PlanRow {
  const [row] = rows;
  if (row === undefined || rows.length !== 1) throw new Error(`Expected one row, not ${rows.length}.`);
  return row;
}

describe('matching', () => {
  it('takes whoever has the address, whatever their name, and changes no name', () => {
    const row = only(plan([customer('u1', { emails: ['ann@example.com', 'zoe@example.com'], fullName: 'Anna Lea' })]));
    expect(row).toMatchObject({ email_match: 'MATCH_EMAIL', match: 'MATCH_EMAIL', action: 'UPDATE_EXISTING', user_id: 'u1', warnings: ['name_differs'] });
    expect(row.changes).toEqual([
      { field: 'auth.must_reset_password', before: false, after: true },
      { field: 'stripe_customer_id', before: null, after: 'cus_ANN' },
      { field: 'migration.cohort', before: null, after: '2025-08-09-csv' },
      { field: 'migration.source_file', before: null, after: 'customers.csv' },
    ]);
  });

  it('takes the one customer with the name, adds the address and keeps the old one', () => {
    const row = only(plan([customer('u1', { fullName: ' ANN   lee ', emails: ['zoe@old.com', 'b@old.com'] })]));
    expect(row).toMatchObject({ email_match: 'NO_EMAIL_MATCH', match: 'MATCH_NAME_UNIQUE', action: 'UPDATE_EXISTING', user_id: 'u1', warnings: ['name_only_match'] });
    expect(row.changes.at(-1)).toEqual({ field: 'emails', before: ['b@old.com', 'zoe@old.com'], after: ['ann@example.com', 'b@old.com', 'zoe@old.com'] });
    expect(row.precondition).toMatchObject({ email_owner: null, name_match: 'MATCH_NAME_UNIQUE', name_owner: 'u1', emails: ['b@old.com', 'zoe@old.com'], stripe_holder: 'nobody' });
  });

  it('tells of an ambiguous name by its count alone, and creates', () => {
    const row = only(plan([customer('u1'), customer('u2'), customer('u3')]));
    expect(row).toMatchObject({ match: 'NAME_AMBIGUOUS', candidates: 3, action: 'CREATE_NEW', user_id: null, warnings: ['possible_duplicate'] });
    expect(JSON.stringify(row)).not.toMatch(/u[123]/);
  });

  it('creates where neither address nor name is known', () => {
    const row = only(plan([customer('u1', { fullName: 'Bob' })]));
    expect(row).toEqual({
      row: 1,
      email: 'ann@example.com',
      email_match: 'NO_EMAIL_MATCH',
      match: 'NO_NAME_MATCH',
      action: 'CREATE_NEW',
      user_id: null,
      changes: [
        { field: 'auth.must_reset_password', before: null, after: true },
        { field: 'stripe_customer_id', before: null, after: 'cus_ANN' },
        { field: 'migration.cohort', before: null, after: '2025-08-09-csv' },
        { field: 'migration.source_file', before: null, after: 'customers.csv' },
        { field: 'emails', before: null, after: ['ann@example.com'] },
      ],
      warnings: [],
      precondition: { email_owner: null, name_match: 'NO_NAME_MATCH', stripe_holder: 'nobody' },
    });
  });
});

describe('a name alone never opens', () => {
  it.each([
    ['a staff account', { role: 'staff' }, 'name_match_is_staff'],
    ['an account with another Stripe id', { stripeCustomerId: 'cus_SOMEONE' }, 'name_match_has_other_stripe_id'],
  ])('%s, and shows nothing of it', (_title, over, code) => {
    const row = only(plan([customer('u1', over)]));
    expect(row).toMatchObject({ match: 'MATCH_NAME_UNIQUE', action: 'BLOCKED', user_id: null, changes: [], warnings: [code] });
    expect(row.precondition).toEqual({ email_owner: null, name_match: 'MATCH_NAME_UNIQUE', blocked_by: code });
    expect(JSON.stringify(row)).not.toMatch(/u1|cus_SOMEONE|elsewhere/);
  });

  it('but does open an account with the very same Stripe id', () => {
    expect(only(plan([customer('u1', { stripeCustomerId: 'cus_ANN' })]))).toMatchObject({ action: 'UPDATE_EXISTING', user_id: 'u1', precondition: { stripe_holder: 'target' } });
  });
});

describe('an e-mail match', () => {
  const mine = { emails: ['ann@example.com'] };

  it('replaces another Stripe id of the same customer, and says so', () => {
    const row = only(plan([customer('u1', { ...mine, stripeCustomerId: 'cus_OLD' })]));
    expect(row).toMatchObject({ action: 'UPDATE_EXISTING', warnings: ['stripe_id_replaced'] });
    expect(row.changes).toContainEqual({ field: 'stripe_customer_id', before: 'cus_OLD', after: 'cus_ANN' });
  });

  it('marks staff, a pending reset and the tag of another migration', () => {
    expect(only(plan([customer('u1', { ...mine, role: 'staff', mustReset: true, cohortTag: '2024-csv' })])).warnings).toEqual(['staff_account', 'already_must_reset', 'cohort_tag_replaced']);
  });

  it('is blocked while another migration has the customer armed', () => {
    expect(only(plan([customer('u1', { ...mine, mustReset: true, armedBy: '2024' })]))).toMatchObject({ action: 'BLOCKED', user_id: 'u1', changes: [], warnings: ['armed_by_other_migration'] });
  });

  it('is blocked by a Stripe id that somebody else has, who stays unnamed', () => {
    const row = only(plan([customer('u1', mine), customer('holder', { fullName: 'Bob', stripeCustomerId: 'cus_ANN' })]));
    expect(row).toMatchObject({ action: 'BLOCKED', user_id: 'u1', warnings: ['stripe_id_linked_elsewhere'], precondition: { stripe_holder: 'someone_else' } });
    expect(JSON.stringify(row)).not.toContain('holder@');
    expect(JSON.stringify(row)).not.toContain('"holder"');
  });

  it('needs nothing when this migration has armed the customer and every field is as planned', () => {
    const done = { ...mine, mustReset: true, armedBy: '2025-08-09', stripeCustomerId: 'cus_ANN', cohortTag: '2025-08-09-csv', sourceFile: 'customers.csv' };
    expect(only(plan([customer('u1', done)]))).toMatchObject({ action: 'NO_CHANGE', changes: [], warnings: [] });
    expect(only(plan([customer('u1', { ...done, armedBy: null })]))).toMatchObject({ action: 'UPDATE_EXISTING', changes: [] });
    expect(only(plan([customer('u1', { ...done, sourceFile: 'older.csv' })]))).toMatchObject({
      action: 'UPDATE_EXISTING',
      changes: [{ field: 'migration.source_file', before: 'older.csv', after: 'customers.csv' }],
      warnings: ['already_prepared'],
    });
  });

  it('is complete, and never armed again, once the customer has finished, after a rollback too', () => {
    const row = only(plan([customer('u1', { ...mine, hasCompleted: true, cohortTag: null, stripeCustomerId: null })]));
    expect(row).toMatchObject({ action: 'COMPLETE', user_id: 'u1', changes: [], precondition: { email_owner: 'u1', completed: true } });
  });
});

describe('a new profile', () => {
  it('is blocked by a Stripe id that somebody has', () => {
    const row = only(plan([customer('u1', { fullName: 'Bob', stripeCustomerId: 'cus_ANN' })]));
    expect(row).toMatchObject({ action: 'BLOCKED', user_id: null, warnings: ['stripe_id_linked_elsewhere'] });
    expect(JSON.stringify(row)).not.toContain('u1');
  });
});

describe('two rows with one target', () => {
  const target = customer('u1', { emails: ['ann@example.com'] });

  it('leave it to the e-mail match', () => {
    const rows = plan([target], [other, ann]);
    expect(rows.map((row) => row.action)).toEqual(['BLOCKED', 'UPDATE_EXISTING']);
    expect(rows[0]).toMatchObject({ warnings: ['target_kept_by_email_match'], user_id: null, reason: 'Another row matches the same customer by e-mail and keeps them (row 2).' });
  });

  it('leave it to the e-mail match even when a person skips that row', () => {
    expect(plan([target], [other, ann], { 'ann@example.com': 'skip' }).map((row) => row.action)).toEqual(['BLOCKED', 'SKIP']);
  });

  it('are both blocked when both have only the name, until a person decides', () => {
    const world = [customer('u1')];
    expect(plan(world, [ann, other]).map((row) => [row.action, row.warnings])).toEqual([
      ['BLOCKED', ['target_wanted_twice_by_name']],
      ['BLOCKED', ['target_wanted_twice_by_name']],
    ]);
    expect(plan(world, [ann, other], { 'other@example.com': 'create' }).map((row) => row.action)).toEqual(['UPDATE_EXISTING', 'CREATE_NEW']);
    expect(plan(world, [ann, other], { 'ann@example.com': 'skip' }).map((row) => row.action)).toEqual(['SKIP', 'UPDATE_EXISTING']);
  });

  it('are both blocked when both are addresses of the same customer, until one is skipped', () => {
    const world = [customer('u1', { emails: ['ann@example.com', 'other@example.com'] })];
    expect(plan(world, [ann, other]).map((row) => row.warnings)).toEqual([['target_wanted_twice_by_email'], ['target_wanted_twice_by_email']]);
    expect(plan(world, [ann, other], { 'other@example.com': 'skip' }).map((row) => row.action)).toEqual(['UPDATE_EXISTING', 'SKIP']);
  });

  it('are both blocked when they would take one Stripe id', () => {
    const twin = { ...other, full_name: 'Bob', stripe_customer_id: 'cus_ANN' };
    expect(plan([], [ann, twin]).map((row) => row.warnings)).toEqual([['stripe_id_wanted_twice'], ['stripe_id_wanted_twice']]);
  });

  it('block each other when only one of them is asked for as well', () => {
    const rows = planCohort(rowInputs([customer('u1')], [ann, other]), settings, new Set(['other@example.com']));
    expect(rows).toMatchObject([{ row: 2, email: 'other@example.com', action: 'BLOCKED' }]);
  });
});

describe('a decision', () => {
  it('declines a name match: a new profile, and nothing of the other account', () => {
    const row = only(plan([customer('u1')], [ann], { 'ann@example.com': 'create' }));
    expect(row).toMatchObject({ match: 'MATCH_NAME_UNIQUE', action: 'CREATE_NEW', user_id: null, warnings: ['possible_duplicate'], precondition: { email_owner: null, stripe_holder: 'nobody' } });
    expect(JSON.stringify(row)).not.toContain('u1');
  });

  it('leaves a row out whatever was found', () => {
    expect(only(plan([customer('u1', { emails: ['ann@example.com'] })], [ann], { 'ann@example.com': 'skip' }))).toMatchObject({ action: 'SKIP', changes: [], precondition: {} });
  });

  it('cannot turn an address that somebody has into a new profile', () => {
    expect(only(plan([customer('u1', { emails: ['ann@example.com'] })], [ann], { 'ann@example.com': 'create' }))).toMatchObject({ action: 'UPDATE_EXISTING', user_id: 'u1', warnings: ['decision_without_effect'] });
  });
});
