import { createHmac, hash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createKeyedHash } from './keyed-hash.ts';

const platform = { sha256: (bytes: Uint8Array) => hash('sha256', bytes, 'buffer'), utf8: (text: string) => Buffer.from(text, 'utf8'), hex: (bytes: Uint8Array) => Buffer.from(bytes).toString('hex') };

describe('the keyed hash', () => {
  it('is HMAC-SHA-256 for every key and text, also when asked again', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.string({ unit: 'grapheme' }), (key, text) => {
        const keyed = createKeyedHash(key, platform);
        const expected = createHmac('sha256', key).update(text, 'utf8').digest('hex');
        expect(keyed(text)).toBe(expected);
        expect(keyed(text)).toBe(expected);
      }),
      { seed: 20260509, numRuns: 300 },
    );
  });

  it('stays right past what it remembers, and refuses a key it would have to shorten', () => {
    const keyed = createKeyedHash(new Uint8Array(32), platform);
    const first = keyed('0');
    for (let index = 0; index < 5000; index += 1) keyed(String(index));
    expect(keyed('0')).toBe(first);
    expect(() => createKeyedHash(new Uint8Array(65), platform)).toThrow(RangeError);
  });
});
