import { expect, test } from 'vitest';
import type { Decision } from '../../shared/core/decisions.ts';
import { answered, answerOf, pendingDecisionCount, untouchedReview } from './review.ts';

const planned: readonly Decision[] = [{ email: 'ann@example.com', as: 'skip' }];

test('the plan has an answer for the rows that were decided in it', () => {
  expect(answerOf(untouchedReview, planned, 'ann@example.com')).toBe('skip');
  expect(answerOf(untouchedReview, planned, 'bob@example.com')).toBe('undecided');
});

test('an answer replaces the one before it', () => {
  const acknowledged = answered(untouchedReview, planned, 'bob@example.com', 'acknowledged');
  const declined = answered(acknowledged, planned, 'bob@example.com', 'create');
  expect(answerOf(declined, planned, 'bob@example.com')).toBe('create');
  expect(declined.acknowledged).toEqual([]);
});

test('acknowledging asks for no new plan, declining does', () => {
  const acknowledged = answered(untouchedReview, planned, 'bob@example.com', 'acknowledged');
  expect(pendingDecisionCount(acknowledged, planned)).toBe(0);
  expect(pendingDecisionCount(answered(acknowledged, planned, 'bob@example.com', 'create'), planned)).toBe(1);
});

test('taking an answer back leaves nothing to plan again', () => {
  const declined = answered(untouchedReview, planned, 'bob@example.com', 'create');
  const back = answered(declined, planned, 'bob@example.com', 'undecided');
  expect(back.decisions).toBeUndefined();
});

test('putting back in a row that the plan skips is one pending decision, and so is another answer for it', () => {
  expect(pendingDecisionCount(answered(untouchedReview, planned, 'ann@example.com', 'undecided'), planned)).toBe(1);
  expect(pendingDecisionCount(answered(untouchedReview, planned, 'ann@example.com', 'create'), planned)).toBe(1);
});
