import { describe, expect, it } from 'vitest';
import { differingFacts, sameFact } from './facts.ts';

describe('facts', () => {
  it('are the same by value, lists by their texts in order', () => {
    expect(sameFact(['a', 'b'], ['a', 'b'])).toBe(true);
    expect(sameFact(['a', 'b'], ['b', 'a'])).toBe(false);
    expect(sameFact(['a'], 'a')).toBe(false);
    expect(sameFact(null, undefined)).toBe(false);
    expect(sameFact(false, 0)).toBe(false);
  });

  it('differ by name, absent ones included, in one order, and whatever names they bear', () => {
    expect(differingFacts({ b: 1, a: 'x', same: true }, { a: 'y', same: true, c: null })).toEqual(['a', 'b', 'c']);
    expect(differingFacts({ constructor: 'x' }, {})).toEqual(['constructor']);
    expect(differingFacts({ toString: null }, {})).toEqual(['toString']);
  });
});
