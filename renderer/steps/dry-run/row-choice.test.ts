import { expect, test } from 'vitest';
import { CHOSEN_MAX, allOf, chosenCount, isChosen, nothingChosen, selectionOf, withRows } from './row-choice.ts';

test('rows are chosen and taken out again one by one', () => {
  const two = withRows(nothingChosen, [3, 5], true) ?? nothingChosen;
  const one = withRows(two, [3], false) ?? nothingChosen;
  expect([chosenCount(two), isChosen(one, 3), isChosen(one, 5)]).toEqual([2, false, true]);
  expect(selectionOf(one)).toEqual({ rows: [5] });
  expect(selectionOf(nothingChosen)).toBeUndefined();
});

test('all of a filter but some is said by the filter, not by its rows', () => {
  const all = allOf({ action: 'CREATE_NEW' }, 200_000);
  const but = withRows(all, [7, 9], false) ?? all;
  expect([chosenCount(but), isChosen(but, 7), isChosen(but, 8)]).toEqual([199_998, false, true]);
  expect(selectionOf(withRows(but, [9], true) ?? all)).toEqual({ filter: { action: 'CREATE_NEW' }, except: [7] });
});

test('more than can be named one by one are not taken', () => {
  expect(withRows(nothingChosen, Array.from({ length: CHOSEN_MAX + 1 }, (_, index) => index + 1), true)).toBeUndefined();
});
