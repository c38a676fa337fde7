import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planActionSchema, planMatchSchema } from './plan-row.ts';
import { checkTestSelection, neededTestKinds, proposeTestRows, testRowKind, testRowSupply } from './test-rows.ts';

const rowsArb = fc
  .array(fc.record({ match: fc.constantFrom(...planMatchSchema.options), action: fc.constantFrom(...planActionSchema.options) }), { maxLength: 12 })
  .map((rows) => rows.map((row, index) => ({ ...row, row: index + 1, email: `p${index + 1}@example.com` })));

const byEmail = { row: 1, email: 'a@example.com', match: 'MATCH_EMAIL', action: 'UPDATE_EXISTING' } as const;
const byEmailToo = { ...byEmail, row: 2, email: 'b@example.com' };
const byName = { ...byEmail, row: 3, email: 'c@example.com', match: 'MATCH_NAME_UNIQUE' } as const;
const created = { ...byEmail, row: 4, email: 'd@example.com', match: 'NO_NAME_MATCH', action: 'CREATE_NEW' } as const;
const blocked = { ...byEmail, row: 5, email: 'e@example.com', action: 'BLOCKED' } as const;
const rows = [byEmail, byEmailToo, byName, created, blocked];

function check(emails: readonly string[], plan: readonly (typeof rows)[number][] = rows) {
  return checkTestSelection(emails, plan.filter((row) => emails.includes(row.email)), testRowSupply(plan));
}

describe('the proposal of test rows', () => {
  it('has the first row of each kind that the plan has, and passes its own check', () => {
    fc.assert(
      fc.property(rowsArb, (plan) => {
        const proposed = proposeTestRows(plan);
        expect(proposed.map(({ kind }) => kind)).toEqual(neededTestKinds(testRowSupply(plan)));
        for (const { kind, row, others } of proposed) {
          const ofKind = plan.filter((candidate) => testRowKind(candidate) === kind);
          expect(row).toBe(ofKind[0]);
          expect(others).toBe(ofKind.length - 1);
        }
        if (proposed.length > 0) {
          const emails = proposed.map(({ row }) => row.email);
          expect(checkTestSelection(emails, proposed.map(({ row }) => row), testRowSupply(plan)).ok).toBe(true);
        }
      }),
      { seed: 20250809, numRuns: 1000 },
    );
  });

  it('is empty for a plan that writes nobody, which needs no test run', () => {
    expect(proposeTestRows([blocked])).toEqual([]);
    expect(neededTestKinds(testRowSupply([blocked]))).toEqual([]);
  });
});

describe('a chosen set of test rows', () => {
  it('may be any one row of each kind, in any order', () => {
    const selection = check(['d@example.com', 'b@example.com', 'c@example.com']);
    expect(selection.ok && selection.rows.map(({ kind, row }) => [kind, row.email])).toEqual([
      ['email_match', 'b@example.com'],
      ['name_match', 'c@example.com'],
      ['new_profile', 'd@example.com'],
    ]);
  });

  it.each([
    ['a kind missing', ['a@example.com', 'c@example.com'], 'new profile'],
    ['two of one kind', ['a@example.com', 'b@example.com', 'c@example.com'], 'one kind'],
    ['a row that would not be written', ['e@example.com', 'c@example.com', 'd@example.com'], 'would not write'],
    ['somebody outside the plan', ['z@example.com', 'c@example.com', 'd@example.com'], 'no rows of the plan'],
    ['somebody twice', ['a@example.com', 'a@example.com', 'd@example.com'], 'once'],
    ['nobody', [], 'matched by e-mail, matched by name only, new profile'],
  ])('is refused with %s', (_title, emails, detail) => {
    const selection = check(emails);
    expect(selection).toMatchObject({ ok: false, code: 'test_selection' });
    expect(selection.ok || selection.detail).toContain(detail);
  });

  it('needs only the kinds that the plan has', () => {
    expect(check(['d@example.com'], [created, blocked]).ok).toBe(true);
  });
});
