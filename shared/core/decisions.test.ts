import { describe, expect, it } from 'vitest';
import { decisionSchema, decisionsInOrder, readDecisions } from './decisions.ts';

describe('decisions', () => {
  it('are taken by address; one about a stranger or a second about one person is a problem, not dropped', () => {
    const { byEmail, problems } = readDecisions(
      [
        { email: 'a@example.com', as: 'skip' },
        { email: 'a@example.com', as: 'create' },
        { email: 'z@example.com', as: 'skip' },
      ],
      (email) => email === 'a@example.com',
    );
    expect([...byEmail]).toEqual([['a@example.com', 'skip']]);
    expect(problems.map(({ email, code }) => [email, code])).toEqual([
      ['a@example.com', 'decided_twice'],
      ['z@example.com', 'not_in_cohort'],
    ]);
  });

  it('have one order, whoever asked in which', () => {
    const decisions = [{ email: 'b@x.com', as: 'skip' }, { email: 'B@x.com', as: 'skip' }, { email: 'a@x.com', as: 'create' }] as const;
    expect(decisionsInOrder(decisions).map(({ email }) => email)).toEqual(['B@x.com', 'a@x.com', 'b@x.com']);
  });

  it('know two words and no other field', () => {
    expect(decisionSchema.safeParse({ email: 'a@x.com', as: 'merge' }).success).toBe(false);
    expect(decisionSchema.safeParse({ email: 'a@x.com', as: 'skip', why: '' }).success).toBe(false);
  });
});
