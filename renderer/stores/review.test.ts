import { expect, test } from 'vitest';
import { acknowledging, answerOf, untouchedReview, useReviews } from './review.ts';

const nameOnly = { email: 'bob@example.com', match: 'MATCH_NAME_UNIQUE', action: 'UPDATE_EXISTING' } as const;
const skipped = { ...nameOnly, action: 'SKIP' } as const;
const declined = { ...nameOnly, action: 'CREATE_NEW' } as const;

test('the plan has an answer for the rows that were decided in it', () => {
  expect([skipped, declined, nameOnly].map((row) => answerOf(untouchedReview, row))).toEqual(['skip', 'create', 'undecided']);
});

test('what waits for the next plan comes before what this one says', () => {
  expect(answerOf(untouchedReview, { ...skipped, next: 'undecided' })).toBe('undecided');
  expect(answerOf(untouchedReview, { ...declined, next: 'skip' })).toBe('skip');
});

test('an acknowledged row that is left out after all counts as left out, and is acknowledged again once it is put back in', () => {
  const review = acknowledging(untouchedReview, 'bob@example.com', true);
  expect(answerOf(review, nameOnly)).toBe('acknowledged');
  expect(answerOf(review, { ...nameOnly, next: 'skip' })).toBe('skip');
  expect(answerOf(review, { ...skipped, next: 'undecided' })).toBe('acknowledged');
  expect(answerOf(acknowledging(review, 'bob@example.com', false), nameOnly)).toBe('undecided');
});

test('what was acknowledged and picked holds for the plan that is made again', () => {
  useReviews.setState({ byPlan: {} });
  useReviews.getState().acknowledge('one', 'bob@example.com', true);
  useReviews.getState().pick('one', 'name_match', 'bob@example.com');
  useReviews.getState().carryOver('one', 'two');
  expect(useReviews.getState().byPlan['two']).toEqual({ acknowledged: ['bob@example.com'], picks: { name_match: 'bob@example.com' } });
});
