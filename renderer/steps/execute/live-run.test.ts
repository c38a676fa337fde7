import { expect, test } from 'vitest';
import { ratesOf } from './live-run.ts';

test('the rate is what was settled between two looks', () => {
  expect(ratesOf([{ atS: 10, done: 0 }, { atS: 11, done: 20 }, { atS: 13, done: 30 }])).toEqual({ times: [11, 13], rates: [20, 5] });
});

test('two looks at the same moment draw nothing, and one look neither', () => {
  expect(ratesOf([{ atS: 10, done: 0 }, { atS: 10.01, done: 5 }])).toEqual({ times: [], rates: [] });
  expect(ratesOf([{ atS: 10, done: 0 }])).toEqual({ times: [], rates: [] });
});
