import { expect, test } from 'vitest';
import { gridCommand } from './grid-keys.ts';

const at = (index: number) => ({ index, total: 100, pageRows: 20 });

test.each([
  ['ArrowDown', -1, 0],
  ['ArrowDown', 4, 5],
  ['ArrowDown', 99, 99],
  ['ArrowUp', 4, 3],
  ['ArrowUp', 0, 0],
  ['PageDown', 90, 99],
  ['PageUp', 5, 0],
  ['Home', 50, 0],
  ['End', 50, 99],
])('%s at row %i goes to row %i and never leaves the list', (key, index, expected) => {
  expect(gridCommand(key, at(index))).toEqual({ kind: 'move', index: expected });
});

test('Space picks and Enter opens only where the cursor is on a row', () => {
  expect(gridCommand(' ', at(3))).toEqual({ kind: 'pick' });
  expect(gridCommand('Enter', at(3))).toEqual({ kind: 'open' });
  expect(gridCommand(' ', at(-1))).toBeUndefined();
  expect(gridCommand('Enter', at(-1))).toBeUndefined();
});

test('an empty list and other keys are left alone', () => {
  expect(gridCommand('ArrowDown', { index: -1, total: 0, pageRows: 20 })).toBeUndefined();
  expect(gridCommand('a', at(3))).toBeUndefined();
});
