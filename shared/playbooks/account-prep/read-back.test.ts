import { expect, test } from 'vitest';
import { readBackMarks } from '../../core/read-back-words.ts';
import { readBack } from './read-back.ts';

test('what a customer or a rollback did since is told apart by words that the window knows', () => {
  const after = { role: 'customer' };
  const found = { after, now: after, hasCompleted: false, isPutBack: false };
  expect(readBack(found).reason).toContain(readBackMarks.as_left);
  expect(readBack({ ...found, hasCompleted: true }).reason).toContain(readBackMarks.completed_since);
  expect(readBack({ ...found, now: { role: 'staff' }, isPutBack: true }).reason).toContain(readBackMarks.put_back_since);
  expect(readBack({ ...found, now: null, isPutBack: true }).reason).toContain(readBackMarks.put_back_since);
  expect(readBack({ ...found, now: { role: 'staff' } }).reason).not.toContain(readBackMarks.put_back_since);
});
