import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maskEmail, maskValue } from './mask.ts';

describe('masking', () => {
  it.each([
    ['ann0@example.com', 'a***@e***.com'],
    ['a@b.co', '***@***.co'],
    ['nope', 'n***'],
    ['x', '***'],
    ['*', '(hidden)'],
    ['', ''],
    ['ann@evil.test@example.com', 'a***'],
  ])('shows %j as %j', (value, masked) => {
    expect(maskEmail(value)).toBe(masked);
  });

  it('never holds the whole value', () => {
    const value = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom('*', 'a', '@', '.', 'c', 'u', 's', '_', '(', 'h') }), fc.emailAddress());
    fc.assert(
      fc.property(value, (text) => {
        fc.pre(text.trim() !== '');
        expect(maskEmail(text)).not.toContain(text.trim());
        expect(maskValue(text)).not.toContain(text.trim());
      }),
      { seed: 20230405, numRuns: 3000 },
    );
  });
});
