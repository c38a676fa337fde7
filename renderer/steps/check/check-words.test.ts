import { expect, test } from 'vitest';
import { checkSentence } from './check-words.ts';

test('the summary says how many go on and why the rest does not', () => {
  expect(checkSentence({ rows: 60, accepted: 57, duplicate_count: 1, rejected_count: 2 })).toBe('57 of 60 rows can go on: 1 duplicate, 2 rejected');
  expect(checkSentence({ rows: 60, accepted: 58, duplicate_count: 2, rejected_count: 0 })).toBe('58 of 60 rows can go on: 2 duplicates');
  expect(checkSentence({ rows: 1200, accepted: 1200, duplicate_count: 0, rejected_count: 0 })).toBe('All 1,200 rows can go on');
});
